/**
 * Timeline: what the gateway did in a recorded session, in order, as cues for the mock.
 *
 *   opening  the client sent IDENTIFY or RESUME; if the gateway had ended the connection before it, the
 *            rest waits until a client sends it again
 *   send     a dispatch, or any other payload that is kept unchanged
 *   resumed  the answer to the RESUME of the opening before it
 *   client   any other payload of the client, except heartbeats
 *   interrupt  RECONNECT or INVALID_SESSION;  close  the gateway closed, or its socket ended
 *
 * HELLO, heartbeats and their acknowledgements are left out, because the player sends its own. Dispatches that the
 * gateway sent again after a RESUME occur once. Source: Discord Docs/Gateway, "Connection Lifecycle" and "Resuming".
 */
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject, type Payload, type Shard } from '../../gateway/payload.js';
import { makeReady } from './live-session.js';
import type { CloseStep, PayloadStep, Recording } from '../recording.js';
import { RequestPairing, type RecordedRequest } from './requests.js';

/** Client's turn: IDENTIFY or RESUME as recorded. */
export interface OpeningCue {
  readonly type: 'opening';
  /** µs since the first step of the recording, as in every cue. */
  readonly atUs: number;
  readonly by: 'identify' | 'resume';
  /** Whether the gateway had ended the connection before, so that the following cues wait for the client. */
  readonly isAwaited: boolean;
}

/** Payload of the gateway, sent as it was recorded. */
export interface SendCue {
  readonly type: 'send';
  readonly atUs: number;
  readonly text: string;
  /** Sequence number, or null if this is not a dispatch. */
  readonly seq: number | null;
  /** Event name, or null if this is not a dispatch. */
  readonly event: string | null;
  /** Position of the request that this answers, or null when it came by itself. */
  readonly request: number | null;
}

/** Payload of the client; the gateway received it before it sent the following cues. */
export interface ClientCue {
  readonly type: 'client';
  readonly atUs: number;
  readonly op: number;
  /** How many payloads with this opcode the client had sent since IDENTIFY, this one included. */
  readonly ordinal: number;
  /** Position among the requests, or null when nothing answers it. */
  readonly request: number | null;
}

/** RESUMED, the last answer to a RESUME. */
export interface ResumedCue {
  readonly type: 'resumed';
  readonly atUs: number;
  readonly text: string;
  readonly seq: number | null;
}

/** RECONNECT (op 7) or INVALID_SESSION (op 9): the client is to come back. */
export interface InterruptCue {
  readonly type: 'interrupt';
  readonly atUs: number;
  readonly op: typeof OP.RECONNECT | typeof OP.INVALID_SESSION;
  readonly text: string;
  /** Whether the client may come back with RESUME: after op 9 only where its `d` is true. */
  readonly isResumable: boolean;
  /** Whether it came on a new connection, instead of HELLO. */
  readonly isGreeting: boolean;
}

/** Gateway closed the connection; without a code its socket just ended. */
export interface CloseCue {
  readonly type: 'close';
  readonly atUs: number;
  readonly code: number | null;
  readonly reason: string;
}

/** Anything on a timeline. */
export type Cue = OpeningCue | ClientCue | SendCue | ResumedCue | InterruptCue | CloseCue;

/** Gateway's side of a session, ready to be played. */
export interface Timeline {
  /** `[shard_id, shard_count]` of the recorded client, or null. */
  readonly shard: Shard | null;
  /** As the recorded HELLO gave it, in ms. */
  readonly heartbeatIntervalMs: number;
  /** Starts with an opening by IDENTIFY, and holds a READY behind it. */
  readonly cues: readonly Cue[];
  /** Requests of the recorded client, in order. */
  readonly requests: readonly RecordedRequest[];
}

/** Interval in a real HELLO, in ms; every library whose source was read expects it. */
const DEFAULT_HEARTBEAT_INTERVAL_MS = 41_250;

/** Puts the gateway's side of a recording on a timeline; one without a READY gets one of our own making. */
export function makeTimeline(recording: Recording): Timeline {
  const builder = new TimelineBuilder();
  for (const step of recording.steps) {
    if (step.type === 'close') builder.close(step);
    else if (step.sender === 'client') builder.clientPayload(step);
    else builder.gatewayPayload(step);
  }
  return { shard: recording.shard, ...builder.finish() };
}

class TimelineBuilder {
  readonly #cues: Cue[] = [];
  readonly #connections = new Set<number>(); // with at least one payload
  readonly #pairing = new RequestPairing();
  readonly #sent = new Map<number, number>(); // payloads of the client by opcode, since IDENTIFY
  #heartbeatIntervalMs = DEFAULT_HEARTBEAT_INTERVAL_MS;
  #isEnded = true; // by the gateway, or not begun
  #isReplaying = false; // between a RESUME and its RESUMED
  #lastSeq = 0;

