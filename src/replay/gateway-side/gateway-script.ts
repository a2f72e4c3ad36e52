/**
 * GatewayScript: the mock gateway as a state machine, driven by recordings.
 *
 *   input  + now ─► actions + next wake-up
 *
 * A peer is one client connection, a `Playback` one session; RESUME moves a session from peer to peer. The script sends
 * what a gateway sends by itself (HELLO, acknowledgements, close codes for wrong input); the playbacks send the rest.
 * It has no sockets, no clock and no transports: the driver performs the actions in order and calls `step` with a tick
 * at the wake-up time. Source: Discord Docs/Gateway; Discord Docs/Opcodes and Status Codes.
 */
import { findCloseCode } from '../../gateway/close-codes.js';
import { OP } from '../../gateway/opcodes.js';
import {
  asInteger,
  asObject,
  asString,
  type JsonObject,
  type Payload,
  asShard,
} from '../../gateway/payload.js';
import type { ClientFilter, GatewayInput, GatewayStep } from './actions.js';
import { Peers, type Peer } from './peers.js';
import type { Playback } from './playback.js';
import { makeControl, makeHello, scaledIntervalMs } from './live-session.js';
import type { Recording } from '../recording.js';
import { REFUSALS, type Refusal } from './client-limits.js';
import { Sessions, type SessionOptions } from './sessions.js';
import { Strictness, type Demands } from './strictness.js';
import { makeTimeline, type Timeline } from './timeline.js';

type PeerInput = Extract<GatewayInput, { readonly peer: number }>;

const ACK = makeControl(OP.HEARTBEAT_ACK, null);
const NOT_RESUMABLE = makeControl(OP.INVALID_SESSION, false);

/** How a script plays, and its demands on clients. */
export type GatewayScriptOptions = SessionOptions & Demands;

/** Mock gateway of some recordings, for any number of clients. */
export class GatewayScript {
  readonly #heartbeatIntervalMs: number;
  readonly #strictness: Strictness;
  readonly #peers = new Peers();
  readonly #sessions: Sessions;
  readonly #timelines: readonly Timeline[];
  #spareFrames = 0; // allowed while no client was attached

  /** Takes at least one recording. */
  constructor(recordings: readonly Recording[], options: GatewayScriptOptions) {
    const timelines = recordings.map(makeTimeline);
    this.#timelines = timelines;
    this.#sessions = new Sessions(timelines, options);
    const recordedMs = timelines[0]?.heartbeatIntervalMs ?? 0;
    // In lockstep the client has to send its heartbeats at the recorded pace, because the script waits for them.
    const intervalMs = options.isLockstep ? recordedMs : scaledIntervalMs(recordedMs, options.speed);
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs ?? intervalMs;
    this.#strictness = new Strictness(options, recordings);
  }

  /** Takes one input at `nowUs`, by a clock that never runs backwards. */
  step(input: GatewayInput, nowUs: number): GatewayStep {
    switch (input.type) {
      case 'tick':
        this.#playDue(nowUs);
        this.#closeOverdue(nowUs);
        break;
      case 'advance':
        this.#advance();
        break;
      case 'inject':
        this.#inject(input.payload, input.to, nowUs);
        break;
      case 'drop':
        this.#drop(input.code, input.to, nowUs);
        break;
      case 'connected':
        this.#greet(input.peer, nowUs);
        break;
      default:
        this.#fromPeer(input, nowUs);
    }
    return { actions: this.#peers.takeActions(), wakeAtUs: this.#peers.wakeAtUs };
  }

  #greet(id: number, nowUs: number): void {
    const clientLimits = this.#strictness.clientLimits(this.#heartbeatIntervalMs, nowUs);
    const greeting = this.#sessions.takeGreeting() ?? makeHello(this.#heartbeatIntervalMs);
    this.#peers.send(this.#peers.add(id, clientLimits), greeting);
  }

  #fromPeer(input: Exclude<PeerInput, { type: 'connected' }>, nowUs: number): void {
    const peer = this.#peers.get(input.peer);
    if (peer === undefined) {
      if (input.type === 'disconnected') this.#peers.remove(input.peer, nowUs);
      return;
    }
    switch (input.type) {
      case 'payload':
        this.#payload(peer, input.payload, nowUs);
        return;
      case 'undecodable':
        this.#refuse(peer, REFUSALS.undecodable, nowUs);
        return;
      case 'held':
        peer.clientLimits?.beat(input.untilUs);
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
    const refusal = this.#strictness.judge(payload, peer, nowUs);
    if (refusal !== null) this.#refuse(peer, refusal, nowUs);
    else if (op === OP.HEARTBEAT || op === OP.QOS_HEARTBEAT) this.#beat(peer, nowUs);
    else if (op === OP.IDENTIFY) this.#identify(peer, asObject(d), nowUs);
    else if (op === OP.RESUME) this.#resume(peer, asObject(d), nowUs);
    else if (peer.playback !== null) this.#hear(peer, peer.playback, payload, nowUs);
  }

