/**
 * Frame windows: a part of the list of frames, at a position that the query names.
 */
import type { FrameFilter } from '../store/filter.js';
import type { PageQueries } from '../store/page-queries.js';
import type { FrameCountAnswer, FramesAnswer } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { PageContext } from './context.js';
import { toFrameLine } from './frame-lines.js';
import { searchFrames, type FoundFrames } from './frame-search.js';
import { readPart, readRowLimit, readWhole, type PageRequest } from './request.js';
import { readPageSelection, selectFrames } from './selection.js';

/** Position of a window. */
interface WindowPlace {
  readonly filter: FrameFilter;
  readonly isBackwards: boolean;
  /** Id in the middle of the window. */
  readonly middleId?: number;
}

/** Answers `/frames`. */
export async function answerFrames(
  context: PageContext,
  request: PageRequest,
  signal: AbortSignal,
): Promise<FramesAnswer> {
  const { query } = request;
  const limit = readRowLimit(query);
  const selection = readPageSelection(query);
  const queries = context.file.queries();
  const filter = selectFrames(selection);
  const head = context.file.head(selection);
  const { firstId, lastId } = queries.content();
  const place = findPlace(query, filter, firstId, lastId);
  const found = await findWindow(queries, place, limit, signal);
  const first = found.rows[0]?.id ?? null;
  const { isExact, frames } = countQuickly(queries, filter, head.selection.isQuick);
  return {
    ...head,
    frames: found.rows.map((row) => toFrameLine(row, context.findings.ofFrame)),
    isComplete: found.isComplete,
    searched: found.searched,
    previous: found.low === null || found.low <= firstId ? null : { before: found.low },
    next: found.high === null || found.high >= lastId ? null : { after: found.high },
    count: { frames, isExact },
    position: first === null ? null : lastId > firstId ? (first - firstId) / (lastId - firstId) : 0,
  };
}

function findPlace(
  query: URLSearchParams,
  filter: FrameFilter,
  firstId: number,
  lastId: number,
): WindowPlace {
  const after = readWhole(query, 'after');
  const before = readWhole(query, 'before');
  const around = readWhole(query, 'around');
  const at = readWhole(query, 'at');
  const part = readPart(query, 'part');
  if (after !== undefined) return { filter: { ...filter, afterId: after }, isBackwards: false };
  if (before !== undefined) return { filter: { ...filter, beforeId: before }, isBackwards: true };
  if (around !== undefined) return { filter, isBackwards: false, middleId: around };
  if (at !== undefined)
    return { filter: { ...filter, sinceUs: Math.max(at, filter.sinceUs ?? 0) }, isBackwards: false };
  if (part !== undefined) {
    const afterId = Math.max(firstId + Math.round(part * (lastId - firstId)) - 1, 0);
    return { filter: { ...filter, afterId }, isBackwards: false };
  }
  return { filter, isBackwards: true };
}

/** A window, and ids for its neighbours: before `low` and after `high`; null if there are no more frames on that side. */
interface FrameWindow extends Pick<FoundFrames, 'rows' | 'isComplete' | 'searched'> {
  readonly low: number | null;
  readonly high: number | null;
}

async function findWindow(
  queries: PageQueries,
  { filter, isBackwards, middleId }: WindowPlace,
  limit: number,
  signal: AbortSignal,
): Promise<FrameWindow> {
  const endMs = performance.now() + PAGE_BOUNDS.searchMs;
  if (middleId === undefined) {
    const found = await searchFrames(queries, { filter, isBackwards, limit, endMs, signal });
    return isBackwards ? toBackwardWindow(found, filter) : toForwardWindow(found, filter);
  }
  const older = await searchFrames(queries, {
    filter: { ...filter, beforeId: middleId },
    isBackwards: true,
    limit: Math.max(1, Math.floor(limit / 2)),
    endMs: endMs - PAGE_BOUNDS.searchMs / 2,
    signal,
  });
  const newer = await searchFrames(queries, {
    filter: { ...filter, afterId: middleId - 1 },
    isBackwards: false,
    limit: Math.max(1, limit - older.rows.length),
    endMs,
    signal,
  });
  return {
    rows: [...older.rows, ...newer.rows],
    isComplete: older.isComplete && newer.isComplete,
    searched: older.searched + newer.searched,
    low: toBackwardWindow(older, filter).low,
    high: toForwardWindow(newer, filter).high,
  };
}

/** Window of a search backwards; if it ran out of time, the next one continues from the last tested id. */
function toBackwardWindow(found: FoundFrames, { beforeId }: FrameFilter): FrameWindow {
  const { rows, isAtEnd, reachedId } = found;
  const high = rows.at(-1)?.id ?? (beforeId === undefined ? null : beforeId - 1);
  return { ...found, low: isAtEnd ? null : reachedId, high };
}

/** The same forwards. */
function toForwardWindow(found: FoundFrames, { afterId }: FrameFilter): FrameWindow {
  const { rows, isAtEnd, reachedId } = found;
  return { ...found, low: rows[0]?.id ?? afterId ?? null, high: isAtEnd ? null : reachedId };
}

/** Number of frames that pass: exact if roll-ups are enough, else an upper bound. */
function countQuickly(queries: PageQueries, filter: FrameFilter, isQuick: boolean): FramesAnswer['count'] {
  if (!isQuick) return { frames: queries.countAtMost(filter), isExact: false };
  const { total } = queries.reader.stats({ ...filter, by: [], hasSizes: false });
  return { frames: total.count, isExact: true };
}

/** Answers `/frames/count`. */
export async function answerFrameCount(
  context: PageContext,
  request: PageRequest,
): Promise<FrameCountAnswer> {
  const selection = readPageSelection(request.query);
  const head = context.file.head(selection);
  const queries = context.file.queries();
  if (head.selection.isQuick) {
    const { frames } = countQuickly(queries, selectFrames(selection), true);
    return { ...head, frames, progress: { isComplete: true, done: frames, total: frames } };
  }
  const { result, progress } = await context.desk.ask(
    'count',
    { selection },
    head.source.lastId,
    context.file.generation,
  );
  return { ...head, frames: result?.frames ?? 0, progress };
}
