/** The ledger against a plain list of everything that was noted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, NO_STREAM } from '../../src/worker/ledger.js';

describe('a ledger', () => {
  it('knows every entry that is not settled, whatever was noted and settled before', () => {
    const step = fc.record({
      count: fc.integer({ min: 0, max: 5000 }),
      settle: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let settled = 0;
        const ledger = new Ledger(() => settled | 0);
        const noted: { stream: number; atUs: number; bytes: number }[] = [];
        for (const { count, settle } of steps) {
          for (let index = 0; index < count; index += 1) {
            const stream = noted.length % 5 === 0 ? NO_STREAM : noted.length % 7;
            noted.push({ stream, atUs: noted.length, bytes: noted.length * 3 });
            ledger.note(stream, noted.length - 1, (noted.length - 1) * 3);
          }
          settled += Math.floor((noted.length - settled) * settle);
          expect(ledger.count).toBe(noted.length);
        }
        expect(ledger.settled).toBe(settled);
        expect([...ledger.unsettled()]).toEqual(
          noted.slice(settled).filter(({ stream }) => stream !== NO_STREAM),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('counts on where 32 bits of the count of what is settled run over', () => {
    let settled = 0;
    const ledger = new Ledger(() => settled | 0);
    for (const next of [2 ** 31 - 1, 2 ** 31 + 5, 2 ** 32 - 1, 2 ** 32 + 7]) {
      settled = next;
      expect(ledger.settled).toBe(next);
    }
  });
});
