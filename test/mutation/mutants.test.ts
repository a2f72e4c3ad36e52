/** Planted mutants: off they change nothing, and on each changes what it says. Reasons are about mutants that are left. */
import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { formatChange, type Mutant, plantMutants, SWITCH } from './mutants.js';
import { findReason, findStale, type Survivor } from './scores.js';

let active = -1;
Object.assign(globalThis, { [SWITCH]: (mutant: number) => mutant === active });

type Subject = (...args: number[]) => unknown;

function planted(source: string): { subject: Subject; mutants: Mutant[] } {
  const mutants: Mutant[] = [];
  const text = plantMutants(source, 'x.ts', (mutant) => mutants.push(mutant) - 1);
  return { subject: runInThisContext(text) as Subject, mutants };
}

/** What a function gives for some arguments, with a mutant on or none. */
function results(subject: Subject, mutant = -1): string {
  active = mutant;
  const all = [0, 1, 2, 5].flatMap((a) => [0, 2, 3].map((b) => JSON.stringify(subject(a, b))));
  active = -1;
  return all.join();
}

describe.each([
  '(a, b) => { if (a > 1) return b; return a + b; }',
  '(a, b) => (a && b ? a - b : !a)',
  '(a, b) => { const list = [a]; list.push(b); return list.map((x) => x * 2); }',
  '(a, b) => { const list = [9]; if (a) list.push(b); else list.push(7); return list; }',
  '(a, b) => ({ kind: a === 0 ? "none" : "some", is: true, bits: (a << 1) | (b & 1) })',
])('%s', (source) => {
  const { subject, mutants } = planted(source);

  it('is the same with all mutants off', () => {
    expect(results(subject)).toBe(results(runInThisContext(source) as Subject));
  });

  it('is another function with each mutant on', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(3);
    for (const [number, { original, replacement }] of mutants.entries())
      expect(results(subject, number), `${original} → ${replacement}`).not.toBe(results(subject));
  });
});

it('no type, name or import is changed', () => {
  const source =
    "import { a } from './a.js';\nexport type B = 'x' | 1;\nconst c: { 'd': 2 } = a as { 'd': 2 };\nconst { 0: e, 'f': g } = a;\n" +
    "export interface H {\n  readonly 6: string;\n  'i': { 7(): 8 };\n}\n";
  expect(plantMutants(source, 'x.ts', () => 0)).toBe(source);
});

it('a mutant knows its line', () => {
  const { mutants } = planted('(a) =>\n  a +\n  7');
  expect(mutants.map(({ line, original }) => [line, original])).toEqual([
    [3, '7'],
    [2, 'a + 7'],
  ]);
});

describe('reasons', () => {
  const { mutants } = planted('(a) =>\n  a + 7\n  - 7');
  const explain = (text: string, change: string) => ({ source: 'x.ts', text, change, why: 'as ever' });
  const survivors = mutants.map((mutant): Survivor => ({ ...mutant, change: formatChange(mutant) }));
  const all = new Set(mutants);
  const reason = explain('a + 7', '7 → 7 + 1');

  it('are found by source, line and change, wherever the line is', () => {
    const survivor = { line: 99, text: 'a + 7', change: '7 → 7 + 1' };
    expect(findReason([reason], 'x.ts', survivor)).toBe('as ever');
    expect(findReason([reason], 'y.ts', survivor)).toBeUndefined();
    expect(findReason([reason], 'x.ts', { ...survivor, text: '- 7' })).toBeUndefined();
    expect(findReason([reason], 'x.ts', { ...survivor, change: '7 → 7 - 1' })).toBeUndefined();
  });

  it('are stale if there is no such mutant, or it is killed', () => {
    expect(findStale([reason], mutants, all, survivors)).toEqual([]);
    expect(findStale([reason], mutants, all, [])).toEqual([expect.stringMatching(/it is killed$/)]);
    const gone = [explain('a + 8', '8 → 8 + 1'), explain('a + 7', '8 → 8 + 1')];
    expect(findStale(gone, mutants, all, survivors)).toEqual([
      expect.stringMatching(/there is no such mutant$/),
      expect.stringMatching(/there is no such mutant$/),
    ]);
  });

  it('are not stale if the mutant is not in the sample', () => {
    expect(findStale([reason], mutants, new Set(), [])).toEqual([]);
  });
});
