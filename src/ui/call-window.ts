/**
 * REST calls: a window of the list, and one call with the frames around it. Of the filter of frames only the time span
 * applies; calls have a filter of their own.
 */
import type { ExchangeRow } from '../capture/columns.js';
import { formatCurl } from '../library/curl.js';
import { parseStatuses } from '../config/values.js';
import { UsageError } from '../errors.js';
import type { ExchangeFilter } from '../store/exchanges/filter.js';
import type { CaptureReader } from '../store/reader.js';
import type { CallAnswer, CallsAnswer, FrameLine } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import { NEAR_US, toCallLine } from './call-lines.js';
import type { PageContext } from './context.js';
import { toFrameLine } from './frame-lines.js';
import { searchFrames } from './frame-search.js';
import { NotThere } from './not-there.js';
import { readCalls } from './over-time.js';
import { findSpan } from './overview.js';
import { readRowLimit, readWhole, type PageRequest } from './request.js';
import { readPageSelection } from './selection.js';

/** Most routes that are listed, and most frames around a call. */
const [MOST_ROUTES, MOST_AROUND] = [200, 50];
/** Most calls that begin in the same µs as the one at a window's edge. */
const TIES = 100;

/** Position in the list: calls are ordered by time, then by id. */
interface CallPlace {
  readonly atUs: number;
  readonly id: number;
}

