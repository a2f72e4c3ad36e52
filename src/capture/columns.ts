/**
 * Columns of a frame and of a REST call: the one table of each.
 *
 * From a table follow the types of rows and records, INSERT and SELECT (store/column-sql.ts), the numbers that cross
 * between threads (worker/batch-slots.ts), the keys of JSON and CSV, in the order of the table, and what an import
 * accepts (library/forms/copied-rows.ts). A new column is a line here and a migration; the compiler then names the
 * places that must compute its value, but for the two that write values one by one because they are hot
 * (store/frame-writer.ts, worker/batch-sender.ts).
 */
import { FRAME_KINDS, SENDERS, type FrameKind, type Sender } from '../wire/frame.js';

/** Every status of a frame; those from `protocol_error` on are the undecodable reasons. */
export const FRAME_STATUSES = [
  'ok', // holds (or completes) a payload
  'partial', // more frames are needed for the payload
  'control', // ping, pong or close
  'protocol_error', // not a legal WebSocket frame
  'truncated', // the socket ended within a frame, or the connection within a payload
  'too_large', // over --max-payload, on the wire or inflated
  'inflate_failed', // the compressed bytes are broken
  'context_lost', // follows a broken or interrupted compression context, or a gap
  'not_utf8',
  'not_json',
  'not_etf',
  'not_object', // decoded, but not an object with an integer `op`
  'unknown_encoding', // the URL asked for an undocumented encoding
  'unsupported_compression',
  'too_complex', // over a bound of depth, values, decompression or held bytes (wire/bounds.ts)
  'decoder_failed', // a bug of gatetape; the log has a line about it
] as const;

/** Status of a frame. */
export type FrameStatus = (typeof FRAME_STATUSES)[number];

/** Every reason why a REST call was not answered in full. */
const EXCHANGE_ERRORS = [
  'no_answer', // the API could not be reached, or did not answer
  'broken_off', // the answer ended in the middle
  'client_left', // the client went away first
  'stopped', // the recorder was stopped first
] as const;

/** One of `EXCHANGE_ERRORS`. */
export type ExchangeError = (typeof EXCHANGE_ERRORS)[number];

