/**
 * Sources of a linter: hands it what a database or a tape holds, in the order of time, with bounded memory.
 *
 * A database is read capture by capture, because an imported capture can be older than the one before it. Frames
 * set the pace; connections, gaps, ends and REST calls come in between, each when its time has come.
 */
import type { LintedCall, LintedConnection, LintedEnd, LintedFrame } from '../lint/events.js';
import type { Linter } from '../lint/linter.js';
import type { PayloadStep, CloseStep, Recording } from '../replay/recording.js';
import { OP } from '../gateway/opcodes.js';
import { asObject, asString } from '../gateway/payload.js';
import { parseRoute } from '../gateway/rest-path.js';
import type { CaptureReader } from '../store/reader.js';
import type { TableRow } from '../store/table-rows.js';
import type { FrameKind } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';

/** A part of a capture's time. */
export interface LintSpan {
  readonly captureId: number;
  /** µs since the Unix epoch; undefined for the whole. */
  readonly sinceUs?: number | undefined;
  readonly untilUs?: number | undefined;
}

/** Observations of the recorder that rules ask for. */
const REMARKS: ReadonlySet<unknown> = new Set(['rewrite_given_up', 'undelivered_bytes']);

interface Remark {
  readonly connectionId: number;
  readonly atUs: number;
  /** Null for a gap. */
  readonly name: string | null;
}

/** Hands a linter one capture of a database, frame by frame; yields after each, so that the caller can take a breath. */
export function* feedCapture(
  reader: CaptureReader,
  linter: Linter,
  { captureId, sinceUs, untilUs }: LintSpan,
): Generator<LintedFrame, void> {
  const beside = new Beside(reader, linter, captureId, sinceUs);
  const isOnly = reader.captureIds().length === 1;
  const frames = reader.frames({ capture: isOnly ? undefined : captureId, sinceUs, untilUs });
  for (const frame of frames) {
    beside.advance(frame.atUs, frame.connectionId);
    linter.frameArrived(beside.asSent(frame));
    yield frame;
  }
  beside.advance(untilUs ?? Infinity, null);
}

/** What a capture holds beside its frames. */
class Beside {
  readonly #linter: Linter;
  readonly #connections: Pending<TableRow>;
  readonly #remarks: Pending<Remark>;
  readonly #calls: Pending<LintedCall>;
  readonly #capture: TableRow | null;
  /** Connections of a tape that were compressed: an import keeps their payloads as text. */
  readonly #unpacked = new Set<number>();
  /** Ends of open connections. */
  readonly #ends = new Map<number, LintedEnd>();
  #nextEndUs = Infinity;
  readonly #sinceUs: number;

