/**
 * The overview: health and contents of a recording.
 */
import { OP } from '../gateway/opcodes.js';
import { HOUR_US, MINUTE_US } from '../store/rollups.js';
import type { FrameFilter } from '../store/filter.js';
import type { PageQueries } from '../store/page-queries.js';
import type { TypeBin } from '../store/stats/type-bins.js';
import type { OverviewAnswer, PageHead, PageSpan, Progress, SizesAnswer } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { PageContext } from './context.js';
import { countUndecodable, sumFigures, sumIntents, toEventTable } from './event-table.js';
import { readMarks } from './marks.js';
import { readCalls, readHeartbeats } from './over-time.js';
import type { PageRequest } from './request.js';
import { readPageSelection, selectFrames, type Selection } from './selection.js';
import { chooseBinUs, toTimeBins } from './time-bins.js';

/** Most rows, of roll-ups or of frames, that a request sums up by itself. */
const FEW_ROWS = 50_000;
/** Most sessions whose resumes are counted. */
const MOST_LINKS = 100_000;
const NOTHING_SPAN: PageSpan = { fromUs: 0, untilUs: 1 };

/** Answers `/overview`. */
export async function answerOverview(context: PageContext, request: PageRequest): Promise<OverviewAnswer> {
  const selection = readPageSelection(request.query);
  const head = context.file.head(selection);
  const queries = context.file.queries();
  const filter = selectFrames(selection);
  const span = findSpan(head);
  const binUs = chooseWidth(queries, filter, span);
  const { bins, progress } = await readBins(context, head, selection, binUs);
  const { reader } = queries;
  const times = { sinceUs: span.fromUs, untilUs: span.untilUs };
  const gaps = reader.gaps({ ...times, limit: MOST_LINKS });
  const links = queries.sessionLinks(span.fromUs, span.untilUs, MOST_LINKS);
  const events = toEventTable(bins);
  return {
    ...head,
    progress,
    total: sumFigures(bins),
    sessions: countSessions(queries, span),
    resumes: links.filter(({ isResume }) => isResume).length,
    connections: queries.connectionCount(span.fromUs, span.untilUs),
    undecodable: countUndecodable(bins),
    gaps: gaps.length,
    unrecordedBytes: gaps.reduce((sum, { bytes }) => sum + bytes, 0),
    bins: toTimeBins(bins, binUs),
    events,
    intents: head.selection.isQuick ? readIntents(queries, filter) : sumIntents(events),
    heartbeats: readHeartbeats(reader, times, binUs),
    rest: readCalls(reader, times, span),
    ...readMarks(queries, span),
  };
}

/** Selected part of the recording's time. */
export function findSpan({ source, selection }: PageHead): PageSpan {
  const { fromUs, untilUs } = source.span ?? NOTHING_SPAN;
  const start = Math.max(selection.fromUs ?? fromUs, fromUs);
  return { fromUs: start, untilUs: Math.max(Math.min(selection.untilUs ?? untilUs, untilUs), start + 1) };
}

function chooseWidth(queries: PageQueries, filter: FrameFilter, span: PageSpan): number {
  const binUs = chooseBinUs(span);
  if (binUs >= MINUTE_US) return binUs;
  return queries.countAtMost(filter) > PAGE_BOUNDS.fineFrames ? chooseBinUs(span, MINUTE_US) : binUs;
}

async function readBins(
  { desk, file }: PageContext,
  { selection: { isQuick }, source: { lastId } }: PageHead,
  selection: Selection,
  binUs: number,
): Promise<{ readonly bins: readonly TypeBin[]; readonly progress: Progress }> {
  const queries = file.queries();
  const filter = selectFrames(selection);
  const rows =
    binUs % HOUR_US === 0
      ? 0
      : binUs % MINUTE_US === 0
        ? queries.rollupRows(filter.sinceUs ?? 0, filter.untilUs ?? Number.MAX_SAFE_INTEGER)
        : queries.countAtMost(filter);
  const isFast = isQuick && rows <= FEW_ROWS;
  if (isFast) {
    const bins = queries.typeBins(filter, binUs);
    const done = bins.reduce((sum, { count }) => sum + count, 0);
    return { bins, progress: { isComplete: true, done, total: done } };
  }
  const { result, progress } = await desk.ask('bins', { selection, binUs }, lastId, file.generation);
  return { bins: result ?? [], progress };
}

function readIntents(queries: PageQueries, filter: FrameFilter): OverviewAnswer['intents'] {
  const { groups } = queries.reader.stats({ ...filter, by: ['op', 'intent'], hasSizes: false });
  return groups
    .filter(({ op }) => op === OP.DISPATCH)
    .map(({ intent = null, count: frames, wireBytes, payloadBytes }) => ({
      ...{ intent, frames, wireBytes, payloadBytes },
    }))
    .sort((one, other) => other.wireBytes - one.wireBytes);
}

function countSessions(queries: PageQueries, { fromUs, untilUs }: PageSpan): number {
  return queries.reader
    .sessions()
    .filter(({ firstAtUs, lastAtUs }) => (firstAtUs ?? 0) < untilUs && (lastAtUs ?? 0) >= fromUs).length;
}

/** Answers `/sizes`. */
export async function answerSizes(context: PageContext, request: PageRequest): Promise<SizesAnswer> {
  const selection = readPageSelection(request.query);
  const head = context.file.head(selection);
  const { result, progress } = await context.desk.ask(
    'sizes',
    { selection },
    head.source.lastId,
    context.file.generation,
  );
  return { ...head, sizes: result ?? [], progress };
}
