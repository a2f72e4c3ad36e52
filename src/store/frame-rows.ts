/**
 * Frame rows: frames as they are listed, with bounded memory however many there are.
 *
 * Rows are read in pages that end their statement, so that a slow consumer never keeps the recorder's log from
 * being folded into the file. Bodies are read one by one, as each may have megabytes.
 */
import { NO_BYTES } from '../wire/no-bytes.js';
import { FRAME_COLUMNS, type RowOf } from '../capture/columns.js';
import { opcodeName } from '../gateway/opcodes.js';
import { parseClose } from '../wire/websocket.js';
import { selectColumns, type StoredRow } from './column-sql.js';
import type { Database, Statement } from './database.js';
import type { FrameFilter } from './filter.js';
import { planFrames, type FramePlan } from './frame-plan.js';
import type { FrameType } from './frame-types.js';
import { rangesToSearch, searchRanges } from './packed-search.js';
import { requirePayloadText } from './payload-text.js';
import { DamagedFile } from './store-error.js';

/** One frame. */
export interface FrameRow extends Omit<RowOf<typeof FRAME_COLUMNS>, 'typeId'> {
  /** Status code of a close frame; null for other frames and for a close without one. */
  readonly closeCode: number | null;
  /** Payload as JSON text, redacted, otherwise exactly as recorded; null without a payload. */
  readonly payloadText: string | null;
}

/** A frame with the bytes that were kept of it. */
export interface FrameDetail extends FrameRow {
  /** Bytes of a control or undecodable frame, or of a payload in ETF; null if none were kept. */
  readonly bytes: Uint8Array | null;
}

type NarrowRow = StoredRow<typeof FRAME_COLUMNS, 'frame'>;

/** Columns of the frame's own table; its type and its body are looked up one by one. */
const NARROW = `SELECT ${selectColumns(FRAME_COLUMNS, 'frame')} FROM frame`;

/** Rows of one page. */
const PAGE = 500;

/** Ids scanned by one statement: the first results come soon even if few ids pass. */
const WINDOW = 10_000;

const BACKWARDS = { isBackwards: true };

/** Gets the number of ids that a step of a search has looked at. */
export type OnSearched = (ids: number) => void;

/** What one statement of a search has found, perhaps nothing; a search can end, or pause, behind each. */
export interface FramePage {
  /** In the order of the search; a body is read when its row is taken. */
  readonly rows: Iterable<FrameRow>;
  /** Ids that it has looked at, and the last of them. */
  readonly searched: number;
  readonly reachedId: number;
}

/** How to search in pages. */
export interface PagedSearch {
  /** Backwards: the newest first. */
  readonly isBackwards: boolean;
  /** Rows of a page, at most 500. */
  readonly rowsAtMost: number;
  /** Characters of a payload to read: `payloadText` is then the beginning of the JSON text. Default: all of it. */
  readonly headChars?: number | undefined;
}

/** Whether the payloads of a type of frames are read; a row of another one has no text. */
type IsPayloadRead = (type: FrameType) => boolean;

/** How frames are read: who hears of the search, and which payloads are read; all of them unless it is said. */
export type HowRead = readonly [onSearched?: OnSearched | undefined, isRead?: IsPayloadRead];

/** Text of a frame's payload, or the beginning of it. */
type ReadText = (id: number, type: FrameType) => string | null;

const readHead = (text: unknown): string | null => (typeof text === 'string' ? text : null);

/** Reads frames through one handle. */
export class FrameRows {
  readonly #db: Database;
  readonly #body: Statement<[number]>;
  readonly #head: Statement<[number, number]>;
  readonly #nextId: Statement<[number], number | null>;
  readonly #previousId: Statement<[number], number | null>;
  readonly #bytes: Statement<[number], Uint8Array>;
  readonly #types = new Map<number, FrameType>();

  constructor(db: Database) {
    this.#db = db;
    this.#body = db.prepare<[number]>('SELECT body FROM payload WHERE frame_id = ?').pluck();
    this.#head = db
      .prepare<[number, number]>('SELECT substr(body, 1, ?) FROM payload WHERE frame_id = ?')
      .pluck();
    this.#nextId = db.prepare<[number], number | null>('SELECT min(id) FROM frame WHERE id > ?').pluck();
    this.#previousId = db.prepare<[number], number | null>('SELECT max(id) FROM frame WHERE id < ?').pluck();
    this.#bytes = db
      .prepare<[number], Uint8Array>('SELECT bytes FROM frame_bytes WHERE frame_id = ?')
      .pluck();
  }

