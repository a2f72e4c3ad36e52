/**
 * Size bins: how many frames are how large, by powers of two, from the narrow rows.
 */
import type { Database } from '../database.js';
import type { FrameFilter } from '../filter.js';
import { planFrames } from '../frame-plan.js';
import type { OnSearched } from '../frame-rows.js';
import { rangesToSearch } from '../packed-search.js';
import { SIZE } from '../predicate-sql.js';

/** Frames from a size on, a power of two or 0, and below its double, or below 1. */
export interface SizeBin {
  readonly fromBytes: number;
  readonly frames: number;
}

/** Ids that one statement looks at. */
const CHUNK = 10_000;

/** Sizes of the frames that pass, the smallest first. */
export function readSizeBins(db: Database, filter: FrameFilter, onSearched: OnSearched): readonly SizeBin[] {
  const plan = planFrames(db, filter);
  const { condition } = plan;
  const statement = db
    .prepare<unknown[], [size: number, frames: number]>(
      `SELECT ${SIZE}, count(*) FROM frame WHERE id BETWEEN ? AND ? AND ${condition.sql} GROUP BY 1`,
    )
    .raw();
  const bins = new Map<number, number>();
  for (const { first, last } of rangesToSearch(db, plan, onSearched)) {
    for (let from = first; from <= last; from += CHUNK) {
      const end = Math.min(from + CHUNK - 1, last);
      for (const [size, frames] of statement.all(from, end, ...condition.values)) {
        const fromBytes = size < 1 ? 0 : 2 ** Math.floor(Math.log2(size));
        bins.set(fromBytes, (bins.get(fromBytes) ?? 0) + frames);
      }
      onSearched(end - from + 1);
    }
  }
  return [...bins]
    .map(([fromBytes, frames]) => ({ fromBytes, frames }))
    .sort((one, other) => one.fromBytes - other.fromBytes);
}
