/**
 * Fault layer: wraps a mock's script in faults, and is driven exactly like the script.
 *
 *   input ─► faults ─► script ─► faults ─► actions + next wake-up
 *
 * The script is always left in a state that the real gateway could be in: an interruption is reported to it as if the
 * client had disconnected, or had returned unnoticed. Same inputs, same seed, same actions.
 */
import { makeControl } from '../gateway-side/live-session.js';
import { OP } from '../../gateway/opcodes.js';
import type { GatewayAction, GatewayInput, GatewayStep, SendAction } from '../gateway-side/actions.js';
import { CONFIRM_WITHIN_US } from '../clock.js';
import type { Recording } from '../recording.js';
import { GatewayScript, type GatewayScriptOptions } from '../gateway-side/gateway-script.js';
import { FaultPlan, type PassingPayload } from './plan.js';
import type { Fault, FaultRow } from './catalogue.js';
import { earliest, FaultyPeer, type Interruption } from './faulty-peer.js';

const HEARTBEAT_REQUEST = makeControl(OP.HEARTBEAT, null);
const NOT_RESUMABLE = makeControl(OP.INVALID_SESSION, false);
const RECONNECT = makeControl(OP.RECONNECT, null);

/** Opcodes of a client that need no session. */
const SESSIONLESS_OPS: ReadonlySet<number> = new Set([
  OP.HEARTBEAT,
  OP.QOS_HEARTBEAT,
  OP.IDENTIFY,
  OP.RESUME,
]);

// Turns of the script in one step, when one is a single cue.
const MAX_TURNS = 256;

/** Script of a recording, with faults. */
export class FaultLayer {
  readonly #script: GatewayScript;
  readonly #plan: FaultPlan;
  readonly #isCueByCue: boolean;
  readonly #peers = new Map<number, FaultyPeer>();
  #scriptWakeAtUs: number | null = null;
  readonly #unfinished: Set<number>;
  #actions: GatewayAction[] = [];

  /** With faults the script goes cue by cue, so that nothing has been played that a fault then keeps back. */
  constructor(
    recordings: readonly Recording[],
    options: GatewayScriptOptions,
    faults: readonly Fault[],
    seed: number,
  ) {
    this.#isCueByCue = faults.length > 0;
    this.#script = new GatewayScript(recordings, this.#isCueByCue ? { ...options, cuesPerTurn: 1 } : options);
    this.#unfinished = new Set(recordings.keys());
    this.#plan = new FaultPlan(seed);
    for (const fault of faults) this.#plan.arm(fault, false);
  }

  /** Whether every recording has been played to its end, each to some client. */
  get isFinished(): boolean {
    return this.#unfinished.size === 0;
  }

  /** Takes one input at `nowUs`, by a clock that never runs backwards. */
  step(input: GatewayInput, nowUs: number): GatewayStep {
    this.#actions = [];
    this.#takeTime(nowUs);
    this.#take(input, nowUs);
    for (let turn = 1; this.#isCueByCue && turn < MAX_TURNS; turn += 1) {
      if (this.#scriptWakeAtUs === null || this.#scriptWakeAtUs > nowUs) break;
      this.#run({ type: 'tick' }, nowUs);
    }
    return { actions: this.#actions, wakeAtUs: this.#wakeAtUs() };
  }

  /** Adds a fault; one without WHEN acts at once, on every client with a session or on the first that fits. */
  arm(fault: Fault, nowUs: number): GatewayStep {
    this.#actions = [];
    const armed = this.#plan.arm(fault, fault.when.type === 'default');
    const peers = [...this.#peers.values()].filter((peer) => peer.hasSession && peer.interruption === null);
    if (armed.row.actsOn === 'connection' && peers.length > 0 && armed.takes()) {
      this.#plan.note(armed);
      for (const peer of peers) this.#strike(peer, fault, nowUs);
    }
    return { actions: this.#actions, wakeAtUs: this.#wakeAtUs() };
  }

  /** Names of the faults that have begun to act since the last call. */
  takeNews(): readonly string[] {
    return this.#plan.takeNews();
  }

  /** Whether an API request is to be answered with 503. */
  refusesRequest(): boolean {
    return this.#plan.taking('request', true).length > 0;
  }

  #takeTime(nowUs: number): void {
    for (const peer of this.#peers.values()) {
      this.#emit(peer.release(nowUs));
      const { interruption } = peer;
      if (interruption?.hasHappened === false && interruption.byUs <= nowUs)
        this.#interrupt(peer, interruption, nowUs);
      this.#plan.seeAge(nowUs - peer.connectedAtUs);
      this.#strikeDue(peer, false, nowUs);
    }
  }

  #take(input: GatewayInput, nowUs: number): void {
    if (input.type === 'connected') this.#peers.set(input.peer, new FaultyPeer(input.peer, nowUs));
    const peer = 'peer' in input ? this.#peers.get(input.peer) : undefined;
    if (input.type === 'disconnected') this.#peers.delete(input.peer);
    if (peer === undefined || !this.#stops(peer, input, nowUs)) this.#run(input, nowUs);
    if (input.type === 'connected' && peer !== undefined) this.#holdLimits(peer, nowUs);
  }

  // A client's limits of time begin when it can know them: when HELLO leaves, which is all that is held then.
  #holdLimits({ id, outbox: { dueAtUs } }: FaultyPeer, nowUs: number): void {
    if (dueAtUs !== null) this.#run({ type: 'held', peer: id, untilUs: dueAtUs }, nowUs);
  }

  // Checks an input before the script does; returns whether the script must not see it.
  #stops(peer: FaultyPeer, input: GatewayInput, nowUs: number): boolean {
    const { interruption } = peer;
    if (input.type === 'payload') return this.#refuses(peer, input.payload.op, nowUs);
    if (input.type === 'pong' && interruption?.hasHappened === false)
      this.#interrupt(peer, interruption, nowUs);
    // Reads by an interrupted client do not advance the script.
    return input.type === 'drained' && interruption !== null;
  }

  #refuses(peer: FaultyPeer, op: number, nowUs: number): boolean {
    this.#plan.see({ op, event: null, seq: null, isAfterReady: peer.hasReady });
    this.#strikeDue(peer, false, nowUs);
    if (op === OP.RESUME && this.#plan.taking('RESUME', true).length > 0) {
      this.#say(peer, NOT_RESUMABLE, nowUs);
      return true;
    }
    // A client that cannot know that its session is over is not closed for using it.
    return !SESSIONLESS_OPS.has(op) && peer.holds(OP.INVALID_SESSION);
  }

