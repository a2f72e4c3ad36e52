/**
 * Frame rows: frames as they are listed, with bounded memory however many there are.
 *
 * Rows are read in pages that end their statement, so that a slow consumer never keeps the recorder's log from
 * being folded into the file. Bodies are read one by one, as each may have megabytes.
 */
import type { FrameStatus } from '../capture/records.js';
import { opcodeName } from '../gateway/opcodes.js';
import { toPayload, type JsonValue, type Payload } from '../gateway/payload.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import { parseClose } from '../wire/websocket.js';
import { joinLines } from '../wire/json/grammar.js';
import type { Database, Statement } from './database.js';
import { frameCondition, type FrameFilter } from './filter.js';
import type { FrameType } from './frame-types.js';
import { idRanges, idRangesBackwards } from './id-ranges.js';
import { requirePayloadText } from './payload-text.js';
import { DamagedFile } from './store-error.js';

/** One frame. */
export interface FrameRow {
  readonly id: number;
  readonly connectionId: number;
  readonly sessionId: number | null;
  /** Position in the connection, from 1. */
  readonly frameNo: number;
  /** µs since the Unix epoch. */
  readonly atUs: number;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly op: number | null;
  readonly opName: string | null;
  readonly event: string | null;
  readonly seq: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
  readonly status: FrameStatus;
  /** Status code of a close frame; null for other frames and for a close without one. */
  readonly closeCode: number | null;
  /** Payload as JSON text, redacted, otherwise exactly as recorded; null if there is none. */
  readonly payloadText: string | null;
}

/** A frame with the bytes that were kept of it. */
export interface FrameDetail extends FrameRow {
  /** Bytes of a control or undecodable frame, or of a payload in ETF; null if none were kept. */
  readonly bytes: Uint8Array | null;
}

interface NarrowRow {
  readonly id: number;
  readonly connection_id: number;
  readonly session_id: number | null;
  readonly type_id: number;
  readonly frame_no: number;
  readonly at_us: number;
  readonly seq: number | null;
  readonly wire_bytes: number;
  readonly payload_bytes: number | null;
}

const NO_BYTES = new Uint8Array();

/** Rows of one page. */
const PAGE = 500;

/** Ids scanned by one statement: the first results come soon even if few ids pass. */
const WINDOW = 10_000;

/** Keys of a frame in JSON and CSV, in their order; its payload comes last. */
export const FRAME_KEYS = [
  'id',
  'connectionId',
  'frameNo',
  'atUs',
  'sender',
  'kind',
  'op',
  'opName',
  'event',
  'seq',
  'wireBytes',
  'payloadBytes',
  'status',
] as const satisfies readonly (keyof FrameRow)[];

/** Payload of a frame, or null if it has none. Integers beyond ±2^53 lose digits here, but not in the text. */
export function payloadOf({ payloadText }: Pick<FrameRow, 'payloadText'>): Payload | null {
  return payloadText === null ? null : toPayload(JSON.parse(payloadText) as JsonValue);
}

/** One line of JSON for a frame: stable names, the payload's text untouched but for breaks between its tokens. */
export function frameToJson(row: FrameRow): string {
  const { id, connectionId, frameNo, atUs, sender, kind, op, opName, event, seq } = row;
  const { wireBytes, payloadBytes, status, payloadText } = row;
  const head = JSON.stringify({
    id,
    connectionId,
    frameNo,
    atUs,
    sender,
    kind,
    op,
    opName,
    event,
    seq,
    wireBytes,
    payloadBytes,
    status,
  });
  return `${head.slice(0, -1)},"payload":${payloadText === null ? 'null' : joinLines(payloadText)}}`;
}

/** Reads frames through one handle. */
export class FrameRows {
  readonly #db: Database;
  readonly #body: Statement<[number]>;
  readonly #nextId: Statement<[number], number | null>;
  readonly #bytes: Statement<[number], Uint8Array>;
  readonly #types = new Map<number, FrameType>();