  #hear(peer: Peer, playback: Playback, payload: Payload, nowUs: number): void {
    const limited = this.#strictness.limit(payload, playback, nowUs);
    const outputs = limited === null ? playback.hear(payload, nowUs) : playback.inject(limited);
    this.#peers.perform(peer, outputs, nowUs);
  }

  #beat(peer: Peer, nowUs: number): void {
    peer.clientLimits?.beat(nowUs);
    this.#peers.send(peer, ACK);
  }

  #identify(peer: Peer, d: JsonObject | null, nowUs: number): void {
    const shard = asShard(d?.['shard']);
    const isAdmitted = this.#strictness.admits(shard?.[0] ?? 0, nowUs);
    const playback = isAdmitted ? this.#sessions.begin(shard, nowUs) : null;
    if (playback === null) this.#peers.send(peer, NOT_RESUMABLE);
    else {
      this.#attach(peer, playback, nowUs);
      this.#noteFinished(peer, playback);
    }
  }

  #resume(peer: Peer, d: JsonObject | null, nowUs: number): void {
    const playback = this.#sessions.find(asString(d?.['session_id']) ?? '', nowUs);
    const seq = asInteger(d?.['seq']);
    if (playback === null) {
      this.#peers.send(peer, NOT_RESUMABLE);
      return;
    }
    if (seq === null || seq < 0 || seq > playback.lastSeq) {
      this.#refuse(peer, REFUSALS.invalidSeq, nowUs);
      return;
    }
    this.#attach(peer, playback, nowUs);
    this.#peers.perform(peer, playback.resume(seq, nowUs), nowUs);
    this.#noteFinished(peer, playback);
  }

  #attach(peer: Peer, playback: Playback, nowUs: number): void {
    this.#peers.attach(peer, playback, nowUs);
    playback.allow(this.#spareFrames);
    this.#spareFrames = 0;
  }

  #playDue(nowUs: number): void {
    for (const peer of this.#peers.matching()) {
      const { playback } = peer;
      if (playback === null || playback.isFinished || peer.isCongested) continue;
      this.#peers.perform(peer, playback.play(nowUs), nowUs);
      this.#noteFinished(peer, playback);
    }
  }

  #closeOverdue(nowUs: number): void {
    for (const peer of this.#peers.matching()) {
      if (peer.clientLimits === null || peer.clientLimits.overdueAtUs > nowUs) continue;
      this.#invalidate(peer, false, nowUs);
      this.#refuse(peer, REFUSALS.sessionTimedOut, nowUs);
    }
  }

  #refuse(peer: Peer, { code, reason }: Refusal, nowUs: number): void {
    this.#peers.close(peer, code, reason, nowUs);
  }

  // A step with no client attached is credited to the next one.
  #advance(): void {
    const playbacks = [...this.#peers.matching()].map(({ playback }) => playback);
    for (const playback of playbacks) playback?.allow(1);
    if (playbacks.every((playback) => playback === null)) this.#spareFrames += 1;
  }

  #inject(payload: Payload, to: ClientFilter, nowUs: number): void {
    const { op, d } = payload;
    const text = JSON.stringify({ t: null, s: null, op, d });
    for (const peer of this.#peers.matching(to)) {
      const { playback } = peer;
      if (op !== OP.DISPATCH) this.#peers.send(peer, text);
      else if (playback !== null) this.#peers.perform(peer, playback.inject(payload), nowUs);
      if (op === OP.INVALID_SESSION) this.#invalidate(peer, d === true, nowUs);
    }
    if (op !== OP.DISPATCH || to.connection !== undefined) return;
    for (const playback of this.#sessions.away(to.shard, nowUs)) playback.inject(payload);
  }

  #drop(code: number | null, to: ClientFilter, nowUs: number): void {
    const isResumable = code === null || findCloseCode(code)?.isResumable !== false;
    for (const peer of this.#peers.matching(to)) {
      if (!isResumable) this.#invalidate(peer, false, nowUs);
      this.#peers.close(peer, code, '', nowUs);
    }
  }

  #invalidate(peer: Peer, isResumable: boolean, nowUs: number): void {
    const { playback } = peer;
    this.#peers.detach(peer, nowUs);
    if (playback !== null && !isResumable) this.#sessions.giveUp(playback);
  }

  // A client that closes with 1000 or 1001 gives its session up.
  #disconnect(peer: Peer, code: number | null, nowUs: number): void {
    this.#invalidate(peer, code !== 1000 && code !== 1001, nowUs);
    this.#peers.remove(peer.id, nowUs);
  }

  #noteFinished(peer: Peer, { timeline, isFinished }: Playback): void {
    if (isFinished) this.#peers.finish(peer, this.#timelines.indexOf(timeline));
  }
}
