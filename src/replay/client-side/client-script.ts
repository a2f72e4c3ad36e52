/**
 * ClientScript: plays the recorded client against a gateway, and collects what the gateway sends.
 *
 * A step is played when its time has come and the gateway has sent everything that the recorded client had read before
 * it. A payload that does not arrive within the patience is given up. Live values replace recorded ones for token,
 * session id, sequence number and resume URL. The player sends its own heartbeats. Like `GatewayScript` it has no
 * sockets and no clock.
 */
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject, asString, type JsonValue, type Payload } from '../../gateway/payload.js';
import { parseGatewayUrl } from '../../wire/transport.js';
import { PlaybackClock, type Speed } from '../clock.js';
import { closeItem, type DiffItem, UNPLAYED_OPS } from '../compare/payload-diff.js';
import { type ClientAct, type ClientProgram, type SendAct } from './program.js';
import { spliceMembers } from '../payload-splice.js';

/** Input of the player; `connection` is the ordinal of the recorded connection. */
export type ClientInput =
  | { readonly type: 'start' | 'tick' }
  | { readonly type: 'opened'; readonly connection: number }
  | {
      readonly type: 'payload';
      readonly connection: number;
      readonly payload: Payload;
      readonly text: string;
    }
  /** Connection ended, or could not be opened; `code` is null without a close frame. */
  | { readonly type: 'closed'; readonly connection: number; readonly code: number | null };

/** Action of the player. */
export type ClientAction =
  | { readonly type: 'connect'; readonly connection: number; readonly url: string }
  | { readonly type: 'send'; readonly connection: number; readonly text: string }
  | { readonly type: 'close'; readonly connection: number; readonly code: number | null }
  /** Everything has been played; `received` is complete. */
  | { readonly type: 'finish' };

/** Answer to an input. */
export interface ClientStep {
  readonly actions: readonly ClientAction[];
  /** When the next tick is due, in µs, or null. */
  readonly wakeAtUs: number | null;
}

/** How a recording is played. */
export interface ClientScriptOptions {
  /** Gateway URL without a query. */
  readonly url: string;
  /** Token for IDENTIFY and RESUME, or null for the recorded placeholder. */
  readonly token: string | null;
  readonly speed: Speed;
  /** How long to wait for a payload beyond its time, in µs. */
  readonly patienceUs: number;
}

const NORMAL_CLOSE = 1000;
// Quiet time after which the gateway is taken to have sent everything.
const QUIET_US = 100_000;
// A gateway that cannot be reached is given up after this, or after the patience if that is longer.
const DIAL_WITHIN_US = 10_000_000;

interface Connection {
  intervalUs: number;
  beatAtUs: number | null;
  isDialling: boolean; // nothing is known of the gateway yet
  isLeft: boolean; // closed by the player
}

/** One playing of a recording. */
export class ClientScript {
  readonly #program: ClientProgram;
  readonly #options: ClientScriptOptions;
  readonly #clock: PlaybackClock;
  readonly #connections = new Map<number, Connection>(); // open ones
  readonly #received: DiffItem[] = [];
  readonly #lastOpenAct: number;
  #actions: ClientAction[] = [];
  #next = 0;
  #givenUp = 0; // payloads that are no longer waited for
  #progressUs: number;
  #isFinished = false;
  #sessionId: string | null = null;
  #resumeUrl: string | null = null;
  #seq: number | null = null;

  constructor(program: ClientProgram, options: ClientScriptOptions, nowUs: number) {
    this.#program = program;
    this.#options = options;
    this.#clock = new PlaybackClock(options.speed, 0, nowUs);
    this.#progressUs = nowUs;
    this.#lastOpenAct = program.acts.findLastIndex(({ type }) => type !== 'close');
  }

  /** Payloads and closes of the gateway, in order, without heartbeats. */
  get received(): readonly DiffItem[] {
    return this.#received;
  }