/** Kinds of columns, and the type of their values in a row. */
export interface ColumnValues {
  /** Number of a row in the database, from 1. */
  readonly id: number;
  /** Number within something else, from 1. */
  readonly ordinal: number;
  /** µs since the Unix epoch, or between two times. */
  readonly us: number;
  /** Count of bytes. */
  readonly bytes: number;
  readonly integer: number;
  readonly text: string;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly status: FrameStatus;
  readonly error: ExchangeError;
  /** 0 or 1 in the database. */
  readonly flag: boolean;
  /** JSON text in the database; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The values of those columns that hold one of a closed list. */
export const VALUE_LISTS = {
  sender: SENDERS,
  kind: FRAME_KINDS,
  status: FRAME_STATUSES,
  error: EXCHANGE_ERRORS,
} as const;

/** One column. */
export interface ColumnRule {
  readonly holds: keyof ColumnValues;
  readonly isNullable?: true;
  /** Where the value is in the database; a column without a table is computed when a row is read. */
  readonly table?: 'frame' | 'frame_type' | 'exchange' | 'exchange_body';
  readonly column?: string;
}

/** Columns by their keys in a row. */
export type ColumnTable = Readonly<Record<string, ColumnRule>>;

/** Columns of a frame; `FRAME_KEYS` are those that are printed. */
export const FRAME_COLUMNS = {
  id: { holds: 'id', table: 'frame', column: 'id' },
  connectionId: { holds: 'id', table: 'frame', column: 'connection_id' },
  /** Null before IDENTIFY or RESUME. */
  sessionId: { holds: 'id', isNullable: true, table: 'frame', column: 'session_id' },
  /** Stands for the columns of `frame_type`. */
  typeId: { holds: 'id', table: 'frame', column: 'type_id' },
  /**
   * Position in the connection, from 1, both senders counted together. It defines the order within a connection.
   * Payloads of one frame share its number. After a gap each chunk of its sender counts as one frame.
   */
  frameNo: { holds: 'ordinal', table: 'frame', column: 'frame_no' },
  /** µs since the Unix epoch, by the relay's clock, at arrival. */
  atUs: { holds: 'us', table: 'frame', column: 'at_us' },
  sender: { holds: 'sender', table: 'frame_type', column: 'sender' },
  kind: { holds: 'kind', table: 'frame_type', column: 'kind' },
  /** Gateway opcode; null unless `status` is `ok`. */
  op: { holds: 'integer', isNullable: true, table: 'frame_type', column: 'op' },
  opName: { holds: 'text', isNullable: true },
  /** Event name `t` of a dispatch. */
  event: { holds: 'text', isNullable: true, table: 'frame_type', column: 'event' },
  /** Sequence number `s` of a dispatch. */
  seq: { holds: 'integer', isNullable: true, table: 'frame', column: 'seq' },
  /**
   * Bytes on the wire; for a payload the sum over all frames that carried it, so sums must leave out `partial` rows. If
   * payloads share a frame, the first has its bytes, the others 0. After a gap: socket bytes.
   */
  wireBytes: { holds: 'bytes', table: 'frame', column: 'wire_bytes' },
  /** Bytes after decompression and before redaction; null if no payload was decoded. */
  payloadBytes: { holds: 'bytes', isNullable: true, table: 'frame', column: 'payload_bytes' },
  status: { holds: 'status', table: 'frame_type', column: 'status' },
} as const satisfies ColumnTable;

/** Columns of a REST call; all of them are printed. */
export const EXCHANGE_COLUMNS = {
  id: { holds: 'id', table: 'exchange', column: 'id' },
  captureId: { holds: 'id', table: 'exchange', column: 'capture_id' },
  /** When the head of the request was complete, in µs since the Unix epoch. */
  startedAtUs: { holds: 'us', table: 'exchange', column: 'started_at_us' },
  /** When the answer was fully forwarded, or was given up. */
  endedAtUs: { holds: 'us', table: 'exchange', column: 'ended_at_us' },
  durationUs: { holds: 'us' },
  method: { holds: 'text', table: 'exchange', column: 'method' },
  /** Path and query below the API base as the client sent them, redacted, such as `/v10/gateway/bot`. */
  path: { holds: 'text', table: 'exchange', column: 'path' },
  /** Path without version, query, ids and other values, such as `/channels/:id/messages`. */
  route: { holds: 'text', table: 'exchange', column: 'route' },
  /** Placeholder of the token in `Authorization`, or null; in every mode of redaction. */
  tokenAlias: { holds: 'text', isNullable: true, table: 'exchange', column: 'token_alias' },
  userAgent: { holds: 'text', isNullable: true, table: 'exchange', column: 'user_agent' },
  /** Null if the API gave no answer. */
  status: { holds: 'integer', isNullable: true, table: 'exchange', column: 'status' },
  /** Why it was not answered in full, or null. */
  fault: { holds: 'error', isNullable: true, table: 'exchange', column: 'fault' },
  /** Headers that affect the client's behaviour: rate limits, `retry-after`, `location`. */
  responseHeaders: { holds: 'headers', table: 'exchange', column: 'response_headers' },
  /** Content type as it was sent, or null. */
  requestType: { holds: 'text', isNullable: true, table: 'exchange', column: 'request_type' },
  /** Bytes of the body as they crossed the wire, compressed or not. */
  requestBytes: { holds: 'bytes', table: 'exchange', column: 'request_bytes' },
  /** Whether `requestBody` is not all of it. */
  requestCut: { holds: 'flag', table: 'exchange', column: 'is_request_cut' },
  /** Text, decoded and redacted; null if there was none, or it was binary, broken or too long. */
  requestBody: { holds: 'text', isNullable: true, table: 'exchange_body', column: 'request' },
  responseType: { holds: 'text', isNullable: true, table: 'exchange', column: 'response_type' },
  responseBytes: { holds: 'bytes', table: 'exchange', column: 'response_bytes' },
  responseCut: { holds: 'flag', table: 'exchange', column: 'is_response_cut' },
  responseBody: { holds: 'text', isNullable: true, table: 'exchange_body', column: 'response' },
} as const satisfies ColumnTable;

type Value<Rule extends ColumnRule> =
  ColumnValues[Rule['holds']] | (Rule extends { readonly isNullable: true } ? null : never);

/** A row with these columns. */
export type RowOf<Columns extends ColumnTable> = { readonly [Key in keyof Columns]: Value<Columns[Key]> };

/** Keys of the columns that one table of the database holds. */
export type KeyIn<Columns extends ColumnTable, Table> = {
  [Key in keyof Columns]: Columns[Key] extends { readonly table: Table } ? Key & string : never;
}[keyof Columns];

/** Keys of those columns that hold this. */
type KeyHolding<Columns extends ColumnTable, Holds> = {
  [Key in keyof Columns]: Columns[Key] extends { readonly holds: Holds } ? Key : never;
}[keyof Columns];

type FrameColumns = typeof FRAME_COLUMNS;

/** Properties of a frame without its content: the few hundred combinations that a capture repeats (frame-keys.ts). */
export type FrameKey = Pick<RowOf<FrameColumns>, KeyIn<FrameColumns, 'frame_type'>>;

/** Numbers of a frame that are the same in its record, between threads and in its row. */
export type FrameNumbers = Omit<
  Pick<RowOf<FrameColumns>, KeyIn<FrameColumns, 'frame'>>,
  KeyHolding<FrameColumns, 'id'>
>;

/** One REST call, as it is listed. */
export type ExchangeRow = RowOf<typeof EXCHANGE_COLUMNS>;

/** Keys of the columns that a table of the database holds, in the order of `columns`. */
export function keysIn<Columns extends ColumnTable, Table extends ColumnRule['table']>(
  columns: Columns,
  table: Table,
): readonly KeyIn<Columns, Table>[] {
  const keys = Object.keys(columns) as KeyIn<Columns, Table>[];
  return keys.filter((key) => columns[key]?.table === table);
}

/** Whether such a column holds numbers. */
export function isNumeric(holds: keyof ColumnValues): boolean {
  return ['id', 'ordinal', 'us', 'bytes', 'integer'].includes(holds);
}

/** Key of a frame as JSON and CSV. Its session is in other lists. */
export type FrameJsonKey = Exclude<keyof FrameColumns, 'sessionId' | 'typeId'>;

/** All of these keys, in their order; the payload follows them. */
export const FRAME_KEYS = (Object.keys(FRAME_COLUMNS) as (keyof FrameColumns)[]).filter(
  (key): key is FrameJsonKey => key !== 'sessionId' && key !== 'typeId',
);

/** Keys of a REST call as JSON and CSV. */
export const EXCHANGE_KEYS = Object.keys(EXCHANGE_COLUMNS) as (keyof ExchangeRow)[];
