import { expect, it } from 'vitest';
import { RecorderLoad } from '../../src/library/recorder-load.js';
import { until } from '../support/until.js';

const { signal: never } = new AbortController();

it.each([
  ['much is in a large queue', 2 ** 26, 2 ** 21],
  ['a small one is more than half full', 2 ** 18, 2 ** 17 + 1],
])('lets another thread wait while %s', async (_, limitBytes, behindBytes) => {
  const load = new RecorderLoad();
  const other = new RecorderLoad(load.memory);
  let depth = behindBytes;
  const stopWatching = load.watch(() => depth, limitBytes);
  const isBehind = (): boolean => new Int32Array(load.memory)[0] === 1;
  await other.caughtUp(never);
  await until(isBehind);
  const depths: number[] = [];
  const waiting = other.caughtUp(never).then(() => depths.push(depth));
  await other.caughtUp(AbortSignal.timeout(1));
  expect([depths, isBehind()]).toEqual([[], true]);
  depth = 0;
  await waiting;
  expect(depths).toEqual([0]);
  depth = behindBytes;
  await until(isBehind);
  // What it does when the recorder has ended does not wait any more.
  stopWatching();
  await other.caughtUp(never);
});
