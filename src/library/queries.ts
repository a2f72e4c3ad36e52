/**
 * Queries: opens a capture for reading, and asks what the commands ask of it.
 *
 * The words of filters and rows (kinds, statuses, keys of groups) are exported here too, because flags and help texts
 * are made of them. They load at once; the database's code loads only when a capture is opened.
 */
import { UsageError } from '../errors.js';
import { capabilityNames } from '../gateway/capabilities.js';
import { intentNames } from '../gateway/intents.js';
import { findService, serviceCloseName, serviceOpcodeName, type Service } from '../gateway/services.js';
import { OP, OPCODES, type SentBy } from '../gateway/opcodes.js';
import { asInteger, asObject } from '../gateway/payload.js';
import { payloadOf } from '../store/frame-json.js';
import type { FrameDetail, FrameRow } from '../store/frame-rows.js';
import type { CaptureReader, IdOrLatest } from '../store/reader.js';
import { readUrl } from '../wire/url.js';
import { parseClose } from '../wire/websocket.js';

export {
  EXCHANGE_KEYS,
  FRAME_KEYS,
  FRAME_STATUSES,
  type ExchangeRow,
  type FrameStatus,
} from '../capture/columns.js';
export { EVENTS } from '../gateway/events.js';
export { OPCODES, opcodeName } from '../gateway/opcodes.js';
export type { JsonValue } from '../gateway/payload.js';
export type { Service } from '../gateway/services.js';
export { OBSERVATIONS, type ObservationName } from '../gateway/session/observations.js';
export type { FieldComparison, FieldValue } from '../store/field-comparison.js';
export type {
  ExchangeFigures,
  ExchangeGroup,
  ExchangeGroupValues,
  ExchangeStats,
} from '../store/exchanges/figures.js';
export type { ExchangeFilter, StatusRange } from '../store/exchanges/filter.js';
export type { FilteredBy, FrameFilter, Scope, TimeSpan } from '../store/filter.js';
export { frameToJson } from '../store/frame-json.js';
export type { FrameDetail, FrameRow } from '../store/frame-rows.js';
export type { HeartbeatGroup, HeartbeatRow } from '../store/heartbeats.js';
export type { ConnectionRow, GapRow, ObservationRow, SessionRow } from '../store/listings.js';
export {
  EXCHANGE_GROUP_KEYS,
  FIELD_OPERATORS,
  GROUP_KEYS,
  HEARTBEAT_GROUP_KEYS,
  type ExchangeGroupKey,
  type GroupKey,
  type HeartbeatGroupKey,
} from '../store/query-words.js';
export type { CaptureReader, IdOrLatest, Neighbours } from '../store/reader.js';
export { HOUR_US, MINUTE_US } from '../store/rollups.js';
export type { SqlCell, SqlResult } from '../store/sql-query.js';
export type { GroupValues } from '../store/stats/groups.js';
export type {
  HeartbeatFigures,
  PrunedFigures,
  Stats,
  StatsFigures,
  StatsGroup,
} from '../store/stats/stats.js';
export { FRAME_KINDS, SENDERS, type FrameKind, type Sender } from '../wire/frame.js';

/**
 * Opens the database at `path` for `use`, and closes it in any case. Rejects with StoreError if it cannot be read, is
 * newer or older.
 */
export async function readCapture<Result>(
  path: string,
  use: (reader: CaptureReader) => Result | Promise<Result>,
): Promise<Result> {
  const { openReader } = await import('../store/reader.js');
  using reader = openReader(path);
  return await use(reader);
}

/** A frame by its id, or the newest. Throws a UsageError if not found. */
export function findFrame(reader: CaptureReader, which: IdOrLatest): FrameDetail {
  const id = which === 'latest' ? reader.newestFrameId() : which;
  const frame = id === null ? null : reader.frame(id);
  if (frame !== null) return frame;
  const what = which === 'latest' ? 'the database holds no frame yet' : `there is no frame ${which}`;
  throw new UsageError(what, 'list what there is with gatetape frames');
}

