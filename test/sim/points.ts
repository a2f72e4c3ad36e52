/** Places that simulations have to reach: those of the program, and what can be seen from outside. */
import { RARE_POINTS, type RarePoint } from '../../src/sometimes.js';

const SEEN_FROM_OUTSIDE = [
  'a decoder died',
  'a lost file became a gap',
  'a row says context_lost',
  'a row says partial',
  'a row says truncated',
  'a socket was paused',
  'the process was killed',
  'the recorder waited for a slot',
  'the rewriter converged',
] as const;

/** All of them. */
export const POINTS: readonly Point[] = [...RARE_POINTS, ...SEEN_FROM_OUTSIDE];

/** One of `POINTS`. */
export type Point = RarePoint | (typeof SEEN_FROM_OUTSIDE)[number];
