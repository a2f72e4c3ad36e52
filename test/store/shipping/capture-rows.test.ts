import { expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { CaptureRowReader } from '../../../src/store/shipping/capture-rows.js';
import { exchange, opened, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { openForTest, recordingStore } from '../../support/stores.js';

const gap = (bytes: number): CaptureRecord => ({
  ...{ type: 'gap', connection: 1, sender: 'gateway', fromUs: START_US, untilUs: START_US + 5, bytes },
});
const observation = (name: 'seq_gap' | 'undelivered_bytes'): CaptureRecord => ({
  ...{ type: 'observation', connection: 1, session: null, frameNo: 1, atUs: START_US, name, detail: '' },
});

it('grow with the recording, by gaps, observations of the relay and the time of the last call', () => {
  const path = scratchFile();
  const store = recordingStore(path);
  const reader = new CaptureRowReader(openForTest(path, { readonly: true }));
  expect(reader.read()).toEqual({
    captures: [{ id: 1, mode: 'reverse', last_call_at_us: null }],
    gaps: [],
    observations: [],
  });
  store.append([opened(), gap(7), observation('seq_gap'), observation('undelivered_bytes')]);
  store.append([exchange({ startedAtUs: START_US + 9 }), exchange({ startedAtUs: START_US + 3 })]);
  const [first] = reader.read().gaps;
  expect(first).toEqual({
    ...{ id: 1, connection_id: 1, sender: 'gateway', from_us: START_US, until_us: START_US + 5 },
    ...{ bytes: 7, frames: null },
  });
  store.append([gap(8), observation('undelivered_bytes'), exchange({ startedAtUs: START_US + 8 })]);
  const { captures, gaps, observations } = reader.read();
  expect(captures).toEqual([{ id: 1, mode: 'reverse', last_call_at_us: START_US + 9 }]);
  expect(gaps.map(({ bytes }) => bytes)).toEqual([7, 8]);
  expect(observations).toEqual(
    [2, 3].map((id) => ({ id, connection_id: 1, at_us: START_US, name: 'undelivered_bytes' })),
  );
});