  clientPayload({ payload, atUs, connection }: PayloadStep): void {
    const { op } = payload;
    this.#connections.add(connection);
    if (op === OP.HEARTBEAT || op === OP.QOS_HEARTBEAT) return;
    if (op === OP.IDENTIFY || op === OP.RESUME) {
      this.#opening(op === OP.IDENTIFY ? 'identify' : 'resume', atUs);
      return;
    }
    const request = this.#pairing.request(payload);
    const ordinal = (this.#sent.get(op) ?? 0) + 1;
    this.#sent.set(op, ordinal);
    this.#cues.push({ type: 'client', atUs, op, ordinal, request });
  }

  gatewayPayload({ payload, atUs, text, connection }: PayloadStep): void {
    const isFirst = !this.#connections.has(connection);
    this.#connections.add(connection);
    switch (payload.op) {
      case OP.HELLO:
        this.#hello(asInteger(asObject(payload.d)?.['heartbeat_interval']));
        return;
      case OP.HEARTBEAT:
      case OP.HEARTBEAT_ACK:
        return;
      case OP.RECONNECT:
      case OP.INVALID_SESSION:
        this.#cues.push({
          type: 'interrupt',
          atUs,
          op: payload.op,
          text,
          isResumable: payload.op === OP.RECONNECT || payload.d === true,
          isGreeting: isFirst && payload.op === OP.RECONNECT,
        });
        this.#isEnded = true;
        return;
      case OP.DISPATCH:
        this.#dispatch(payload, atUs, text);
        return;
      default:
        this.#cues.push({ type: 'send', atUs, text, seq: null, event: null, request: null });
    }
  }

  close({ sender, atUs, code, reason }: CloseStep): void {
    if (sender === 'client') return;
    this.#cues.push({ type: 'close', atUs, code, reason });
    this.#isEnded = true;
  }

  finish(): Omit<Timeline, 'shard'> {
    const { requests } = this.#pairing;
    return { heartbeatIntervalMs: this.#heartbeatIntervalMs, cues: withStart(this.#cues), requests };
  }

  #opening(by: 'identify' | 'resume', atUs: number): void {
    this.#cues.push({ type: 'opening', atUs, by, isAwaited: this.#isEnded });
    this.#isEnded = false;
    this.#isReplaying = by === 'resume';
    if (by === 'resume') return;
    this.#lastSeq = 0;
    this.#sent.clear();
  }

  #hello(intervalMs: number | null): void {
    if (intervalMs !== null && intervalMs > 0) this.#heartbeatIntervalMs = intervalMs;
  }

  #dispatch(payload: Payload, atUs: number, text: string): void {
    const { t: event, s: seq } = payload;
    if (event === 'RESUMED') {
      this.#cues.push({ type: 'resumed', atUs, text, seq });
      this.#isReplaying = false;
    } else if (this.#isReplaying && seq !== null && seq <= this.#lastSeq) {
      return; // sent again
    } else {
      this.#cues.push({ type: 'send', atUs, text, seq, event, request: this.#pairing.answer(payload) });
    }
    this.#lastSeq = Math.max(this.#lastSeq, seq ?? 0);
  }
}

// A recording can begin within a session: the client's first word is then RESUME, and READY is missing.
function withStart(cues: readonly Cue[]): readonly Cue[] {
  const first = cues.find((cue) => cue.type === 'opening');
  const atUs = first?.atUs ?? cues[0]?.atUs ?? 0;
  const start: OpeningCue = { type: 'opening', atUs, by: 'identify', isAwaited: true };
  const rest = first === undefined ? [...cues] : cues.slice(cues.indexOf(first) + 1);
  if (first?.by !== 'identify') dropFirstResumed(rest);
  const lifeEnd = rest.findIndex((cue) => cue.type === 'opening' && cue.by === 'identify');
  const life = lifeEnd === -1 ? rest : rest.slice(0, lifeEnd);
  return lacksReady(life) ? [start, readyBefore(life, atUs), ...rest] : [start, ...rest];
}

function dropFirstResumed(cues: Cue[]): void {
  const index = cues.findIndex((cue) => cue.type === 'opening' || cue.type === 'resumed');
  if (cues[index]?.type === 'resumed') cues.splice(index, 1);
}

// An IDENTIFY that was refused or cut off needs no READY; one that was served, or just never answered, does.
function lacksReady(life: readonly Cue[]): boolean {
  if (life.some((cue) => cue.type === 'send' && cue.event === 'READY')) return false;
  return (
    life.some((cue) => cue.type === 'send') ||
    !life.some((cue) => cue.type === 'interrupt' || cue.type === 'close')
  );
}

function readyBefore(life: readonly Cue[], atUs: number): SendCue {
  const next = life.find((cue): cue is SendCue => cue.type === 'send' && cue.seq !== null);
  const seq = Math.max(0, (next?.seq ?? 2) - 1);
  return { type: 'send', atUs, text: makeReady(seq), seq, event: 'READY', request: null };
}