  constructor(reader: CaptureReader, linter: Linter, captureId: number, sinceUs = -Infinity) {
    this.#linter = linter;
    this.#sinceUs = sinceUs;
    this.#capture = reader.row('capture', captureId);
    this.#connections = new Pending(
      only(reader.rows('connection'), (row) => row['capture_id'] === captureId),
      (row) => Number(row['opened_at_us']),
    );
    this.#remarks = new Pending(listRemarks(reader).values(), ({ atUs }) => atUs);
    const calls: Iterator<LintedCall> = only(reader.exchanges({}), (call) => call.captureId === captureId);
    this.#calls = new Pending(calls, ({ startedAtUs }) => startedAtUs);
  }

  /** Gives everything that was before `atUs`, and opens the connection that a frame needs. */
  advance(atUs: number, connectionId: number | null): void {
    this.#open(atUs, connectionId);
    for (let next = this.#remarks.take(atUs); next !== null; next = this.#remarks.take(atUs)) {
      if (next.name === null) this.#linter.gap(next.connectionId, next.atUs);
      else this.#linter.remark(next.connectionId, next.atUs, next.name);
    }
    for (let call = this.#calls.take(atUs); call !== null; call = this.#calls.take(atUs)) {
      if (call.startedAtUs >= this.#sinceUs) this.#linter.call(call);
    }
    if (this.#nextEndUs < atUs) this.#end(atUs, connectionId);
  }

  /** The frame with the kind that it had on the wire. */
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
      // What ended before it opens is over, for the linter too.
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

  /** Ends what is over; the connection of a frame is not. */
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
}

/** A stream with its next item at hand. */
class Pending<Item> {
  readonly #rest: Iterator<Item>;
  readonly #time: (item: Item) => number;
  next: Item | null;

  constructor(rest: Iterator<Item>, time: (item: Item) => number) {
    this.#rest = rest;
    this.#time = time;
    this.next = null;
    this.skip();
  }

  /** The next item, if its time is not after `atUs`. */
  take(atUs: number): Item | null {
    const { next } = this;
    if (next === null || this.#time(next) > atUs) return null;
    this.skip();
    return next;
  }

  skip(): void {
    const result = this.#rest.next();
    this.next = result.done === true ? null : result.value;
  }
}

function* only<Item>(items: Iterable<Item>, isWanted: (item: Item) => boolean): Generator<Item, void> {
  for (const item of items) if (isWanted(item)) yield item;
}

/** Gaps and the observations that matter, of all captures, by time; a linter leaves out connections that it does not know. */
function listRemarks(reader: CaptureReader): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const row of reader.rows('gap')) {
    remarks.push({ connectionId: Number(row['connection_id']), atUs: Number(row['from_us']), name: null });
  }
  for (const row of reader.rows('observation')) {
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

/** Mode of a capture that was imported from a tape. */
export const TAPE_MODE = 'tape';

/**
 * Hands a linter a recording that no database holds: payloads and closes of one session. Frames are numbered as the
 * lines of a tape, the first line of which is its head.
 */
export function feedRecording(recording: Recording, linter: Linter): void {
  const places = new Map<number, { frameNo: number }>();
  const startUs = recording.startedAtUs ?? 0;
  const token = findToken(recording);
  const calls = [...recording.exchanges];
  const kind = kindFor(recording.transport);
  let line = 1;
  for (const step of recording.steps) {
    line += 1;
    const atUs = startUs + step.atUs;
    while (calls[0] !== undefined && startUs + calls[0].atUs <= atUs)
      giveCall(calls.shift(), linter, startUs, token);
    let place = places.get(step.connection);
    if (place === undefined) {
      places.set(step.connection, (place = { frameNo: 0 }));
      linter.open(openingOf(recording, step.connection, atUs));
    }
    if (step.type === 'close') {
      giveClose(step, linter, atUs, line, (place.frameNo += 1));
      continue;
    }
    linter.frameArrived(toFrame(step, kind, atUs, line, (place.frameNo += 1)));
  }
  while (calls.length > 0) giveCall(calls.shift(), linter, startUs, token);
}

/** Kind of the messages that a gateway sends over this transport. */
function kindFor(transport: Transport | null): FrameKind {
  return (transport?.compress ?? 'none') === 'none' ? 'text' : 'binary';
}

function findToken({ steps }: Recording): string | null {
  const identify = steps.find(
    (step): step is PayloadStep => step.type === 'payload' && step.payload.op === OP.IDENTIFY,
  );
  return asString(asObject(identify?.payload.d)?.['token']);
}

function openingOf(recording: Recording, id: number, openedAtUs: number): LintedConnection {
  return {
    id,
    captureId: 1,
    mode: TAPE_MODE,
    openedAtUs,
    path: '/',
    upstreamUrl: '',
    // A tape says how its first connection spoke.
    transport: id === 1 ? recording.transport : null,
    extensions: null,
    userAgent: recording.library,
    upgradeStatus: 101,
    hasPseudonyms: true,
  };
}

const NO_PAYLOAD = { op: null, event: null, seq: null, payloadBytes: null, payloadText: null } as const;

function toFrame(step: PayloadStep, kind: FrameKind, atUs: number, id: number, frameNo: number): LintedFrame {
  const { connection: connectionId, sender, payload, text: payloadText } = step;
  const { op, t: event, s: seq } = payload;
  const head = { id, connectionId, sessionId: null, frameNo, atUs, sender };
  // Sizes are not in a tape: secrets and names in it have others.
  const content = { op, event, seq, wireBytes: 0, payloadBytes: null, closeCode: null, payloadText };
  return { ...head, kind, status: 'ok', ...content };
}

function giveClose(step: CloseStep, linter: Linter, atUs: number, id: number, frameNo: number): void {
  const { connection: connectionId, sender, code: closeCode, reason } = step;
  if (closeCode !== null) {
    const head = { id, connectionId, sessionId: null, frameNo, atUs, sender };
    linter.frameArrived({
      ...head,
      ...NO_PAYLOAD,
      kind: 'close',
      status: 'control',
      wireBytes: 2,
      closeCode,
    });
  }
  linter.end({ connectionId, atUs, closeCode, closeReason: reason, closedBy: sender, relayMode: null });
}

function giveCall(
  call: Recording['exchanges'][number] | undefined,
  linter: Linter,
  startUs: number,
  tokenAlias: string | null,
): void {
  if (call === undefined) return;
  const { atUs, durationUs, method, path, status, responseHeaders, responseBody } = call;
  const startedAtUs = startUs + atUs;
  const times = { startedAtUs, endedAtUs: startedAtUs + (durationUs ?? 0) };
  const route = parseRoute(path);
  linter.call({
    id: 0,
    captureId: 1,
    ...times,
    method,
    path,
    route,
    tokenAlias,
    status,
    responseHeaders,
    responseBody,
  });
}
