/**
 * ReplayScript: the mock gateway as a state machine, driven by a recording.
 *
 *   input  + now ─► actions + next wake-up
 *
 * A peer is one client connection, a `Playback` one session; RESUME moves a session from peer to peer. The
 * script answers what a gateway answers by itself (HELLO, acknowledgements, close codes for wrong input)
 * and lets the playbacks tell the rest. It has no sockets, no clock and no transports: whoever drives it
 * performs the actions in order and calls `step` with a tick when it is time.
 * Source: Discord Docs/Gateway; Discord Docs/Opcodes and Status Codes.
 */
import { asInteger, asObject, asString, type JsonValue, type Payload } from '../gateway/payload.js';
import type { PlaybackOutput, ReplayAction, ReplayInput, ReplayStep } from './actions.js';
import { clientOpsOf } from './client-opcodes.js';
import type { Playback } from './playback.js';
import { makeHello } from './ready.js';
import type { Recording } from './recording.js';
import { Sessions, type SessionOptions } from './sessions.js';
import { makeTimeline } from './timeline.js';

interface Peer {
  readonly id: number;
  /** Null before IDENTIFY or RESUME, and after INVALID_SESSION. */
  playback: Playback | null;
  isCongested: boolean;
}

const ACK = '{"t":null,"s":null,"op":11,"d":null}';
const NOT_RESUMABLE = '{"t":null,"s":null,"op":9,"d":false}';

const HEARTBEAT = 1;
const IDENTIFY = 2;
const RESUME = 6;
const QOS_HEARTBEAT = 40;
const UPDATE_TIME_SPENT_SESSION_ID = 41; // the official client sends it on connect, before IDENTIFY

/** Mock gateway of one recording, for any number of clients. */
export class ReplayScript {
  readonly #clientOps: ReadonlySet<number>;
  readonly #hello: string;
  readonly #peers = new Map<number, Peer>();
  readonly #sessions: Sessions;
  #actions: ReplayAction[] = [];
  #isFinished = false;

  constructor(recording: Recording, options: SessionOptions) {
    const timeline = makeTimeline(recording);
    this.#sessions = new Sessions(timeline, options);
    this.#clientOps = clientOpsOf(recording);
    this.#hello = makeHello(timeline.heartbeatIntervalMs);
  }

  /** Whether some client has been played the timeline to its end. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Takes one input at `nowUs`, by a clock that never runs backwards. */
  step(input: ReplayInput, nowUs: number): ReplayStep {
    this.#actions = [];
    if (input.type === 'tick') this.#playDue(nowUs);
    else if (input.type === 'connected') this.#connect(input.peer);
    else this.#fromPeer(input, nowUs);
    return { actions: this.#actions, wakeAtUs: this.#wakeAtUs() };
  }

  #connect(id: number): void {
    const peer = { id, playback: null, isCongested: false };
    this.#peers.set(id, peer);
    this.#send(peer, this.#sessions.takeGreeting() ?? this.#hello);
  }

