/**
 * Traces for ui.perfetto.dev: JSON of the Trace Event Format, written while the recording is read.
 *
 *   process    a capture                      thread     a connection: slices for its phases, an instant for each payload
 *   counters   bytes of each side a second, and heartbeat round trips      async      REST calls, gaps
 *
 * The viewer becomes slow with too many events: above the limit, payloads are only counted. Times are µs, the unit of
 * the format. Source: "Trace Event Format" of Chromium's trace-viewer, read 2026-11.
 */
import { opcodeName, OP } from '../gateway/opcodes.js';
import { printable } from '../printable.js';
import { formatCount } from '../units.js';
import { labelEnd, labelFrame, labelGap, labelLandmark, labelOpening, shorten } from './labels.js';
import type { FlowCall, FlowConnection, FlowEnd, FlowFrame, FlowGap, FlowSink } from './recorded.js';

/** One event of a trace. */
interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'i' | 'C' | 'b' | 'e' | 'M';
  readonly ts?: number;
  readonly pid: number;
  readonly tid?: number;
  readonly [key: string]: unknown;
}

/** State of an open connection. */
interface Track {
  readonly captureId: number;
  phase: string;
  sinceUs: number;
  lastUs: number;
  replayed: number;
  /** Time of the heartbeat that has no answer yet. */
  beatAtUs: number | null;
}

/** Bytes of one second, by sender. */
interface Second {
  readonly startUs: number;
  client: number;
  gateway: number;
}

const SECOND_US = 1_000_000;
/** Process of frames whose connection is not known; 0 is the system's idle process. */
const UNKNOWN_CAPTURE = 1;

/** Phases by the payload that begins them. */
const PHASES: ReadonlyMap<string, string> = new Map([
  ['IDENTIFY', 'identifying'],
  ['RESUME', 'resuming'],
  ['READY', 'live'],
  ['RESUMED', 'live'],
  ['INVALID_SESSION', 'invalid'],
  ['RECONNECT', 'asked to reconnect'],
]);

/** Writes a trace. */
export class TraceWriter implements FlowSink {
  readonly #limit: number;
  readonly #tracks = new Map<number, Track>();
  readonly #captures = new Set<number>();
  readonly #seconds = new Map<number, Second>();
  #events: TraceEvent[] = [];
  #isBegun = false;
  #drawn = 0;
  #leftOut = 0;
  #ids = 0;

  /** `limit`: most payloads and calls that are drawn. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Payloads and calls that are not drawn. */
  get leftOut(): number {
    return this.#leftOut;
  }

  opened(connection: FlowConnection): void {
    const { id, captureId, openedAtUs, upgradeStatus } = connection;
    const label = labelOpening(connection);
    this.#name(captureId);
    this.#describe('thread_name', `connection ${id} ${label}`, { pid: captureId, tid: id });
    this.#start(id, captureId, openedAtUs);
    if (upgradeStatus !== 101) this.#enter(id, `refused with ${upgradeStatus}`, openedAtUs);
  }

