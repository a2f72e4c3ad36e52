/**
 * Marks of an axis, at round values and as many as fit.
 */

const SECOND_US = 1_000_000;
const HOUR_US = 3_600 * SECOND_US;

/** Round lengths of time from a second on, µs. Shorter ones are decimal. */
const STEPS_US: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800].map((seconds) => seconds * SECOND_US),
  ...[1, 2, 3, 6, 12, 24, 48, 168, 720].map((hours) => hours * HOUR_US),
];

/** Rounds up to 1, 2 or 5 with zeros; binary numbers are multiples of a power of 1,024. */
function roundUp(amount: number, isBinary: boolean): number {
  const unit = isBinary
    ? 1_024 ** Math.max(0, Math.floor(Math.log(Math.max(1, amount)) / Math.log(1_024)))
    : 1;
  const scaled = amount / unit;
  const power = 10 ** Math.floor(Math.log10(scaled));
  const factor = [1, 2, 5].find((one) => one * power >= scaled) ?? 10;
  return factor * power * unit;
}

/** Round whole amounts from 0 on, at most `count` + 1 of them. */
export function listAmounts(most: number, count: number, isBinary: boolean): readonly number[] {
  if (most <= 0) return [0];
  const step = Math.max(1, roundUp(most / count, isBinary));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

/** At most `count` round times within a stretch, and the time between two of them. */
export function listTimes(
  fromUs: number,
  untilUs: number,
  count: number,
): { readonly stepUs: number; readonly timesUs: readonly number[] } {
  const leastUs = (untilUs - fromUs) / Math.max(1, count);
  const stepUs =
    leastUs < SECOND_US
      ? roundUp(Math.max(1, leastUs), false)
      : (STEPS_US.find((step) => step >= leastUs) ?? Math.ceil(leastUs / HOUR_US) * HOUR_US);
  const timesUs: number[] = [];
  for (let atUs = Math.ceil(fromUs / stepUs) * stepUs; atUs < untilUs; atUs += stepUs) timesUs.push(atUs);
  return { stepUs, timesUs };
}
