/**
 * Gives a linter the connections, ends, gaps, observations and REST calls of a capture, merged into its frames by their
 * times.
 */
import { RELAY_OBSERVATIONS } from '../gateway/session/observations.js';
import type { LintedCall, LintedConnection, LintedEnd, LintedFrame } from '../lint/events.js';
import type { Linter } from '../lint/linter.js';
import type { CaptureReader } from '../store/reader.js';
import type { CopiedTable, TableRow } from '../store/table-rows.js';
import type { FrameKind } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';

/** Mode of a capture from an imported tape. */
export const TAPE_MODE = 'tape';

/** Kind of the messages that a gateway sends over this transport. */
export function kindFor(transport: Transport | null): FrameKind {
  return (transport?.compress ?? 'none') === 'none' ? 'text' : 'binary';
}

/** Observations of the recorder that rules need. */
const REMARKS: ReadonlySet<unknown> = new Set(RELAY_OBSERVATIONS);

/** Route whose answer has limits for the time after it. */
const LIMITS_ROUTE = '/gateway/bot';

interface Remark {
  readonly connectionId: number;
  readonly atUs: number;
  /** Null for a gap. */
  readonly name: string | null;
}

/** Rows of a recording: those of a file, or of a fleet. */
export interface BesideSource {
  row(table: CopiedTable, id: number): TableRow | null;
  rows(table: CopiedTable): IterableIterator<TableRow>;
  exchanges(filter: Record<string, never>): IterableIterator<LintedCall>;
}

/** Rows of a capture other than frames. Call `takeAll` or `takeNew` first. */
export class Beside {
  readonly #linter: Linter;
  readonly #captureId: number;
  readonly #connections = new Pending<TableRow>((row) => Number(row['opened_at_us']));
  readonly #remarks = new Pending<Remark>(({ atUs }) => atUs);
  readonly #calls = new Pending<LintedCall>(({ startedAtUs }) => startedAtUs);
  #capture: TableRow | null = null;
  /** Connections of a tape that were compressed: an import keeps their payloads as text. */
  readonly #unpacked = new Set<number>();
  /** Ends of open connections. */
  readonly #ends = new Map<number, LintedEnd>();
  #nextEndUs = Infinity;
  readonly #sinceUs: number;
  /** Connections that `takeNew` has read without an end. */
  readonly #endless = new Set<number>();
  /** Last row of each table that `takeNew` has read. */
  readonly #lastIds = new Map<CopiedTable, number>();
  /** Newest time that `takeNew` has read, and that of its call before. */
  #seenUs = -Infinity;
  #settledUs = -Infinity;

  constructor(linter: Linter, captureId: number, sinceUs = -Infinity) {
    this.#linter = linter;
    this.#captureId = captureId;
    this.#sinceUs = sinceUs;
  }

  /** Takes all rows of the recording; they are read while they are given. */
  takeAll(reader: BesideSource): void {
    this.#capture = reader.row('capture', this.#captureId);
    const isOwn = ({ capture_id: id }: TableRow): boolean => id === this.#captureId;
    this.#connections.add(only(reader.rows('connection'), isOwn));
    this.#remarks.add(listRemarks(reader.rows('gap'), reader.rows('observation')).values());
    this.#calls.add(only(reader.exchanges({}), ({ captureId }) => captureId === this.#captureId));
  }

