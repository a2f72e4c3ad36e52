/**
 * Answers of the tools that are more than one query: a frame, REST calls, the differences of two sessions, a statement.
 */
import { UsageError } from '../../errors.js';
import type { StatusRange } from '../../store/exchanges/filter.js';
import type { CaptureReader } from '../../store/reader.js';
import { diffRecordings } from '../diff.js';
import { findDispatch, findFrame, type SqlCell } from '../queries.js';
import { fromPosition, makePage, PAGE_CHARS, readPosition, type Page, type PlacedRow } from './answer.js';
import { readLimit, readTimes, resolveNamed, type ToolArguments } from './arguments.js';
import { describeFrame } from './frame-pages.js';

/** A page of a list, by the arguments of the call. */
export function pageList(rows: Iterable<unknown>, given: ToolArguments): Page {
  return makePage(fromPosition(rows, given.cursor), readLimit(given));
}

/** One frame, a part of its payload, and where the next part begins. */
export function showFrame(
  reader: CaptureReader,
  { id, session = 'latest', seq, cursor }: ToolArguments,
): object {
  if ((id === undefined) === (seq === undefined)) {
    const what = id === undefined ? 'no frame is named' : 'id and seq exclude each other';
    throw new UsageError(`frame: ${what}`, 'give id, or session and seq');
  }
  const frame = seq === undefined ? findFrame(reader, id ?? 'latest') : findDispatch(reader, session, seq);
  const payload = frame.payloadText ?? '';
  const start = readPosition(cursor) ?? 0;
  const end = start + PAGE_CHARS;
  const bytes = frame.bytes === null ? null : Buffer.from(frame.bytes);
  return {
    ...describeFrame({ ...frame, payloadText: null }),
    around: reader.neighbours(frame),
    payload: frame.payloadText === null ? null : payload.slice(start, end),
    payloadCharacters: payload.length,
    bytes:
      bytes === null
        ? null
        : { size: bytes.length, base64: bytes.subarray(0, PAGE_CHARS / 8).toString('base64') },
    ...(end < payload.length ? { nextCursor: String(end) } : {}),
  };
}

/** REST calls behind the cursor. */
export function* listCalls(reader: CaptureReader, given: ToolArguments): Generator<PlacedRow, void> {
  const { method, route } = given;
  const { at, id } = readCallCursor(given.cursor);
  const span = readTimes(given);
  const rows = reader.exchanges({
    ...span,
    sinceUs: at ?? span.sinceUs,
    method: method?.toUpperCase(),
    route,
    session: resolveNamed(reader, given.session),
    statuses: readStatuses(given),
  });
  for (const row of rows) {
    // Calls come in the order of time, then of ids.
    const isBehind = at === null || row.startedAtUs > at || row.id > id;
    if (isBehind) yield { row, cursor: `${row.startedAtUs}.${row.id}` };
  }
}

/** Time and id of the call that a cursor is behind; a cursor of one part is refused. */
function readCallCursor(cursor: string | undefined): { readonly at: number | null; readonly id: number } {
  if (cursor === undefined) return { at: null, id: 0 };
  const [at = '', id = '', ...others] = cursor.split('.');
  return { at: readPosition(others.length === 0 ? at : cursor), id: readPosition(id) ?? 0 };
}

/** Differences of two sessions, in one list. */
export function diffSessions(db: string, given: ToolArguments): object {
  const { before = 'latest', after = 'latest', sender, ignore } = given;
  const { equal, matched, ...lists } = diffRecordings({
    expected: { session: before, db },
    actual: { session: after, db },
    ...(sender === undefined ? {} : { sender }),
    ...(ignore === undefined ? {} : { ignore }),
  });
  const rows = Object.entries(lists as Readonly<Record<string, unknown>>).flatMap(([what, items]) =>
    Array.isArray(items) ? (items as readonly object[]).map((item) => ({ what, ...item })) : [],
  );
  return { equal, matched, ...pageList(rows, given) };
}

/**
 * The key of the placeholders would let a reader try out short secrets, and raw pages hold it too. A name in SQL has no
 * other spelling than itself, but for case.
 */
const UNREADABLE = /placeholder_key|sqlite_dbpage/i;

/** Rows of a statement. Throws a UsageError for one that does not read, or that reads the key of the placeholders. */
export function runStatement(reader: CaptureReader, given: ToolArguments): object {
  const { statement = '' } = given;
  const unreadable = UNREADABLE.exec(statement)?.[0];
  if (unreadable !== undefined) {
    throw new UsageError(`${unreadable} is not for reading here`, 'use gatetape sql yourself if you need it');
  }
  const { columns, rows } = reader.sql(statement);
  function* objects(): Generator<object, void> {
    for (const row of rows)
      yield Object.fromEntries(columns.map((key, index) => [key, plainCell(row[index] ?? null)]));
  }
  return { columns, ...pageList(objects(), given) };
}

/** A value for JSON: integers beyond ±2^53-1 and bytes as everywhere else in gatetape. */
function plainCell(cell: SqlCell): unknown {
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  return cell instanceof Uint8Array ? { $binary: Buffer.from(cell).toString('base64') } : cell;
}

const MAX_STATUS = 999;

function readStatuses({ statusFrom, statusTo }: ToolArguments): readonly StatusRange[] | undefined {
  if (statusFrom === undefined && statusTo === undefined) return undefined;
  return [{ from: statusFrom ?? 0, to: statusTo ?? MAX_STATUS }];
}
