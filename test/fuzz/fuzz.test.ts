/** The fuzzer itself, and the kept inputs of every target. More: `npm run fuzz`. */
import { runInThisContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../sim/random.js';
import { readCorpus } from './corpus.js';
import { findBreakage, fuzz, smallest } from './fuzzer.js';
import { COUNTERS, countCounters, instrument } from './instrument.js';
import { mutate } from './mutate.js';
import { readMessages, removeLeftovers, type Target, writeMessages } from './target.js';
import { TARGETS } from './targets.js';

afterAll(removeLeftovers);

describe.each(Object.entries(TARGETS))('%s', (name, target) => {
  it(`${target.promise}: kept inputs`, async () => {
    for (const input of [...target.seeds(), ...readCorpus(name)]) {
      const what = await findBreakage(target, input);
      expect(
        what,
        `npm run fuzz -- --target ${name} --input ${Buffer.from(input).toString('base64')}`,
      ).toBeNull();
    }
  });
});

/** A function of instrumented source. */
function compiled(source: string): (...args: number[]) => unknown {
  return runInThisContext(`(${instrument(source, 'x.ts')})`) as (...args: number[]) => unknown;
}

/** Counters that a call reaches. */
function reachedBy(call: () => unknown): string {
  COUNTERS.fill(0);
  call();
  return [...COUNTERS.subarray(0, countCounters())].flatMap((count, at) => (count > 0 ? [at] : [])).join();
}

describe('instrumented source', () => {
  const sources = [
    '(a, b) => { if (a > 1) return b; if (b > 1) a = 7; else if (a) b = 3; return a + b; }',
    '(a, b) => (a ? (b ? 1 : 2) : b || 3)',
    '(a, b) => { let n = 0; for (let i = 0; i < a; i++) if (i & 1) n += b; return n ?? a; }',
    '(a, b) => { switch (a) { case 0: return 1; case 1: b += 1; default: return b && a; } }',
    '(a, b) => { try { if (a) throw a; } catch { return [a, b].map((x) => ({ x })); } return () => b; }',
  ];

  it.each(sources)('does the same: %s', (source) => {
    const [plain, counted] = [runInThisContext(source) as (...args: number[]) => unknown, compiled(source)];
    for (const args of [0, 1, 2, 3].flatMap((a) => [0, 1, 2].map((b) => [a, b]))) {
      expect(JSON.stringify(counted(...args))).toBe(JSON.stringify(plain(...args)));
    }
  });

  it('has a counter in each branch', () => {
    const subject = compiled('(a, b) => { if (a) return b ? 1 : 2; return 3; }');
    const ways = [
      [0, 0],
      [1, 0],
      [1, 1],
    ].map((args) => reachedBy(() => subject(...args)));
    expect(new Set(ways).size).toBe(3);
    expect(reachedBy(() => subject(0, 1))).toBe(ways[0]);
  });
});

describe('the fuzzer', () => {
  const magic = compiled(
    '(a, b, c, d) => { if (a === 103) if (b === 97) if (c === 116) if (d === 101) throw new Error("open"); }',
  );
  const target: Target = {
    promise: 'does not open',
    seeds: () => [Buffer.from('....')],
    words: ['g', 'a', 't', 'e'],
    maxBytes: 50,
    run: ([a = 0, b = 0, c = 0, d = 0]) => void magic(a, b, c, d),
  };
  const options = { seed: 1, corpus: [], goesOn: (inputs: number) => inputs < 20_000, maxFindings: 1 };

  it('finds four bytes one after another, and gives the shortest input', async () => {
    const { findings, inputs } = await fuzz(target, options);
    expect(findings.map(({ input }) => Buffer.from(input).toString())).toEqual(['gate']);
    expect(findings[0]?.what).toContain('open');
    // Words alone, in any places, would take a million.
    expect(inputs).toBeLessThan(20_000);
  });

  it('does the same for a seed', async () => {
    const few = { ...options, goesOn: (inputs: number) => inputs < 500 };
    const [one, other] = [await fuzz(target, few), await fuzz(target, few)];
    expect(one.queue).toEqual(other.queue);
    expect(one.queue.length).toBeGreaterThan(1);
  });

  it('keeps the inputs that reach something which no shorter one does', async () => {
    const inputs = ['g...', 'g....', 'ga..', '....'].map((text) => Buffer.from(text));
    const kept = await smallest(target, inputs, { count: 10, bytes: 100, cpuMs: 1000 });
    expect(kept.map((input) => Buffer.from(input).toString())).toEqual(['g...', 'ga..', '....']);
  });

  it('notices code that takes too long', async () => {
    const slow: Target = {
      ...target,
      run: () => {
        let sum = 0;
        for (let i = 0; i < 100_000_000; i += 1) sum += i;
        expect(sum).toBeGreaterThan(0);
      },
    };
    expect(await findBreakage(slow, Buffer.alloc(1), 20)).toMatch(/^took \d+ ms/);
  });
});

describe('mutations', () => {
  it('change an input of any length, and never exceed the longest', () => {
    const source = { random: new Random(3), words: [Buffer.from('word')], maxBytes: 40 };
    for (let length = 0; length < 40; length += 1) {
      const input = Buffer.alloc(length, '7a');
      const all = Array.from({ length: 60 }, () => mutate(input, { ...source, others: [input] }));
      expect(Math.max(...all.map((one) => one.length))).toBeLessThanOrEqual(40);
      expect(new Set(all.map((one) => Buffer.from(one).toString('hex'))).size).toBeGreaterThan(10);
      expect(input).toEqual(Buffer.alloc(length, '7a'));
    }
  });
});

it('messages are written and read back', () => {
  const messages = [Buffer.alloc(0), Buffer.from('one'), Buffer.alloc(300, 1)];
  expect(readMessages(writeMessages(messages)).map((one) => Buffer.from(one))).toEqual(messages);
});
