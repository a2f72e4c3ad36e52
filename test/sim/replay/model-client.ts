/**
 * A model client: does what the documentation asks of one, whatever the mock does to it, and keeps what it was sent.
 *
 * Source: Discord Docs/Gateway, "Connection Lifecycle"; Discord Docs/Opcodes and Status Codes.
 */
import { findCloseCode } from '../../../src/gateway/close-codes.js';
import { OP } from '../../../src/gateway/opcodes.js';
import { asObject, asString, type Payload } from '../../../src/gateway/payload.js';
import type { Random } from '../random.js';
import type { Arrival, Link } from './link.js';

/** After so long without HELLO it connects again (`helloTimeout` of @discordjs/ws 2). */
const HELLO_WITHIN_US = 60_000_000;

/** What a client does by itself. */
export interface ClientHabits {
  /** Share of payloads after which it leaves and comes back. */
  readonly leaving: number;
  /** Pause before it connects or identifies again, in µs. */
  readonly pauseUs: number;
  readonly shard: readonly [id: number, count: number];
  /** Whether IDENTIFY asks for compressed payloads. */
  readonly isCompressing: boolean;
}

/** A session as the client knows it. */
export interface KnownSession {
  readonly id: string;
  seq: number;
  /** Texts of its dispatches, by sequence number. */
  readonly texts: Map<number, string>;
}

/** One client. */
export class ModelClient {
  readonly faults: string[] = [];
  /** All sessions, the present one last. */
  readonly sessions: KnownSession[] = [];
  session: KnownSession | null = null;
  /** It may not come back, by the code with which it was closed. */
  isGone = false;
  resumes = 0;
  /** Codes with which it was closed after HELLO. */
  readonly closed: (number | null)[] = [];
  /** Heartbeats that were not acknowledged when the next one was due. */
  unacknowledged = 0;
  link: Link;
  readonly #connect: () => Link;
  readonly #random: Random;
  readonly #habits: ClientHabits;
  #intervalUs = Infinity;
  #beatAtUs = Infinity;
  #isUnacknowledged = false;
  /** When it gives up waiting for HELLO. */
  #helloByUs: number;
  /** When it connects again, or opens a session. */
  #actAtUs = Infinity;

  constructor(random: Random, habits: ClientHabits, connect: () => Link) {
    this.#random = random;
    this.#habits = habits;
    this.#connect = connect;
    this.link = connect();
    this.#helloByUs = HELLO_WITHIN_US;
  }

  /** When it does something by itself. */
  get wakeAtUs(): number {
    return Math.min(this.#beatAtUs, this.#actAtUs, this.#helloByUs);
  }

  /** Does what is due. */
  wake(nowUs: number): void {
    if (this.#actAtUs <= nowUs) {
      this.#actAtUs = Infinity;
      if (this.link.isEnded) {
        this.link = this.#connect();
        this.#helloByUs = nowUs + HELLO_WITHIN_US;
      } else this.#open();
    }
    if (this.#helloByUs <= nowUs) this.#leave(4000, nowUs);
    if (this.#beatAtUs > nowUs) return;
    if (this.#isUnacknowledged) {
      this.unacknowledged += 1;
      this.#leave(4000, nowUs);
    } else this.#beat(nowUs);
  }

  /** Takes what arrives. */
  take(arrival: Arrival, nowUs: number): void {
    if (arrival.type === 'closed') this.#closed(arrival.code, nowUs);
    else if (arrival.type === 'undecodable') this.#leave(4002, nowUs);
    else if (arrival.type === 'payload') {
      this.#payload(arrival.payload, arrival.text, nowUs);
      if (!this.link.isEnded && this.#random.chance(this.#habits.leaving))
        this.#leave(this.#random.pick([4200, 4000, null]), nowUs);
    }
  }

  #payload({ op, d, s, t }: Payload, text: string, nowUs: number): void {
    switch (op) {
      case OP.HELLO:
        this.#helloByUs = Infinity;
        this.#intervalUs = Number(asObject(d)?.['heartbeat_interval']) * 1000;
        this.#beatAtUs = nowUs + this.#intervalUs * (0.1 + 0.9 * (this.#random.below(100) / 100));
        this.#open();
        return;
      case OP.HEARTBEAT:
        this.#beat(nowUs);
        return;
      case OP.HEARTBEAT_ACK:
        this.#isUnacknowledged = false;
        return;
      case OP.RECONNECT:
        this.#leave(4200, nowUs);
        return;
      case OP.INVALID_SESSION:
        if (d !== true) this.session = null;
        this.#actAtUs = nowUs + this.#habits.pauseUs;
        return;
      case OP.DISPATCH:
        this.#dispatch(s ?? 0, t, asObject(d), text);
    }
  }

  #dispatch(s: number, t: string | null, d: ReturnType<typeof asObject>, text: string): void {
    // To a client that stays where the recorded one began again, its READY comes as any other dispatch.
    const id = t === 'READY' ? asString(d?.['session_id'] ?? null) : null;
    if (id !== null && id !== this.session?.id) {
      this.session = { id, seq: 0, texts: new Map() };
      this.sessions.push(this.session);
    }
    if (this.session === null) {
      this.faults.push(`${String(t)} came without a session`);
      return;
    }
    if (t === 'RESUMED') this.resumes += 1;
    this.#note(this.session, s, t, text);
    this.session.seq = s;
  }

  /** A number means the same dispatch each time, but for those that depend on the connection. */
  #note({ id, seq, texts }: KnownSession, s: number, t: string | null, text: string): void {
    const known = texts.get(s);
    // RESUMED may repeat the last number; any other dispatch does only if it is sent twice.
    const isNext = s === seq + 1 || (s === seq && (t === 'RESUMED' || known === text));
    if (!isNext) this.faults.push(`${s} of session ${id} came behind ${seq}`);
    const isLive = t === 'READY' || t === 'RESUMED' || known?.includes('"RESUMED"') === true;
    if (known !== undefined && !isLive && known !== text)
      this.faults.push(`${s} of session ${id} was ${known}, and is ${text}`);
    texts.set(s, text);
  }

  /** RESUME, or IDENTIFY without a session. */
  #open(): void {
    const token = 'redacted:1';
    const { shard, isCompressing } = this.#habits;
    const d =
      this.session === null
        ? { token, intents: 1, properties: {}, shard, ...(isCompressing ? { compress: true } : {}) }
        : { token, session_id: this.session.id, seq: this.session.seq };
    this.link.say(JSON.stringify({ op: this.session === null ? OP.IDENTIFY : OP.RESUME, d }));
  }

  #beat(nowUs: number): void {
    if (this.#beatAtUs <= nowUs) this.#beatAtUs = nowUs + this.#intervalUs;
    this.#isUnacknowledged = true;
    this.link.say(JSON.stringify({ op: OP.HEARTBEAT, d: this.session?.seq ?? null }));
  }

  #leave(code: number | null, nowUs: number): void {
    this.link.leave(code);
    this.#comeBack(nowUs);
  }

  #closed(code: number | null, nowUs: number): void {
    if (this.#helloByUs === Infinity) this.closed.push(code);
    const known = code === null ? null : findCloseCode(code);
    if (known?.isResumable === false) this.session = null;
    if (known?.isReconnectable === false) this.isGone = true;
    this.#comeBack(nowUs);
  }

  #comeBack(nowUs: number): void {
    [this.#beatAtUs, this.#helloByUs, this.#isUnacknowledged] = [Infinity, Infinity, false];
    this.#actAtUs = this.isGone ? Infinity : nowUs + this.#habits.pauseUs;
  }
}
