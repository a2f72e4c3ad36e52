/** Runs that are made smaller: nothing is kept that a failure does not need, and the printed flags repeat the small run. */
import { describe, expect, it } from 'vitest';
import { run } from './command.js';
import { formatReduction, RECORDING_PARTS, type Reduction, shrinkRun, UNREDUCED } from './reduction.js';
import { simulateReplay } from './replay/run.js';
import { simulate } from './run.js';

describe('a run that fails', () => {
  it('is made as small as its failure permits, in another order of turns if need be', async () => {
    const fails = ({ without, messages, order }: Reduction): Promise<boolean> => {
      const isOrdered = without.length < 3 || order === 4;
      return Promise.resolve(!without.includes('disk') && messages >= 7 && isOrdered);
    };
    const smallest = await shrinkRun(UNREDUCED, RECORDING_PARTS, fails);
    expect(smallest).toEqual({
      without: RECORDING_PARTS.filter((part) => part !== 'disk'),
      messages: 7,
      order: 4,
    });
    expect(formatReduction({ ...smallest, without: ['rest', 'third session'] })).toBe(
      " --without rest --without 'third session' --messages 7 --order 4",
    );
  });

  it('is as it was if nothing can be left out', async () => {
    const fails = ({ without, messages }: Reduction): Promise<boolean> =>
      Promise.resolve(without.length === 0 && messages === Infinity);
    expect(await shrinkRun(UNREDUCED, RECORDING_PARTS, fails)).toEqual(UNREDUCED);
    expect(formatReduction(UNREDUCED)).toBe('');
  });
});

it('what is left out of a run does not happen in it', async () => {
  const smallest = { without: RECORDING_PARTS, messages: 4, order: 1 };
  for (let seed = 1; seed <= 8; seed += 1) {
    const { faults, log, points } = await simulate(seed, { reduction: smallest });
    expect({ faults, log }).toEqual({ faults: [], log: [] });
    expect(points).not.toContain('the process was killed');
  }
  const replayed = simulateReplay(3, { reduction: { ...UNREDUCED, without: ['shards', 'strictness'] } });
  expect(replayed.points).not.toContain('several shards were served');
});

it.each([
  [['--seeds', '3'], "sim: Unknown option '--seeds': its flags are --seed, --runs,"],
  [['--seed', '3x'], "sim: --seed takes a whole number, and not '3x'"],
  [['--without', 'rest', '--without', 'day'], "sim: there is no part 'day': known are recorder dies,"],
])('wrong use is said in a line: %j', async (args, line) => {
  const error: unknown = await run(args).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'WrongUse' });
  expect((error as Error).message.startsWith(line)).toBe(true);
});
