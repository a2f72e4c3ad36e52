import { expect, it } from 'vitest';
import { RecorderLoad } from '../../src/library/recorder-load.js';
import { until } from '../support/until.js';

const { signal: never } = new AbortController();

it('lets another thread wait while much is in the queue', async () => {
  const load = new RecorderLoad();
  const other = new RecorderLoad(load.memory);
  let depth = 2 ** 21;
  const stopWatching = load.watch(() => depth);
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
  depth = 2 ** 21;
  await until(isBehind);
  // What it does when the recorder has ended does not wait any more.
  stopWatching();
  await other.caughtUp(never);
});
