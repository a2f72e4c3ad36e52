/** Simulated recordings and replays: a few seeds that are always the same, and those that found something. More: `npm run sim`. */
import { describe, expect, it } from 'vitest';
import corpus from './corpus.json' with { type: 'json' };
import { simulateReplay } from './replay/run.js';
import { type Mode, simulate } from './run.js';

const RUNS = 100;
const RUNS_A_TEST = 10;
const REPLAYS = 100;

async function findFailures(seeds: readonly number[], mode: Mode = {}): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const seed of seeds) {
    const { faults } = await simulate(seed, mode);
    if (faults.length > 0) failures.push({ seed, faults: faults.slice(0, 3) });
  }
  return failures;
}

describe('a simulated recording', () => {
  const firsts = Array.from({ length: RUNS / RUNS_A_TEST }, (_, index) => 1 + index * RUNS_A_TEST);

  it.each(firsts)('loses nothing without a gap, whatever fails: ten seeds from %i', async (first) => {
    expect(await findFailures(Array.from({ length: RUNS_A_TEST }, (_, index) => first + index))).toEqual([]);
  });

  it.each(Object.entries<readonly number[]>(corpus.plain))(
    'that found this finds it no more: %s',
    async (_, seeds) => {
      expect(await findFailures(seeds, { isPlain: true })).toEqual([]);
    },
  );

  it.each(Object.entries<readonly number[]>(corpus.whole))(
    'that found this finds it no more: %s',
    async (_, seeds) => {
      expect(await findFailures(seeds)).toEqual([]);
    },
  );
});

describe('a simulated replay', () => {
  const findReplayFailures = (seeds: readonly number[], mode: Mode = {}): unknown[] =>
    seeds.flatMap((seed) => {
      const { faults } = simulateReplay(seed, mode);
      return faults.length === 0 ? [] : [{ seed, faults: faults.slice(0, 3) }];
    });

  it('is what was recorded to a player, and loses and repeats nothing for a client', () => {
    expect(findReplayFailures(Array.from({ length: REPLAYS }, (_, index) => 1001 + index))).toEqual([]);
  });

  it.each(Object.entries<readonly number[]>(corpus.replay))(
    'that found this finds it no more: %s',
    (_, seeds) => {
      expect(findReplayFailures(seeds)).toEqual([]);
    },
  );

  it.each(Object.entries<readonly number[]>(corpus.plainReplay))(
    'that found this finds it no more: %s',
    (_, seeds) => {
      expect(findReplayFailures(seeds, { isPlain: true })).toEqual([]);
    },
  );
});