  constructor(db: Database) {
    this.#db = db;
    this.#body = db.prepare<[number]>('SELECT body FROM payload WHERE frame_id = ?').pluck();
    this.#nextId = db.prepare<[number], number | null>('SELECT min(id) FROM frame WHERE id > ?').pluck();
    this.#bytes = db
      .prepare<[number], Uint8Array>('SELECT bytes FROM frame_bytes WHERE frame_id = ?')
      .pluck();
  }

  /** Frames that pass, in the order of their ids. */
  *list(filter: FrameFilter): Generator<FrameRow, void> {
    const from = filter.limit === undefined ? 0 : this.#idOfNewest(filter, filter.limit);
    if (from === null) return;
    const condition = frameCondition(filter);
    const page = this.#db.prepare<unknown[], NarrowRow>(
      `SELECT * FROM frame WHERE id BETWEEN ? AND ? AND ${condition.sql} ORDER BY id LIMIT ${PAGE}`,
    );
    for (const { first, last } of idRanges(this.#db, filter)) {
      let next = Math.max(first, from);
      while (next <= last) {
        const end = Math.min(last, next + WINDOW - 1);
        const rows = page.all(next, end, ...condition.values);
        for (const row of rows) yield this.#complete(row);
        // Ids have holes, and roll-ups of a damaged file name ids that never were.
        if (rows.length === 0) next = this.#nextId.get(end) ?? Infinity;
        else next = (rows.length < PAGE ? end : (rows.at(-1)?.id ?? end)) + 1;
      }
    }
  }

  /** Frame with `id`, or null. */
  find(id: number): FrameDetail | null {
    const row = this.#db.prepare<[number], NarrowRow>('SELECT * FROM frame WHERE id = ?').get(id);
    if (row === undefined) return null;
    return { ...this.#complete(row), bytes: this.bytes(id) };
  }

  /** Bytes that were kept of a frame, or null. */
  bytes(id: number): Uint8Array | null {
    const bytes: unknown = this.#bytes.get(id) ?? null;
    if (bytes === null || bytes instanceof Uint8Array) return bytes;
    throw new DamagedFile(`the bytes of frame ${id} are none`);
  }

  /** Id of the `count`th newest frame that passes, or of the oldest; null if none passes. */
  #idOfNewest(filter: FrameFilter, count: number): number | null {
    const condition = frameCondition(filter);
    const newest = this.#db.prepare<unknown[], { readonly found: number; readonly id: number | null }>(
      `SELECT count(*) AS found, min(id) AS id FROM
         (SELECT id FROM frame WHERE id BETWEEN ? AND ? AND ${condition.sql} ORDER BY id DESC LIMIT ?)`,
    );
    let oldest: number | null = null;
    let missing = count;
    for (const { first, last } of idRangesBackwards(this.#db, filter)) {
      if (missing <= 0) break;
      const row = newest.get(first, last, ...condition.values, missing);
      if (row === undefined || row.id === null) continue;
      oldest = row.id;
      missing -= row.found;
    }
    return oldest;
  }

  #complete(row: NarrowRow): FrameRow {
    if (!Number.isSafeInteger(row.id)) throw new DamagedFile('a frame has an id that no recorder gives');
    const { sender, kind, status, op, event } = this.#type(row.type_id);
    return {
      id: row.id,
      connectionId: row.connection_id,
      sessionId: row.session_id,
      frameNo: row.frame_no,
      atUs: row.at_us,
      sender,
      kind,
      op,
      opName: op === null ? null : opcodeName(op),
      event,
      seq: row.seq,
      wireBytes: row.wire_bytes,
      payloadBytes: row.payload_bytes,
      status,
      closeCode: kind === 'close' ? parseClose(this.bytes(row.id) ?? NO_BYTES).code : null,
      payloadText: status === 'ok' ? requirePayloadText(this.#body.get(row.id), row.id) : null,
    };
  }

  #type(id: number): FrameType {
    const known = this.#types.get(id);
    if (known !== undefined) return known;
    for (const type of this.#db.prepare<[], FrameType>('SELECT * FROM frame_type').all()) {
      this.#types.set(type.id, type);
    }
    const type = this.#types.get(id);
    if (type === undefined) throw new DamagedFile(`the type ${id} of a frame is not there`);
    return type;
  }
}
