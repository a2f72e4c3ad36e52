/**
 * Bins of time: the width for a span, and sums of frames by family in each bin.
 */
import { EVENT_FAMILIES } from '../gateway/event-family.js';
import { HOUR_US, MINUTE_US } from '../store/rollups.js';
import type { TypeBin } from '../store/stats/type-bins.js';
import type { PageSpan, TimeBins } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import { findTypeFamily } from './frame-lines.js';

const SECOND_US = 1_000_000;
const DAY_US = 24 * HOUR_US;

/** Round widths. */
const WIDTHS_US: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms * 1000),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_US),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_US),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_US),
  ...[1, 2, 7, 14, 28, 56, 112, 365].map((days) => days * DAY_US),
];

/** Width of a span's bins: the smallest round one of at least `leastUs` that gives few enough bins. */
export function chooseBinUs({ fromUs, untilUs }: PageSpan, leastUs = 0): number {
  const countBins = (widthUs: number): number => Math.ceil(untilUs / widthUs) - Math.floor(fromUs / widthUs);
  const fits = (widthUs: number): boolean => widthUs >= leastUs && countBins(widthUs) <= PAGE_BOUNDS.timeBins;
  const longest = WIDTHS_US.at(-1) ?? DAY_US;
  const widest = Math.ceil((untilUs - fromUs) / (PAGE_BOUNDS.timeBins - 1) / longest) * longest;
  return WIDTHS_US.find(fits) ?? widest;
}

/** Sums as lists of equal length, one for each family that occurs; null without frames. */
export function toTimeBins(bins: readonly TypeBin[], binUs: number): TimeBins | null {
  if (bins.length === 0) return null;
  const times = bins.map(({ binAtUs }) => binAtUs);
  const startUs = times.reduce((least, at) => Math.min(least, at));
  const count = Math.round((times.reduce((most, at) => Math.max(most, at)) - startUs) / binUs) + 1;
  const families = new Map<string, { frames: number[]; wireBytes: number[] }>();
  for (const bin of bins) {
    const family = findTypeFamily(bin.type);
    const lists = families.get(family) ?? { frames: zeros(count), wireBytes: zeros(count) };
    families.set(family, lists);
    const index = Math.round((bin.binAtUs - startUs) / binUs);
    lists.frames[index] = (lists.frames[index] ?? 0) + bin.count;
    lists.wireBytes[index] = (lists.wireBytes[index] ?? 0) + bin.wireBytes;
  }
  const series = EVENT_FAMILIES.flatMap((family) => {
    const lists = families.get(family);
    return lists === undefined ? [] : [{ family, ...lists }];
  });
  return { startUs, binUs, count, series };
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