  /**
   * Frames that pass, in the order of their ids. `onSearched` gets the number of ids that a step of the search has looked
   * at, whether frames passed or not.
   */
  *list(filter: FrameFilter, ...[onSearched = () => undefined, isRead]: HowRead): Generator<FrameRow, void> {
    const plan = planFrames(this.#db, filter);
    const from = plan.limit === undefined ? 1 : this.#idOfNewest(plan, plan.limit, onSearched);
    if (from === null) return;
    const rest = { ...plan, afterId: Math.max(plan.afterId, from - 1) };
    const readText: ReadText =
      isRead === undefined
        ? this.#wholeText
        : (id, type) => (isRead(type) ? this.#wholeText(id, type) : null);
    for (const page of this.#forwards(rest, PAGE, readText)) {
      yield* page.rows;
      onSearched(page.searched);
    }
  }

  /** The same frames in pages, in either order; `limit` of the filter does not apply. */
  pages(
    filter: FrameFilter,
    { isBackwards, rowsAtMost, headChars }: PagedSearch,
  ): Generator<FramePage, void> {
    const plan = planFrames(this.#db, filter);
    const readText =
      headChars === undefined
        ? this.#wholeText
        : (id: number): string | null => readHead(this.#head.get(headChars, id));
    const rows = Math.min(rowsAtMost, PAGE);
    return isBackwards ? this.#backwards(plan, rows, readText) : this.#forwards(plan, rows, readText);
  }

  *#forwards(plan: FramePlan, rowsAtMost: number, readText: ReadText): Generator<FramePage, void> {
    const page = this.#db.prepare<unknown[], NarrowRow>(
      `${NARROW} WHERE id BETWEEN ? AND ? AND ${plan.condition.sql} ORDER BY id LIMIT ?`,
    );
    for (const { first, last, isSkipped } of searchRanges(this.#db, plan)) {
      if (isSkipped) yield { rows: [], searched: last - first + 1, reachedId: last };
      let next = isSkipped ? Infinity : first;
      while (next <= last) {
        const end = Math.min(last, next + WINDOW - 1);
        const rows = page.all(next, end, ...plan.condition.values, rowsAtMost);
        const reachedId = rows.length < rowsAtMost ? end : (rows.at(-1)?.id ?? end);
        yield { rows: this.#completeAll(rows, readText), searched: reachedId - next + 1, reachedId };
        // Ids have holes, and roll-ups of a damaged file name ids that never existed.
        next = rows.length === 0 ? (this.#nextId.get(end) ?? Infinity) : reachedId + 1;
      }
    }
  }

  *#backwards(plan: FramePlan, rowsAtMost: number, readText: ReadText): Generator<FramePage, void> {
    const page = this.#db.prepare<unknown[], NarrowRow>(
      `${NARROW} WHERE id BETWEEN ? AND ? AND ${plan.condition.sql} ORDER BY id DESC LIMIT ?`,
    );
    for (const { first, last, isSkipped } of searchRanges(this.#db, plan, BACKWARDS)) {
      if (isSkipped) yield { rows: [], searched: last - first + 1, reachedId: first };
      let next = isSkipped ? 0 : last;
      while (next >= first) {
        const end = Math.max(first, next - WINDOW + 1);
        const rows = page.all(end, next, ...plan.condition.values, rowsAtMost);
        const reachedId = rows.length < rowsAtMost ? end : (rows.at(-1)?.id ?? end);
        yield { rows: this.#completeAll(rows, readText), searched: next - reachedId + 1, reachedId };
        next = rows.length === 0 ? (this.#previousId.get(end) ?? 0) : reachedId - 1;
      }
    }
  }

  /** Frame with `id`, or null. */
  find(id: number): FrameDetail | null {
    const row = this.#db.prepare<[number], NarrowRow>(`${NARROW} WHERE id = ?`).get(id);
    if (row === undefined) return null;
    return { ...this.#complete(row, this.#wholeText), bytes: this.bytes(id) };
  }

  /** Bytes that were kept of a frame, or null. */
  bytes(id: number): Uint8Array | null {
    const bytes: unknown = this.#bytes.get(id) ?? null;
    if (bytes === null || bytes instanceof Uint8Array) return bytes;
    throw new DamagedFile(`the bytes of frame ${id} are none`);
  }

  /** Id of the `count`th newest frame that passes, or of the oldest; null if none passes. */
  #idOfNewest(plan: FramePlan, count: number, onSearched: OnSearched): number | null {
    const newest = this.#db.prepare<unknown[], { readonly found: number; readonly id: number | null }>(
      `SELECT count(*) AS found, min(id) AS id FROM
         (SELECT id FROM frame WHERE id BETWEEN ? AND ? AND ${plan.condition.sql} ORDER BY id DESC LIMIT ?)`,
    );
    let oldest: number | null = null;
    let missing = count;
    for (const { first, last } of rangesToSearch(this.#db, plan, onSearched, BACKWARDS)) {
      let end = last;
      while (end >= first && missing > 0) {
        const start = Math.max(first, end - WINDOW + 1);
        const row = newest.get(start, end, ...plan.condition.values, missing);
        const found = row?.found ?? 0;
        onSearched(end - start + 1);
        oldest = row?.id ?? oldest;
        missing -= found;
        end = found > 0 ? start - 1 : (this.#previousId.get(start) ?? 0);
      }
      if (missing === 0) break;
    }
    return oldest;
  }

  readonly #wholeText: ReadText = (id) => requirePayloadText(this.#body.get(id), id);

  *#completeAll(rows: readonly NarrowRow[], readText: ReadText): Generator<FrameRow, void> {
    for (const row of rows) yield this.#complete(row, readText);
  }

  /** The whole row, key by key: to spread it takes three times as long as to read it. */
  #complete(row: NarrowRow, readText: ReadText): FrameRow {
    if (!Number.isSafeInteger(row.id) || !Number.isSafeInteger(row.connectionId)) {
      throw new DamagedFile('a frame has an id, or one of its connection, that no recorder gives');
    }
    const type = this.#type(row.typeId);
    const { sender, kind, status, op, event } = type;
    return {
      id: row.id,
      connectionId: row.connectionId,
      sessionId: row.sessionId,
      frameNo: row.frameNo,
      atUs: row.atUs,
      sender,
      kind,
      op,
      opName: op === null ? null : opcodeName(op),
      event,
      seq: row.seq,
      wireBytes: row.wireBytes,
      payloadBytes: row.payloadBytes,
      status,
      closeCode: kind === 'close' ? parseClose(this.bytes(row.id) ?? NO_BYTES).code : null,
      payloadText: status === 'ok' ? readText(row.id, type) : null,
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
