/** Deadlines come in the order of their times. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Deadlines } from '../../src/lint/deadlines.js';

it('come in the order of their times, and can be forgotten', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), (times) => {
      const deadlines = new Deadlines();
      const taken: number[] = [];
      for (const atUs of times) deadlines.add(atUs, () => taken.push(atUs));
      while (deadlines.nextUs !== Infinity) deadlines.take()?.();
      expect(taken).toEqual([...times].sort((one, other) => one - other));
      expect(deadlines.take()).toBeNull();
      deadlines.add(1, () => undefined);
      deadlines.clear();
      expect(deadlines.nextUs).toBe(Infinity);
    }),
  );
});