  /**
   * Takes new rows of a capture that is being recorded. Call it after the frames of this look were found and before they
   * are given, so that no earlier row is missing.
   */
  takeNew(reader: CaptureReader): void {
    this.#settledUs = this.#seenUs;
    this.#capture ??= reader.row('capture', this.#captureId);
    const opened = this.#readNew(reader, 'connection').filter((row) => row['capture_id'] === this.#captureId);
    for (const row of opened) {
      this.#see(row['opened_at_us']);
      if (toEnd(row) === null) this.#endless.add(Number(row['id']));
    }
    this.#connections.add(opened.values());
    const remarks = listRemarks(this.#readNew(reader, 'gap'), this.#readNew(reader, 'observation'));
    for (const { atUs } of remarks) this.#see(atUs);
    this.#remarks.add(remarks.values());
    const calls = this.#readNew(reader, 'exchange').flatMap((row) => [
      ...reader.exchanges({ id: Number(row['id']) }),
    ]);
    for (const { startedAtUs } of calls) this.#see(startedAtUs);
    this.#calls.add(calls.values());
    this.#takeEnds(reader, new Set(opened.map((row) => Number(row['id']))));
  }

  /**
   * Gives the rows of the last but one call of `takeNew`, because all frames before them have been read by now.
   */
  settle(): void {
    this.advance(this.#settledUs + 1, null);
  }

  /** Gives everything before `atUs`, and opens the connection of a frame. */
  advance(atUs: number, connectionId: number | null): void {
    this.#open(atUs, connectionId);
    for (let next = this.#remarks.take(atUs); next !== null; next = this.#remarks.take(atUs)) {
      if (next.name === null) this.#linter.gap(next.connectionId, next.atUs);
      else this.#linter.remark(next.connectionId, next.atUs, next.name);
    }
    for (let call = this.#calls.take(atUs); call !== null; call = this.#calls.take(atUs)) {
      // A client can have asked for its limits long before.
      if (call.startedAtUs >= this.#sinceUs || call.route === LIMITS_ROUTE) this.#linter.call(call);
    }
    if (this.#nextEndUs < atUs) this.#end(atUs, connectionId);
  }

  /** A frame with its original kind. */
  asSent(frame: LintedFrame): LintedFrame {
    const isUnpacked = frame.sender === 'gateway' && this.#unpacked.has(frame.connectionId);
    return isUnpacked && frame.kind === 'text' ? { ...frame, kind: 'binary' } : frame;
  }

  #open(atUs: number, connectionId: number | null): void {
    for (;;) {
      const next = this.#connections.next;
      if (next === null) return;
      const id = Number(next['id']);
      const openedAtUs = Number(next['opened_at_us']);
      if (openedAtUs > atUs && !(connectionId !== null && id <= connectionId)) return;
      this.#connections.skip();
      if (openedAtUs < this.#sinceUs) continue;
      // Connections that ended before this one opens end for the linter, too.
      if (this.#nextEndUs < openedAtUs) this.#end(openedAtUs, null);
      const opened = toConnection(next, this.#capture);
      if (opened.hasPseudonyms && kindFor(opened.transport) === 'binary') this.#unpacked.add(id);
      this.#linter.open(opened);
      const end = toEnd(next);
      if (end === null) continue;
      this.#ends.set(id, end);
      this.#nextEndUs = Math.min(this.#nextEndUs, end.atUs);
    }
  }

  /** Ends connections that are over, except the connection of a frame. */
  #end(atUs: number, connectionId: number | null): void {
    const over = [...this.#ends.values()].filter(
      (end) => end.atUs < atUs && end.connectionId !== connectionId,
    );
    for (const end of over.sort((one, other) => one.atUs - other.atUs)) {
      this.#ends.delete(end.connectionId);
      this.#linter.end(end);
    }
    this.#nextEndUs = Infinity;
    for (const end of this.#ends.values()) this.#nextEndUs = Math.min(this.#nextEndUs, end.atUs);
  }

  #readNew(reader: CaptureReader, table: CopiedTable): readonly TableRow[] {
    const rows = [...reader.rows(table, this.#lastIds.get(table))];
    const last = rows.at(-1)?.['id'];
    if (last !== undefined) this.#lastIds.set(table, Number(last));
    return rows;
  }

  #see(atUs: unknown): void {
    this.#seenUs = Math.max(this.#seenUs, Number(atUs));
  }

  /** Takes the ends of open connections; the rows of new ones (`opened`) already have their ends. */
  #takeEnds(reader: CaptureReader, opened: ReadonlySet<number>): void {
    for (const id of this.#endless) {
      if (opened.has(id)) continue;
      const row = reader.row('connection', id);
      const end = row === null ? null : toEnd(row);
      if (row === null || end !== null) this.#endless.delete(id);
      if (end === null) continue;
      this.#see(end.atUs);
      this.#ends.set(id, end);
      this.#nextEndUs = Math.min(this.#nextEndUs, end.atUs);
    }
  }
}

/** Items in the order of time. */
class Pending<Item> {
  readonly #parts: Iterator<Item>[] = [];
  readonly #time: (item: Item) => number;
  next: Item | null = null;

  constructor(time: (item: Item) => number) {
    this.#time = time;
  }

  /** Appends items. */
  add(items: Iterator<Item>): void {
    this.#parts.push(items);
    if (this.next === null) this.skip();
  }

  /** The next item; null if its time is after `atUs`. */
  take(atUs: number): Item | null {
    const { next } = this;
    if (next === null || this.#time(next) > atUs) return null;
    this.skip();
    return next;
  }

  skip(): void {
    this.next = null;
    for (let part = this.#parts[0]; part !== undefined; part = this.#parts[0]) {
      const result = part.next();
      if (result.done !== true) {
        this.next = result.value;
        return;
      }
      this.#parts.shift();
    }
  }
}

function* only<Item>(items: Iterable<Item>, isWanted: (item: Item) => boolean): Generator<Item, void> {
  for (const item of items) if (isWanted(item)) yield item;
}

/** Gaps and the needed observations, by time; the linter ignores those of unknown connections. */
function listRemarks(gaps: Iterable<TableRow>, observations: Iterable<TableRow>): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const row of gaps) {
    remarks.push({ connectionId: Number(row['connection_id']), atUs: Number(row['from_us']), name: null });
  }
  for (const row of observations) {
    if (!REMARKS.has(row['name'])) continue;
    const name = String(row['name']);
    remarks.push({ connectionId: Number(row['connection_id']), atUs: Number(row['at_us']), name });
  }
  return remarks.sort((one, other) => one.atUs - other.atUs);
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function toConnection(row: TableRow, capture: TableRow | null): LintedConnection {
  const mode = String(capture?.['mode'] ?? '');
  return {
    id: Number(row['id']),
    captureId: Number(row['capture_id']),
    mode,
    openedAtUs: Number(row['opened_at_us']),
    path: String(row['path']),
    upstreamUrl: String(row['upstream_url']),
    transport: {
      version: row['version'] === null ? null : Number(row['version']),
      encoding: String(row['encoding']) as Transport['encoding'],
      compress: String(row['compress']) as Transport['compress'],
    },
    extensions: textOrNull(row['extensions']),
    userAgent: textOrNull(row['user_agent']),
    upgradeStatus: Number(row['upgrade_status']),
    hasPseudonyms: mode === TAPE_MODE,
  };
}

function toEnd(row: TableRow): LintedEnd | null {
  if (row['closed_at_us'] === null || row['closed_at_us'] === undefined) return null;
  return {
    connectionId: Number(row['id']),
    atUs: Number(row['closed_at_us']),
    closeCode: row['close_code'] === null ? null : Number(row['close_code']),
    closeReason: textOrNull(row['close_reason']),
    closedBy: textOrNull(row['closed_by']) as LintedEnd['closedBy'],
    relayMode: textOrNull(row['relay_mode']) as LintedEnd['relayMode'],
  };
}
