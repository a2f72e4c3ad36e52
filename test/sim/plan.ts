/** Plan of a run: how large its parts are, who is how quick, and what may fail. Many runs have some of it only. */
import type { OverloadPolicy } from '../../src/worker/ring-tap.js';
import type { Random } from './random.js';
import type { RelayHabits } from './relay.js';

/** What may fail. */
export const FAILURES = ['recorder dies', 'writer dies', 'disk', 'file', 'reader'] as const;

/** How a run goes. */
export interface Plan {
  readonly policy: OverloadPolicy;
  readonly queueBytes: number;
  readonly batchAgeUs: number;
  readonly hasFragments: boolean;
  readonly habits: RelayHabits;
  /** Most messages that the recorder reads in one turn. */
  readonly burst: number;
  readonly turns: Readonly<Record<'relay' | 'recorder' | 'writer' | 'time' | 'jump' | 'fail', number>>;
  readonly failures: readonly (typeof FAILURES)[number][];
  /** Probability that it ends without an end. */
  readonly kill: number;
}

/** Draws a plan. */
export function drawPlan(random: Random): Plan {
  const drawn = FAILURES.filter(() => random.chance(0.35));
  // Not both: new threads do not know what a file had before them, so its loss is counted from there on only.
  // Nor with a reader: SQLite would wait for it two real seconds each time before it lets a new file be used.
  const apart: readonly string[] = ['recorder dies', 'writer dies', 'reader'];
  const failures = drawn.includes('file') ? drawn.filter((failure) => !apart.includes(failure)) : drawn;
  return {
    policy: random.pick(['pause', 'drop']),
    queueBytes: random.pick([4096, 4096, 8192, 16_384, 65_536, 262_144]),
    batchAgeUs: random.pick([0, 0, 1000, 40_000]),
    hasFragments: !failures.includes('file') && random.chance(0.5),
    habits: {
      mostChunkBytes: random.pick([2, 40, 400, 1460, 10_000, 65_536]),
      rewritten: random.pick([0, 0.5, 1]),
      disorder: random.pick([0, 0.02, 0.3]),
      loss: random.pick([0, 0, 0.01, 0.05]),
    },
    burst: random.skewed(1, 200),
    turns: {
      relay: random.skewed(2, 20),
      recorder: random.skewed(1, 10),
      writer: random.skewed(1, 10),
      time: random.skewed(1, 5),
      jump: random.pick([0, 0.05]),
      fail: random.pick([0.02, 0.2]),
    },
    failures,
    kill: random.pick([0, 0, 1]),
  };
}