interface CallWindow {
  readonly rows: readonly ExchangeRow[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** Answers `/rest`. */
export function answerCalls(context: PageContext, { query }: PageRequest): CallsAnswer {
  const selection = readPageSelection(query);
  const head = context.file.head(selection);
  const { reader } = context.file.queries();
  const span = findSpan(head);
  const filter: ExchangeFilter = {
    sinceUs: selection.fromUs,
    untilUs: selection.untilUs,
    method: query.get('method')?.toUpperCase(),
    route: query.get('route') ?? undefined,
    session: readWhole(query, 'session'),
    statuses: readStatuses(query),
    filter: query.getAll('calls').filter((text) => text.trim() !== ''),
  };
  const { rows, hasPrevious, hasNext } = findWindow(reader, filter, query);
  const [first, last] = [rows[0], rows.at(-1)];
  const { groups } = reader.exchangeStats(filter);
  return {
    ...head,
    calls: rows.map(toCallLine),
    previous: hasPrevious && first !== undefined ? { before: formatPlace(first) } : null,
    next: hasNext && last !== undefined ? { after: formatPlace(last) } : null,
    overTime: readCalls(reader, filter, span),
    routes: groups
      .slice(0, MOST_ROUTES)
      .map(({ method = '', route = '', count: calls, errors, durationP50Us, durationP99Us, ...bytes }) => ({
        ...{ method, route, calls, errors, durationP50Us, durationP99Us },
        requestBytes: bytes.requestBytes,
        responseBytes: bytes.responseBytes,
      })),
  };
}

function readStatuses(query: URLSearchParams): ExchangeFilter['statuses'] {
  const text = query.get('status');
  if (text === null || text === '') return undefined;
  const statuses = parseStatuses(text);
  if (statuses !== null) return statuses;
  throw new UsageError(`status is ${JSON.stringify(text)}`, 'give numbers, 4xx or none, such as 404,5xx');
}

function findWindow(reader: CaptureReader, filter: ExchangeFilter, query: URLSearchParams): CallWindow {
  const limit = readRowLimit(query);
  const after = readPlace(query, 'after');
  const before = readPlace(query, 'before');
  const atUs = readWhole(query, 'at');
  const around = readWhole(query, 'around');
  if (after !== null) return readAfter(reader, filter, after, limit);
  if (before !== null) return readBefore(reader, filter, before, limit);
  if (atUs !== undefined) return readAfter(reader, filter, { atUs, id: 0 }, limit);
  if (around === undefined) return readBefore(reader, filter, null, limit);
  const { startedAtUs, id } = findCall(reader, around);
  const older = readBefore(reader, filter, { atUs: startedAtUs, id }, Math.max(1, Math.floor(limit / 2)));
  const newer = readAfter(reader, filter, { atUs: startedAtUs, id: id - 1 }, limit - older.rows.length);
  return {
    rows: [...older.rows, ...newer.rows],
    hasPrevious: older.hasPrevious,
    hasNext: newer.hasNext,
  };
}

function readAfter(
  reader: CaptureReader,
  filter: ExchangeFilter,
  place: CallPlace,
  limit: number,
): CallWindow {
  const rows: ExchangeRow[] = [];
  for (const row of reader.exchanges({ ...filter, sinceUs: Math.max(place.atUs, filter.sinceUs ?? 0) })) {
    if (!isBehind(row, place)) continue;
    if (rows.length === limit) return { rows, hasPrevious: true, hasNext: true };
    rows.push(row);
  }
  return { rows, hasPrevious: place.id > 0 || place.atUs > 0, hasNext: false };
}

function readBefore(
  reader: CaptureReader,
  filter: ExchangeFilter,
  place: CallPlace | null,
  limit: number,
): CallWindow {
  const untilUs =
    place === null ? filter.untilUs : Math.min(place.atUs + 1, filter.untilUs ?? Number.MAX_SAFE_INTEGER);
  const newest = Array.from(reader.exchanges({ ...filter, untilUs, limit: limit + TIES }));
  const rows =
    place === null
      ? newest
      : newest.filter((row) =>
          isBehind(
            { ...place, startedAtUs: place.atUs },
            {
              atUs: row.startedAtUs,
              id: row.id,
            },
          ),
        );
  return { rows: rows.slice(-limit), hasPrevious: rows.length > limit, hasNext: place !== null };
}

/** Whether a call comes after a position. */
function isBehind({ startedAtUs, id }: Pick<ExchangeRow, 'startedAtUs' | 'id'>, place: CallPlace): boolean {
  return startedAtUs > place.atUs || (startedAtUs === place.atUs && id > place.id);
}

function formatPlace({ startedAtUs, id }: ExchangeRow): string {
  return `${startedAtUs}-${id}`;
}

function readPlace(query: URLSearchParams, name: string): CallPlace | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  const [, at = '', id = ''] = /^(\d{1,16})-(\d{1,15})$/.exec(text) ?? [];
  if (at !== '') return { atUs: Number(at), id: Number(id) };
  throw new UsageError(`${name} is no place in the list of calls`, 'give what an answer has named');
}

function findCall(reader: CaptureReader, id: number): ExchangeRow {
  for (const row of reader.exchanges({ id })) return row;
  throw new NotThere(`there is no REST call ${id}`, 'see the list of calls');
}

/** Answers `/rest/ID`. Rejects with NotThere. */
export async function answerCall(
  context: PageContext,
  request: PageRequest,
  signal: AbortSignal,
  id: number,
): Promise<CallAnswer> {
  const selection = readPageSelection(request.query);
  const { reader } = context.file.queries();
  const row = findCall(reader, id);
  const place = { atUs: row.startedAtUs, id };
  return {
    ...context.file.head(selection),
    call: toCallLine(row),
    userAgent: row.userAgent,
    responseHeaders: row.responseHeaders,
    request: {
      contentType: row.requestType,
      wireBytes: row.requestBytes,
      isCut: row.requestCut,
      text: row.requestBody,
    },
    response: {
      contentType: row.responseType,
      wireBytes: row.responseBytes,
      isCut: row.responseCut,
      text: row.responseBody,
    },
    around: await findFramesAround(context, row, signal),
    previousId: readBefore(reader, {}, place, 1).rows[0]?.id ?? null,
    nextId: readAfter(reader, {}, place, 1).rows[0]?.id ?? null,
    curl: formatCurl(row, reader.captureApi(row.captureId)).join('\n'),
  };
}

async function findFramesAround(
  context: PageContext,
  { startedAtUs, endedAtUs, captureId: capture }: ExchangeRow,
  signal: AbortSignal,
): Promise<readonly FrameLine[]> {
  const endMs = performance.now() + PAGE_BOUNDS.neighbourMs;
  const search = (sinceUs: number, untilUs: number, isBackwards: boolean): ReturnType<typeof searchFrames> =>
    searchFrames(context.file.queries(), {
      filter: { capture, sinceUs: Math.max(0, sinceUs), untilUs },
      isBackwards,
      limit: MOST_AROUND / 2,
      endMs,
      signal,
    });
  const before = await search(startedAtUs - NEAR_US, startedAtUs, true);
  const after = await search(startedAtUs, endedAtUs + NEAR_US, false);
  return [...before.rows, ...after.rows].map((row) => toFrameLine(row, context.findings.ofFrame));
}