  /** Takes one input at `nowUs`, by a clock that never runs backwards. */
  step(input: ClientInput, nowUs: number): ClientStep {
    this.#actions = [];
    if (input.type === 'opened') this.#opened(input.connection, nowUs);
    else if (input.type === 'payload') this.#payload(input, nowUs);
    else if (input.type === 'closed') this.#closed(input.connection, input.code, nowUs);
    if (!this.#isFinished) this.#play(nowUs);
    return { actions: this.#actions, wakeAtUs: this.#isFinished ? null : this.#wakeAtUs() };
  }

  #payload({ connection, payload, text }: ClientInput & { type: 'payload' }, nowUs: number): void {
    const state = this.#connections.get(connection);
    if (state === undefined || state.isLeft) return;
    state.isDialling = false;
    const { op, s: seq, t: event } = payload;
    if (op === OP.HELLO) this.#hello(state, payload.d, nowUs);
    if (op === OP.HEARTBEAT) this.#beat(connection, state, nowUs);
    if (event === 'READY') this.#ready(payload.d);
    if (seq !== null) this.#seq = seq;
    if (UNPLAYED_OPS.has(op) || (op === OP.HELLO && !this.#program.greeted.has(connection))) return;
    if (event === 'READY' && this.#program.isMidSession) return;
    this.#received.push({ op, event, seq, text });
    this.#progressUs = nowUs;
  }

  #hello(state: Connection, d: JsonValue, nowUs: number): void {
    state.intervalUs = (asInteger(asObject(d)?.['heartbeat_interval']) ?? 0) * 1000;
    state.beatAtUs = findBeat(state, nowUs);
  }

  #ready(d: JsonValue): void {
    this.#sessionId = asString(asObject(d)?.['session_id']);
    this.#resumeUrl = parseGatewayUrl(asString(asObject(d)?.['resume_gateway_url']) ?? '');
  }

  #beat(connection: number, state: Connection, nowUs: number): void {
    this.#send(connection, JSON.stringify({ op: OP.HEARTBEAT, d: this.#seq }));
    state.beatAtUs = findBeat(state, nowUs);
  }

  // The patience with a gateway begins when it can be heard.
  #opened(connection: number, nowUs: number): void {
    const state = this.#connections.get(connection);
    if (state === undefined) return;
    state.isDialling = false;
    this.#progressUs = nowUs;
  }

