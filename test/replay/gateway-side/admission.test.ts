import { expect, it } from 'vitest';
import { IdentifyLimiter } from '../../../src/replay/gateway-side/client-limits.js';

it('one shard of each bucket may identify within five seconds; a refusal does not extend that time', () => {
  const admission = new IdentifyLimiter(2);
  expect([0, 1, 2, 3].map((shard) => admission.admit(shard, 0))).toEqual([true, true, false, false]);
  expect([2, 3].map((shard) => admission.admit(shard, 4_999_999))).toEqual([false, false]);
  expect([2, 3].map((shard) => admission.admit(shard, 5_000_000))).toEqual([true, true]);
});