  #fromPeer(input: Exclude<ReplayInput, { type: 'tick' | 'connected' }>, nowUs: number): void {
    const peer = this.#peers.get(input.peer);
    if (peer === undefined) return; // closed by us; what it still says is late
    switch (input.type) {
      case 'payload':
        this.#payload(peer, input.payload, nowUs);
        return;
      case 'undecodable':
        this.#close(peer, 4002, 'Error while decoding payload.', nowUs);
        return;
      case 'pong':
        peer.playback?.confirm(nowUs);
        return;
      case 'congested':
      case 'drained':
        peer.isCongested = input.type === 'congested';
        return;
      case 'disconnected':
        this.#disconnect(peer, input.code, nowUs);
        return;
    }
  }

  #payload(peer: Peer, payload: Payload, nowUs: number): void {
    const { op, d } = payload;
    if (op === HEARTBEAT || op === QOS_HEARTBEAT) this.#send(peer, ACK);
    else if (op === IDENTIFY || op === RESUME) this.#open(peer, op, d, nowUs);
    else if (!this.#clientOps.has(op)) this.#close(peer, 4001, 'Unknown opcode.', nowUs);
    else if (peer.playback !== null) this.#performAll(peer, peer.playback.hear(payload, nowUs), nowUs);
    else if (op !== UPDATE_TIME_SPENT_SESSION_ID) this.#close(peer, 4003, 'Not authenticated.', nowUs);
  }

  #open(peer: Peer, op: number, d: JsonValue, nowUs: number): void {
    if (peer.playback !== null) this.#close(peer, 4005, 'Already authenticated.', nowUs);
    else if (asObject(d) === null) this.#close(peer, 4002, 'Error while decoding payload.', nowUs);
    else if (op === IDENTIFY) this.#identify(peer, d, nowUs);
    else this.#resume(peer, d, nowUs);
  }

  #identify(peer: Peer, d: JsonValue, nowUs: number): void {
    peer.playback = this.#sessions.begin(readShard(asObject(d)?.['shard']), nowUs);
    this.#noteFinished(peer.playback);
  }

  #resume(peer: Peer, d: JsonValue, nowUs: number): void {
    const playback = this.#sessions.find(asString(asObject(d)?.['session_id']) ?? '');
    const seq = asInteger(asObject(d)?.['seq']);
    if (playback === null) {
      this.#send(peer, NOT_RESUMABLE);
      return;
    }
    if (seq === null || seq < 0 || seq > playback.lastSeq) {
      this.#close(peer, 4007, 'Invalid seq.', nowUs);
      return;
    }
    for (const other of this.#peers.values()) {
      if (other.playback === playback) this.#close(other, 4000, 'Session resumed elsewhere.', nowUs);
    }
    peer.playback = playback;
    this.#performAll(peer, playback.resume(seq, nowUs), nowUs);
    this.#noteFinished(playback);
  }

  #playDue(nowUs: number): void {
    for (const peer of this.#peers.values()) {
      const { playback } = peer;
      if (playback === null || peer.isCongested) continue;
      this.#performAll(peer, playback.play(nowUs), nowUs);
      this.#noteFinished(playback);
    }
  }

  #performAll(peer: Peer, outputs: readonly PlaybackOutput[], nowUs: number): void {
    for (const output of outputs) this.#perform(peer, output, nowUs);
  }

  #perform(peer: Peer, output: PlaybackOutput, nowUs: number): void {
    switch (output.type) {
      case 'send':
        this.#send(peer, output.text, output.event);
        return;
      case 'invalidate':
        this.#send(peer, output.text);
        this.#detach(peer, nowUs);
        return;
      case 'close':
        this.#close(peer, output.code, output.reason, nowUs);
        return;
      case 'ask':
        this.#actions.push({ type: 'ping', peer: peer.id });
        return;
    }
  }

  #disconnect(peer: Peer, code: number | null, nowUs: number): void {
    const { playback } = peer;
    this.#detach(peer, nowUs);
    this.#peers.delete(peer.id);
    // A client that closes with 1000 or 1001 gives its session up.
    if (playback !== null && (code === 1000 || code === 1001)) this.#sessions.giveUp(playback);
  }

  #close(peer: Peer, code: number | null, reason: string, nowUs: number): void {
    this.#detach(peer, nowUs);
    this.#peers.delete(peer.id);
    this.#actions.push({ type: 'close', peer: peer.id, code, reason });
  }

  #detach(peer: Peer, nowUs: number): void {
    peer.playback?.pause(nowUs);
    peer.playback = null;
  }

  #send(peer: Peer, text: string, event: string | null = null): void {
    this.#actions.push({ type: 'send', peer: peer.id, text, event });
  }

  #noteFinished(playback: Playback): void {
    if (playback.isFinished) this.#isFinished = true;
  }

  #wakeAtUs(): number | null {
    let wakeAtUs: number | null = null;
    for (const peer of this.#peers.values()) {
      const dueAtUs = peer.isCongested ? null : (peer.playback?.dueAtUs ?? null);
      if (dueAtUs !== null && (wakeAtUs === null || dueAtUs < wakeAtUs)) wakeAtUs = dueAtUs;
    }
    return wakeAtUs;
  }
}

function readShard(value: JsonValue | undefined): readonly [number, number] | null {
  if (!Array.isArray(value)) return null;
  const [id, count] = (value as readonly JsonValue[]).map(asInteger);
  return id === undefined || id === null || count === undefined || count === null ? null : [id, count];
}
