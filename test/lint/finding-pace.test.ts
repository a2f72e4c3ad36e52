/** The pace of findings: one of each rule in a minute, and nothing is forgotten. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FindingPace } from '../../src/lint/finding-pace.js';

describe('the pace of findings', () => {
  it('lets through one of each rule in a minute, with the number of those left out before', () => {
    const pace = new FindingPace();
    const at = (rule: string, seconds: number): number | null => pace.take(rule, seconds * 1000);
    expect([at('a', 0), at('a', 1), at('b', 2), at('a', 59), at('a', 60), at('b', 61)]).toEqual([
      0,
      null,
      0,
      null,
      2,
      null,
    ]);
    expect(pace.countLeftOut()).toBe(1);
    expect(at('b', 62)).toBe(1);
    expect(pace.countLeftOut()).toBe(0);
  });

  it('counts every finding, once', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(50_000)));
    fc.assert(
      fc.property(steps, (findings) => {
        const pace = new FindingPace();
        let nowMs = 0;
        let counted = 0;
        for (const [rule, afterMs] of findings) {
          const leftOut = pace.take(rule, (nowMs += afterMs));
          if (leftOut !== null) counted += 1 + leftOut;
        }
        expect(counted + pace.countLeftOut()).toBe(findings.length);
      }),
    );
  });
});
