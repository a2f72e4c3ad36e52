import { expect, it } from 'vitest';
import { IdentifyLimiter } from '../../../src/replay/gateway-side/client-limits.js';

it('lets one shard of each bucket in within five seconds; who was refused does not prolong that', () => {
  const admission = new IdentifyLimiter(2);
  expect([0, 1, 2, 3].map((shard) => admission.admit(shard, 0))).toEqual([true, true, false, false]);
  expect([2, 3].map((shard) => admission.admit(shard, 4_999_999))).toEqual([false, false]);
  expect([2, 3].map((shard) => admission.admit(shard, 5_000_000))).toEqual([true, true]);
});