  frame(frame: FlowFrame): void {
    const { connectionId, atUs, sender, wireBytes } = frame;
    const track = this.#tracks.get(connectionId) ?? this.#start(connectionId, UNKNOWN_CAPTURE, atUs);
    track.lastUs = Math.max(track.lastUs, atUs);
    this.#count(track.captureId, atUs, sender, wireBytes);
    if (frame.status === 'partial') return;
    this.#follow(track, frame);
    const phase = PHASES.get(frame.event ?? (frame.op === null ? '' : (opcodeName(frame.op) ?? '')));
    if (phase !== undefined && frame.status === 'ok') this.#enter(connectionId, phase, atUs);
    if (!this.#isRoom()) return;
    const { label } = labelLandmark(frame, track.replayed) ?? labelFrame(frame);
    this.#emit('i', label, atUs, {
      ...{ pid: track.captureId, tid: connectionId, s: 't', cat: sender },
      args: {
        sender,
        frame: frame.id,
        op: frame.op,
        seq: frame.seq,
        wireBytes,
        payloadBytes: frame.payloadBytes,
      },
    });
  }

  ended(end: FlowEnd): void {
    const { connectionId, atUs } = end;
    const track = this.#tracks.get(connectionId) ?? this.#start(connectionId, UNKNOWN_CAPTURE, atUs);
    const { label } = labelEnd(end);
    const place = { pid: track.captureId, tid: connectionId };
    this.#emit('i', label, atUs, { ...place, s: 't', cat: 'end', args: { by: end.closedBy } });
    this.#finish(connectionId, atUs);
  }

  gap(gap: FlowGap): void {
    const { connectionId, fromUs, untilUs, bytes, sender } = gap;
    const captureId = this.#tracks.get(connectionId)?.captureId ?? UNKNOWN_CAPTURE;
    this.#span('gaps', labelGap(gap), fromUs, untilUs, captureId, {
      connection: connectionId,
      bytes,
      sender,
    });
  }

  call({ id, captureId, startedAtUs, endedAtUs, method, route, status, fault }: FlowCall): void {
    if (!this.#isRoom()) return;
    this.#name(captureId);
    this.#span('REST', `${method} ${route}`, startedAtUs, endedAtUs, captureId, { id, status, fault });
  }

  /** Takes the complete lines so far. All lines together are one JSON document. */
  *drain(): Generator<string, void> {
    const events = this.#events;
    this.#events = [];
    for (const event of events) {
      yield (this.#isBegun ? ',' : '{"displayTimeUnit":"ms","traceEvents":[\n') + JSON.stringify(event);
      this.#isBegun = true;
    }
  }

  /** The last lines. */
  *finish(): Generator<string, void> {
    for (const captureId of [...this.#seconds.keys()]) this.#flush(captureId);
    for (const [id, { lastUs }] of [...this.#tracks]) this.#finish(id, lastUs);
    yield* this.drain();
    const note =
      this.#leftOut === 0 ? 'complete' : `${formatCount(this.#leftOut)} payloads and calls left out`;
    yield `${this.#isBegun ? '' : '{"displayTimeUnit":"ms","traceEvents":['}],"otherData":${JSON.stringify({ gatetape: note })}}`;
  }

  #isRoom(): boolean {
    if (this.#drawn >= this.#limit) {
      this.#leftOut += 1;
      return false;
    }
    this.#drawn += 1;
    return true;
  }

  #start(id: number, captureId: number, atUs: number): Track {
    const track = {
      captureId,
      phase: 'connecting',
      sinceUs: atUs,
      lastUs: atUs,
      replayed: 0,
      beatAtUs: null,
    };
    this.#tracks.set(id, track);
    return track;
  }

  #follow(track: Track, { op, sender, atUs, status }: FlowFrame): void {
    if (status !== 'ok') return;
    if (op === OP.RESUME) track.replayed = 0;
    else if (op === OP.DISPATCH) track.replayed += 1;
    else if (sender === 'client' && (op === OP.HEARTBEAT || op === OP.QOS_HEARTBEAT)) track.beatAtUs = atUs;
    else if (op === OP.HEARTBEAT_ACK && track.beatAtUs !== null) {
      const tripMs = Math.max(0, atUs - track.beatAtUs) / 1_000;
      this.#emit('C', 'heartbeat round trip', atUs, { pid: track.captureId, args: { ms: tripMs } });
      track.beatAtUs = null;
    }
  }

  /** Ends the phase of a connection and begins another one. */
  #enter(id: number, phase: string, atUs: number): void {
    const track = this.#tracks.get(id);
    if (track === undefined) return;
    this.#slice(id, track, atUs);
    track.phase = phase;
    track.sinceUs = atUs;
  }

  #finish(id: number, atUs: number): void {
    const track = this.#tracks.get(id);
    if (track !== undefined) this.#slice(id, track, atUs);
    this.#tracks.delete(id);
  }

  #slice(id: number, { captureId, phase, sinceUs }: Track, untilUs: number): void {
    const durUs = Math.max(0, untilUs - sinceUs);
    this.#emit('X', phase, sinceUs, { pid: captureId, tid: id, cat: 'phase', dur: durUs });
  }

  #count(captureId: number, atUs: number, sender: 'client' | 'gateway', bytes: number): void {
    const startUs = Math.floor(atUs / SECOND_US) * SECOND_US;
    let second = this.#seconds.get(captureId);
    if (second?.startUs !== startUs) {
      this.#flush(captureId);
      // After a second without traffic the counter falls to 0.
      if (second !== undefined && startUs > second.startUs + SECOND_US)
        this.#countBytes(captureId, second.startUs + SECOND_US, 0, 0);
      second = { startUs, client: 0, gateway: 0 };
      this.#seconds.set(captureId, second);
    }
    second[sender] += bytes;
  }

  #flush(captureId: number): void {
    const second = this.#seconds.get(captureId);
    if (second !== undefined) this.#countBytes(captureId, second.startUs, second.client, second.gateway);
  }

  #countBytes(captureId: number, atUs: number, client: number, gateway: number): void {
    this.#emit('C', 'bytes/s', atUs, { pid: captureId, args: { client, gateway } });
  }

  #span(cat: string, name: string, fromUs: number, untilUs: number, pid: number, args: object): void {
    const id = (this.#ids += 1);
    this.#emit('b', name, fromUs, { pid, cat, id, args });
    this.#emit('e', name, Math.max(fromUs, untilUs), { pid, cat, id });
  }

  #name(captureId: number): void {
    if (this.#captures.has(captureId)) return;
    this.#captures.add(captureId);
    this.#describe('process_name', `capture ${captureId}`, { pid: captureId });
  }

  #describe(
    what: 'process_name' | 'thread_name',
    name: string,
    place: Pick<TraceEvent, 'pid' | 'tid'>,
  ): void {
    this.#events.push({ name: what, ph: 'M', ...place, args: { name: toTraceText(name) } });
  }

  #emit(
    ph: TraceEvent['ph'],
    name: string,
    ts: number,
    more: Pick<TraceEvent, 'pid' | 'tid'> & Readonly<Record<string, unknown>>,
  ): void {
    this.#events.push({ name: toTraceText(name), ph, ts, ...more });
  }
}

/** Replaces lone surrogates, which some readers of JSON refuse. */
function toTraceText(text: string): string {
  return printable(shorten(text)).replace(/\p{Cs}/gu, '�');
}
