/**
 * Frame search: the next frames that pass a filter, from an id on, forwards or backwards, in bounded time.
 *
 * The search gives way to other requests after each statement, and ends when its request is closed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { FrameFilter } from '../store/filter.js';
import type { FrameRow } from '../store/frame-rows.js';
import type { PageQueries } from '../store/page-queries.js';
import { PAGE_BOUNDS } from './bounds.js';

/** A search. */
export interface FrameSearch {
  /** `afterId` or `beforeId` is the start. */
  readonly filter: FrameFilter;
  readonly isBackwards: boolean;
  readonly limit: number;
  /** Time at which it ends, by `performance.now`. */
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Result of a search. */
export interface FoundFrames {
  /** In ascending order; payloads are cut. */
  readonly rows: readonly FrameRow[];
  /** Whether it ended at the limit, or at the end of the recording. */
  readonly isComplete: boolean;
  /** Whether there are no more frames in that direction. */
  readonly isAtEnd: boolean;
  readonly searched: number;
  /** Last id that was tested; null before the first test. */
  readonly reachedId: number | null;
}

/** Searches. Rejects with a FilterError or a StoreError. */
export async function searchFrames(queries: PageQueries, search: FrameSearch): Promise<FoundFrames> {
  const { filter, isBackwards, limit, endMs, signal } = search;
  const pages = queries.framePages(filter, {
    isBackwards,
    rowsAtMost: limit,
    headChars: PAGE_BOUNDS.headChars,
  });
  const rows: FrameRow[] = [];
  let searched = 0;
  let reachedId: number | null = null;
  const done = (isComplete: boolean, isAtEnd: boolean): FoundFrames => ({
    rows: isBackwards ? rows.reverse() : rows,
    isComplete,
    isAtEnd,
    searched,
    reachedId,
  });
  for (const page of pages) {
    for (const row of page.rows) {
      rows.push(row);
      if (rows.length < limit) continue;
      searched += page.searched;
      reachedId = row.id;
      return done(true, false);
    }
    searched += page.searched;
    reachedId = page.reachedId;
    await turn();
    signal?.throwIfAborted();
    if (performance.now() >= endMs) return done(false, false);
  }
  return done(true, true);
}
