/** Frames that are followed while their database is rotated, handed over, or renamed by hand. */
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FrameFilter } from '../../src/store/filter.js';
import { followFrames } from '../../src/library/frame-follower.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';
import { storeHost } from '../support/stores.js';

function startStore(path: string, after: string | null = null): SteadyStore {
  const store = new SteadyStore({ ...writeOrder(path), after }, storeHost, quietWatcher().watcher);
  onTestFinished(() => store.letGo());
  return store;
}

/** Numbers of the frames that a follower has given so far; more as they come. */
function follow(
  path: string,
  filter: FrameFilter = {},
  isOfOneFile = false,
): { until(count: number): Promise<number[]> } {
  const numbers: number[] = [];
  const stop = new AbortController();
  const batches = followFrames({ path, makeFilter: () => filter, isOfOneFile }, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await batches.return();
  });
  return {
    async until(count) {
      while (numbers.length < count) {
        const { value } = await batches.next();
        for (const { frameNo } of value ?? []) numbers.push(frameNo);
      }
      return numbers;
    },
  };
}

describe('frames that are followed', () => {
  it('go on in the next file after a rotation, once each, whatever the limit of old ones is', async () => {
    const path = scratchFile();
    const store = startStore(path);
    store.append([opened(), frame({ frameNo: 1 }), frame({ frameNo: 2 })]);
    const follower = follow(path, { limit: 1 });
    expect(await follower.until(1)).toEqual([2]);
    store.append([frame({ frameNo: 3 })]);
    store.rotate();
    store.append([frame({ frameNo: 4 }), frame({ frameNo: 5 })]);
    expect(await follower.until(4)).toEqual([2, 3, 4, 5]);
    store.rotate();
    store.append([frame({ frameNo: 6 })]);
    store.close();
    expect(await follower.until(5)).toEqual([2, 3, 4, 5, 6]);
  });

  it('come from both files after a handover, until the earlier recording ends', async () => {
    const path = scratchFile();
    const store = startStore(path);
    store.append([opened(), frame({ frameNo: 1 })]);
    const follower = follow(path);
    await follower.until(1);
    const file = store.makeWay();
    expect(existsSync(path)).toBe(false);
    const next = startStore(path, file);
    next.append([opened(), frame({ frameNo: 11 })]);
    await follower.until(2);
    store.append([frame({ frameNo: 2 })]);
    await follower.until(3);
    next.append([frame({ frameNo: 12 })]);
    await follower.until(4);
    store.append([frame({ frameNo: 3 })]);
    store.close();
    expect(await follower.until(5)).toEqual([1, 11, 2, 12, 3]);
    next.append([frame({ frameNo: 13 })]);
    expect(await follower.until(6)).toEqual([1, 11, 2, 12, 3, 13]);
  });

  it('stay in their file where the filter has an id of it', async () => {
    const path = scratchFile();
    const store = startStore(path);
    store.append([opened(), frame({ frameNo: 1 })]);
    const follower = follow(path, {}, true);
    await follower.until(1);
    const file = store.makeWay();
    const next = startStore(path, file);
    next.append([opened(), frame({ frameNo: 11 })]);
    store.append([frame({ frameNo: 2 })]);
    expect(await follower.until(2)).toEqual([1, 2]);
  });
});
