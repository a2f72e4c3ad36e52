/**
 * Pseudo-random numbers that are the same in every run.
 *
 * Source: mulberry32 by Tommy Ettinger, public domain; 32 bits of state are plenty to draw faults.
 */

/** Source of numbers from 0 up to, but not including, 1. */
export type Random = () => number;

/** Numbers of one seed; every call of the result gives the next one. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