  #emit(actions: readonly GatewayAction[]): void {
    for (const action of actions) {
      this.#actions.push(action);
      if (action.type === 'finished') this.#unfinished.delete(action.recording);
    }
  }

  #run(input: GatewayInput, nowUs: number): void {
    const { actions, wakeAtUs } = this.#script.step(input, nowUs);
    this.#scriptWakeAtUs = wakeAtUs;
    for (const action of actions) {
      const peer = this.#peers.get(action.peer);
      if (peer === undefined) this.#emit([action]);
      else if (action.type === 'send') this.#send(peer, action, nowUs);
      else if (peer.interruption === null || action.type === 'close') {
        this.#emit(peer.act(action, nowUs));
      }
    }
  }

  #send(peer: FaultyPeer, send: SendAction, nowUs: number): void {
    const sighting = peer.sight(send);
    // An interrupted client hears nothing new, but does not die of that either.
    if (peer.interruption !== null && sighting.op !== OP.HEARTBEAT_ACK) return;
    this.#plan.see(sighting);
    peer.hasReady ||= send.event === 'READY';
    peer.hasSession ||= peer.hasReady || send.event === 'RESUMED';
    if (sighting.op === OP.HEARTBEAT_ACK && !peer.isAcknowledged) return;
    for (const altered of this.#alter(peer, send, sighting, nowUs)) {
      this.#emit(peer.send(altered, nowUs));
    }
    this.#strikeDue(peer, true, nowUs);
  }

  #alter(
    peer: FaultyPeer,
    send: SendAction,
    { op, event }: PassingPayload,
    nowUs: number,
  ): readonly SendAction[] {
    let sends: readonly SendAction[] = [send];
    if (this.#plan.isEmpty) return sends;
    const kinds: FaultRow['actsOn'][] = ['payload'];
    if (event !== null) kinds.push('dispatch');
    if (event === 'READY') kinds.push('READY');
    if (op === OP.HEARTBEAT_ACK) kinds.push('ACK');
    for (const armed of kinds.flatMap((kind) => this.#plan.taking(kind, peer.hasSession))) {
      sends = sends.flatMap((one) => peer.alter(one, armed, nowUs));
    }
    return sends;
  }

  #strikeDue(peer: FaultyPeer, isDrawing: boolean, nowUs: number): void {
    if (this.#plan.isEmpty || peer.interruption !== null) return;
    for (const { fault } of this.#plan.taking('connection', isDrawing && peer.hasSession)) {
      this.#strike(peer, fault, nowUs);
    }
  }

  #strike(peer: FaultyPeer, fault: Fault, nowUs: number): void {
    if (fault.name === 'heartbeat-request') {
      this.#say(peer, HEARTBEAT_REQUEST, nowUs);
      return;
    }
    if (peer.interruption !== null) return;
    peer.interruption = { fault, byUs: nowUs + CONFIRM_WITHIN_US, hasHappened: false };
    this.#emit(peer.act({ type: 'ping', peer: peer.id }, nowUs));
    this.#run({ type: 'congested', peer: peer.id }, nowUs);
  }

  #interrupt(peer: FaultyPeer, interruption: Interruption, nowUs: number): void {
    interruption.hasHappened = true;
    const { name, arg } = interruption.fault;
    if (name === 'reconnect') this.#say(peer, RECONNECT, nowUs);
    else if (name === 'invalid-session') this.#invalidate(peer, arg === true, nowUs);
    else
      this.#run(
        { type: 'drop', code: name === 'reset' ? null : Number(arg), to: { connection: peer.id } },
        nowUs,
      );
  }

  // The client may open a session again where it is.
  #invalidate(peer: FaultyPeer, isResumable: boolean, nowUs: number): void {
    peer.interruption = null;
    peer.hasSession = false;
    peer.hasReady = false;
    this.#run({ type: 'drained', peer: peer.id }, nowUs);
    const payload = { op: OP.INVALID_SESSION, d: isResumable, s: null, t: null };
    this.#run({ type: 'inject', payload, to: { connection: peer.id } }, nowUs);
  }

  #say(peer: FaultyPeer, text: string, nowUs: number): void {
    this.#emit(peer.act({ type: 'send', peer: peer.id, text, event: null, seq: null }, nowUs));
  }

  #wakeAtUs(): number | null {
    const { awaitedAgeUs } = this.#plan;
    let wakeAtUs = this.#scriptWakeAtUs;
    for (const peer of this.#peers.values()) {
      wakeAtUs = earliest(wakeAtUs, peer.dueAtUs);
      if (awaitedAgeUs !== null) wakeAtUs = earliest(wakeAtUs, peer.connectedAtUs + awaitedAgeUs);
    }
    return wakeAtUs;
  }
}