  #closed(connection: number, code: number | null, nowUs: number): void {
    const state = this.#connections.get(connection);
    if (state === undefined) return;
    this.#connections.delete(connection);
    if (!state.isLeft) this.#received.push(closeItem(code));
    this.#progressUs = nowUs;
  }

  #play(nowUs: number): void {
    for (const [connection, state] of this.#connections) {
      if (state.beatAtUs !== null && state.beatAtUs <= nowUs) this.#beat(connection, state, nowUs);
    }
    for (;;) {
      const act = this.#nextAct();
      if (act === undefined) break;
      if (this.#waitsForEnd(act)) return;
      if (!this.#hasCome(act.after, nowUs) || this.#clock.dueAtUs(act.atUs) > nowUs) return;
      this.#next += 1;
      this.#clock.set(act.atUs, nowUs);
      this.#perform(act);
    }
    const isOver = this.#hasCome(this.#program.expected.length, nowUs) && nowUs >= this.#quietAtUs();
    if (isOver) this.#wrapUp();
  }

  // A client comes back when it has left: a gateway that has not heard of that takes it for another one.
  #waitsForEnd(act: ClientAct | undefined): boolean {
    return act?.type === 'connect' && [...this.#connections.values()].some(({ isLeft }) => isLeft);
  }

  // The next act, but for closes with nothing behind them: those are the end, and come when all is quiet.
  #nextAct(): ClientAct | undefined {
    return this.#next > this.#lastOpenAct ? undefined : this.#program.acts[this.#next];
  }

  #quietAtUs(): number {
    if (this.#connections.size === 0) return this.#progressUs;
    return this.#progressUs + (this.#isDialling() ? DIAL_WITHIN_US : QUIET_US);
  }

  #isDialling(): boolean {
    return [...this.#connections.values()].some(({ isDialling }) => isDialling);
  }

  // Whether the first `count` expected payloads have come, or are given up.
  #hasCome(count: number, nowUs: number): boolean {
    const lacking = count - this.#received.length - this.#givenUp;
    if (lacking <= 0) return true;
    const isHopeless = this.#connections.size === 0;
    if (!isHopeless && nowUs < this.#giveUpAtUs(count)) return false;
    this.#givenUp += lacking;
    return true;
  }

  #giveUpAtUs(count: number): number {
    const atUs = this.#program.expected[count - 1]?.atUs ?? 0;
    const { patienceUs } = this.#options;
    const waitUs = this.#isDialling() ? Math.max(patienceUs, DIAL_WITHIN_US) : patienceUs;
    return Math.max(this.#progressUs, this.#clock.dueAtUs(atUs)) + waitUs;
  }

  #perform(act: ClientAct): void {
    const { connection } = act;
    if (act.type === 'connect') {
      const url = act.isResume ? this.#resumeUrl : null;
      this.#connections.set(connection, { intervalUs: 0, beatAtUs: null, isDialling: true, isLeft: false });
      this.#actions.push({ type: 'connect', connection, url: url ?? this.#options.url });
    } else if (act.type === 'close') this.#leave(connection, act.code);
    else this.#send(connection, this.#liveText(act));
  }

  #liveText({ op, text, lag }: SendAct): string {
    const { token } = this.#options;
    const members = new Map<string, string>();
    if ((op === OP.IDENTIFY || op === OP.RESUME) && token !== null)
      members.set('token', JSON.stringify(token));
    if (op === OP.RESUME && this.#sessionId !== null) {
      members.set('session_id', JSON.stringify(this.#sessionId));
      members.set('seq', String(Math.max(0, (this.#seq ?? 0) - lag)));
    } else if (op === OP.RESUME) return identifyText(token);
    return members.size === 0 ? text : spliceMembers(text, members);
  }

  #leave(connection: number, code: number | null): void {
    const state = this.#connections.get(connection);
    if (state === undefined || state.isLeft) return;
    state.isLeft = true;
    state.beatAtUs = null;
    this.#actions.push({ type: 'close', connection, code });
  }

  #wrapUp(): void {
    for (const act of this.#program.acts.slice(this.#next)) this.#perform(act);
    for (const connection of this.#connections.keys()) this.#leave(connection, NORMAL_CLOSE);
    this.#isFinished = true;
    this.#actions.push({ type: 'finish' });
  }

  #send(connection: number, text: string): void {
    if (this.#connections.get(connection)?.isLeft === false) {
      this.#actions.push({ type: 'send', connection, text });
    }
  }

  #wakeAtUs(): number | null {
    const act = this.#nextAct();
    // The shell reports every end.
    if (this.#waitsForEnd(act)) return null;
    const count = act?.after ?? this.#program.expected.length;
    const isLacking = count > this.#received.length + this.#givenUp;
    const dueAtUs = act === undefined ? this.#quietAtUs() : this.#clock.dueAtUs(act.atUs);
    const times = [isLacking ? this.#giveUpAtUs(count) : dueAtUs];
    for (const { beatAtUs } of this.#connections.values()) if (beatAtUs !== null) times.push(beatAtUs);
    return Math.min(...times);
  }
}

// Null until a HELLO has given an interval: a heartbeat that is due at once would be followed by the next one at once.
function findBeat({ intervalUs }: Connection, nowUs: number): number | null {
  return intervalUs > 0 ? nowUs + intervalUs : null;
}

// For a recording that begins within a session, which a new gateway does not know.
function identifyText(token: string | null): string {
  const properties = { os: 'linux', browser: 'gatetape', device: 'gatetape' };
  return JSON.stringify({ op: OP.IDENTIFY, d: { token: token ?? '', properties, intents: 1 } });
}
