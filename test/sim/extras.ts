/**
 * What runs have beside the plan: rotation, `--max-db-size`, REST calls, sessions that come back elsewhere, threads that
 * decode.
 *
 * Drawn by a generator of their own, so that a run without them is the same as before there were any: the seeds of the
 * corpus that are older keep their meaning.
 */
import type { RotationOrder } from '../../src/worker/boundary.js';
import type { Plan } from './plan.js';
import type { Random } from './random.js';

/** What a run has beside its plan. */
export interface Extras {
  /** Null if the database is never rotated. */
  readonly rotation: RotationOrder | null;
  /** Pages that the database may have more than an empty one, -1 if each batch is too much; null without a limit. */
  readonly sparePages: number | null;
  readonly restCalls: number;
  /** Sessions come back at another host, and before the connection that they leave has ended. */
  readonly isElsewhere: boolean;
  /** Threads that decode; 1 for the recorder itself. */
  readonly decoders: number;
  /** How often a rotation is asked for, a REST call goes on, and a decoder works, as weights of turns. */
  readonly turns: Readonly<Record<'rotate' | 'rest' | 'decoder', number>>;
}

/** None of it. */
export const NO_EXTRAS: Extras = {
  rotation: null,
  sparePages: null,
  restCalls: 0,
  isElsewhere: false,
  decoders: 1,
  turns: { rotate: 0, rest: 0, decoder: 0 },
};

/** Draws them; some do not go together with what the plan lets fail. */
export function drawExtras(random: Random, { failures }: Plan): Extras {
  // What a lost file had counts from its beginning, which a model with several files does not know.
  const isRotating = random.chance(0.4) && !failures.includes('file') && !failures.includes('reader');
  const isLimited = random.chance(0.3) && !failures.includes('file');
  const restCalls = random.chance(0.5) ? random.skewed(1, 20) : 0;
  const earlier = {
    rotation: isRotating ? drawRotation(random) : null,
    sparePages: isLimited ? random.pick([-1, -1, 0, 1]) : null,
    restCalls,
    isElsewhere: random.chance(0.4),
    turns: {
      rotate: isRotating ? random.pick([0, 0.1, 1]) : 0,
      rest: restCalls > 0 ? random.skewed(1, 4) : 0,
    },
  };
  // Drawn last, so that older seeds keep the rest.
  const decoders = random.pick([1, 2, 3]);
  return {
    ...earlier,
    decoders,
    turns: { ...earlier.turns, decoder: decoders > 1 ? random.skewed(1, 10) : 0 },
  };
}

function drawRotation(random: Random): RotationOrder {
  return {
    bytes: random.pick([Infinity, Infinity, 700_000]),
    ageUs: random.pick([Infinity, Infinity, 1_000_000]),
    keep: random.pick([null, null, 1, 2]),
    shipped: null,
  };
}