/** The dispatch with the sequence number `seq` in a session. Throws a UsageError if not found. */
export function findDispatch(reader: CaptureReader, session: IdOrLatest, seq: number): FrameDetail {
  const id = reader.resolveSession(session);
  for (const row of reader.frames({ session: id, seq, limit: 1 })) return findFrame(reader, row.id);
  throw new UsageError(
    `session ${id} has no dispatch with sequence number ${seq}`,
    `list what there is with gatetape frames --session ${id}`,
  );
}

/** Sequence number of a dispatch, or the one that a RESUME continues after; otherwise null. */
export function readSeq(row: FrameRow): number | null {
  if (row.seq !== null || row.op !== OP.RESUME) return row.seq;
  const seq = asObject(payloadOf(row)?.d)?.['seq'];
  return typeof seq === 'number' ? seq : null;
}

/** Service that a frame's connection led to; null for Discord's gateway, and for a host that is not known. */
export function readService(reader: CaptureReader, { connectionId }: FrameRow): Service | null {
  const url = reader.row('connection', connectionId)?.['upstream_url'];
  return typeof url === 'string' ? findService(readUrl(url)) : null;
}

/** A frame with the name that its opcode has at a service. */
export function nameByService(frame: FrameDetail, service: Service | null): FrameDetail {
  if (service === null || frame.op === null) return frame;
  return { ...frame, opName: serviceOpcodeName(service, frame.sender, frame.op) };
}

/** Content of a close frame; `code` is null for one without a code, `name` for a code without a name at the service. */
export function readClose(
  { bytes }: FrameDetail,
  service: Service | null = null,
): { readonly code: number | null; readonly name: string | null; readonly reason: string } {
  const { code, reason } = parseClose(bytes ?? new Uint8Array());
  return { code, name: code === null ? null : serviceCloseName(service, code), reason };
}

/** Names of the bits that an IDENTIFY has; null for one that it does not give, and of every other frame. */
export function readIdentifyBits(frame: FrameDetail): {
  readonly intents: readonly string[] | null;
  readonly capabilities: readonly string[] | null;
} {
  const d = frame.op === OP.IDENTIFY ? asObject(payloadOf(frame)?.d) : null;
  const [intents, capabilities] = [asInteger(d?.['intents']), asInteger(d?.['capabilities'])];
  return {
    intents: intents === null ? null : intentNames(intents),
    capabilities: capabilities === null ? null : capabilityNames(capabilities),
  };
}

/** An opcode and how often it was recorded. */
export interface OpcodeRow {
  readonly op: number;
  readonly name: string | null;
  readonly sentBy: string | null;
  readonly status: string | null;
  readonly description: string | null;
  readonly otherNames: readonly string[];
  /** Payloads recorded with it; null if there is no database. */
  readonly count: number | null;
  /** `client to gateway`, `gateway to client` or `both`. */
  readonly direction: string | null;
  readonly isDeprecated: boolean | null;
  /** Month in which a public documentation first had it, and Discord's own. */
  readonly since: string | null;
  readonly officialSince: string | null;
}

const DIRECTIONS: Readonly<Record<SentBy, string>> = {
  client: 'client to gateway',
  gateway: 'gateway to client',
  'client/gateway': 'both',
};

/** The table of opcodes with counts, then recorded opcodes that it lacks; `counts` is null if there is no database. */
export function listOpcodes(counts: ReadonlyMap<number, number> | null): readonly OpcodeRow[] {
  const known = OPCODES.map((opcode) => ({
    ...opcode,
    count: counts?.get(opcode.op) ?? (counts && 0),
    direction: DIRECTIONS[opcode.sentBy],
  }));
  const unknown = [...(counts ?? [])]
    .filter(([op]) => !OPCODES.some((opcode) => opcode.op === op))
    .sort(([one], [other]) => one - other)
    .map(([op, count]) => ({
      op,
      name: null,
      sentBy: null,
      status: null,
      description: null,
      otherNames: [],
      count,
      direction: null,
      isDeprecated: null,
      since: null,
      officialSince: null,
    }));
  return [...known, ...unknown];
}
