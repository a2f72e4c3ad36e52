import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, recordingStore, rowsOf, storeHost } from '../support/stores.js';

describe('openStore', () => {
  it('leaves one file behind when it is closed', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), frame()]);
    store.close();
    store.close();
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
  });

  it('adds captures to the same file', () => {
    const path = scratchFile();
    for (const upgradeStatus of [101, 102]) {
      const store = recordingStore(path);
      store.append([opened({ upgradeStatus }), frame(), frame({ frameNo: 2 })]);
      store.close();
    }
    expect(rowsOf(path, 'SELECT id, capture_id, upgrade_status FROM connection')).toEqual([
      { id: 1, capture_id: 1, upgrade_status: 101 },
      { id: 2, capture_id: 2, upgrade_status: 102 },
    ]);
    expect(rowsOf(path, 'SELECT id, connection_id FROM frame').map((row) => row['id'])).toEqual([1, 2, 3, 4]);
    expect(rowsOf(path, 'SELECT count(ended_at_us) AS ended FROM capture')).toEqual([{ ended: 2 }]);
  });
});

describe('capture', () => {
  it('is needed to append', () => {
    const store = openStore(scratchFile(), storeHost);
    expect(() => store.append([])).toThrow(/beginCapture/);
    expect(store.counters().frames).toBe(0);
    store.beginCapture(captureInfo);
    store.append([]);
    store.close();
  });
});
