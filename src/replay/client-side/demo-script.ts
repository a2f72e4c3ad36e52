/**
 * DemoClientScript: the client side of the gateway as a state machine, as small as a well-behaved bot can be.
 *
 *   HELLO ─► IDENTIFY ─► READY ─► dispatches …          a lost connection ─► RESUME ─► RESUMED ─► …
 *
 * It beats its heart, answers requests to, resumes after RECONNECT and after every close that allows it, and
 * identifies anew where it must. Like `GatewayScript` it has no sockets and no clock: inputs and times in,
 * actions and the next wake-up out. Source: Discord Docs/Gateway, "Connection Lifecycle".
 */
import { findCloseCode } from '../../gateway/close-codes.js';
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject, asString, type JsonValue, type Payload } from '../../gateway/payload.js';
import { parseGatewayUrl } from '../../wire/transport.js';

/** What happens to the client. */
export type DemoClientInput =
  | { readonly type: 'start' | 'tick' | 'stop' }
  | { readonly type: 'payload'; readonly payload: Payload }
  /** Connection ended, or could not be opened; `code` is null without a close frame. */
  | { readonly type: 'closed'; readonly code: number | null };

/** What the client does. */
export type DemoClientAction =
  /** Opens a connection; there is none at that time. */
  | { readonly type: 'connect'; readonly url: string }
  | { readonly type: 'send'; readonly payload: { readonly op: number; readonly d: JsonValue } }
  /** Hands an event on. */
  | { readonly type: 'dispatch'; readonly payload: Payload }
  /** Closes the connection; `closed` follows. */
  | { readonly type: 'close'; readonly code: number }
  /** Gives up: the gateway said that connecting again is no use. */
  | { readonly type: 'fail'; readonly code: number };

/** Who the client is, and where it connects. */
export interface DemoClientOptions {
  /** Gateway URL without a query. */
  readonly url: string;
  /** `d` of IDENTIFY, complete. */
  readonly identify: { readonly token: string; readonly [key: string]: JsonValue };
  /** Part of a heartbeat interval that passes before the first beat, 0 to 1. */
  readonly jitter: number;
}

/** Answer to an input. */
export interface DemoClientStep {
  readonly actions: readonly DemoClientAction[];
  /** When the next tick is due, in µs, or null. */
  readonly wakeAtUs: number | null;
}

// Not 1000 or 1001, which would destroy the session.
const RESUMABLE_CLOSE = 4000;
const NORMAL_CLOSE = 1000;
// The documentation asks for one to five seconds after INVALID_SESSION.
const INVALID_SESSION_DELAY_US = 1_000_000;
const FIRST_RETRY_US = 250_000;
const LAST_RETRY_US = 30_000_000;

interface Session {
  readonly id: string;
  readonly resumeUrl: string;
}

/** One client. */
export class DemoClientScript {
  readonly #options: DemoClientOptions;
  #actions: DemoClientAction[] = [];
  #session: Session | null = null;
  #seq: number | null = null;
  #isStopped = false;
  #retries = 0;
  #intervalUs = 0;
  #isAcknowledged = true;
  #beatAtUs: number | null = null;
  #connectAtUs: number | null = null;
  #openAtUs: number | null = null; // when to identify or resume, after INVALID_SESSION

  constructor(options: DemoClientOptions) {
    this.#options = options;
  }

  /** Takes one input at `nowUs`, by a clock that never runs backwards. */
  step(input: DemoClientInput, nowUs: number): DemoClientStep {
    this.#actions = [];
    switch (input.type) {
      case 'start':
        this.#connect();
        break;
      case 'payload':
        if (!this.#isStopped) this.#payload(input.payload, nowUs);
        break;
      case 'closed':
        this.#closed(input.code, nowUs);
        break;
      case 'tick':
        this.#tick(nowUs);
        break;
      case 'stop':
        this.#isStopped = true;
        this.#rest();
        this.#actions.push({ type: 'close', code: NORMAL_CLOSE });
        break;
    }
    return { actions: this.#actions, wakeAtUs: this.#wakeAtUs() };
  }

  #payload(payload: Payload, nowUs: number): void {
    switch (payload.op) {
      case OP.DISPATCH:
        this.#dispatch(payload);
        return;
      case OP.HEARTBEAT:
        this.#beat(nowUs);
        return;
      case OP.RECONNECT:
        this.#leave();
        return;
      case OP.INVALID_SESSION:
        if (payload.d !== true) this.#forgetSession();
        this.#openAtUs = nowUs + INVALID_SESSION_DELAY_US;
        return;
      case OP.HELLO:
        this.#hello(payload.d, nowUs);
        return;
      case OP.HEARTBEAT_ACK:
        this.#isAcknowledged = true;
        return;
    }
  }

  #dispatch(payload: Payload): void {
    this.#seq = payload.s ?? this.#seq;
    if (payload.t === 'READY') {
      const id = asString(asObject(payload.d)?.['session_id']);
      const resumeUrl = parseGatewayUrl(asString(asObject(payload.d)?.['resume_gateway_url']) ?? '');
      this.#session = id === null ? null : { id, resumeUrl: resumeUrl ?? this.#options.url };
    }
    this.#retries = 0;
    this.#actions.push({ type: 'dispatch', payload });
  }

  #hello(d: JsonValue, nowUs: number): void {
    this.#intervalUs = (asInteger(asObject(d)?.['heartbeat_interval']) ?? 0) * 1000;
    this.#isAcknowledged = true;
    if (this.#intervalUs > 0) this.#beatAtUs = nowUs + Math.floor(this.#intervalUs * this.#options.jitter);
    this.#open();
  }

  #open(): void {
    this.#openAtUs = null;
    const { identify } = this.#options;
    if (this.#session === null) this.#send(OP.IDENTIFY, identify);
    else this.#send(OP.RESUME, { token: identify.token, session_id: this.#session.id, seq: this.#seq });
  }

  #beat(nowUs: number): void {
    this.#send(OP.HEARTBEAT, this.#seq);
    this.#beatAtUs = nowUs + this.#intervalUs;
  }

  #tick(nowUs: number): void {
    if (this.#connectAtUs !== null && this.#connectAtUs <= nowUs) this.#connect();
    if (this.#openAtUs !== null && this.#openAtUs <= nowUs) this.#open();
    if (this.#beatAtUs === null || this.#beatAtUs > nowUs) return;
    if (!this.#isAcknowledged) {
      this.#leave(); // nobody has answered the last beat: the connection is dead
      return;
    }
    this.#isAcknowledged = false;
    this.#beat(nowUs);
  }

  #closed(code: number | null, nowUs: number): void {
    this.#rest();
    if (this.#isStopped) return;
    const row = code === null ? null : findCloseCode(code);
    if (code !== null && row?.isReconnectable === false) {
      this.#isStopped = true;
      this.#actions.push({ type: 'fail', code });
      return;
    }
    if (row?.isResumable === false) this.#forgetSession();
    // A resume URL that does not answer is no reason to give up the session: it may be known elsewhere.
    if (this.#retries > 0 && this.#session !== null) {
      this.#session = { ...this.#session, resumeUrl: this.#options.url };
    }
    this.#connectAtUs = nowUs + Math.min(FIRST_RETRY_US * 2 ** this.#retries, LAST_RETRY_US);
    this.#retries += 1;
  }

  #connect(): void {
    this.#connectAtUs = null;
    this.#actions.push({ type: 'connect', url: this.#session?.resumeUrl ?? this.#options.url });
  }

  #leave(): void {
    this.#rest();
    this.#actions.push({ type: 'close', code: RESUMABLE_CLOSE });
  }

  #rest(): void {
    this.#beatAtUs = null;
    this.#openAtUs = null;
    this.#connectAtUs = null;
  }

  #forgetSession(): void {
    this.#session = null;
    this.#seq = null;
  }

  #send(op: number, d: JsonValue): void {
    this.#actions.push({ type: 'send', payload: { op, d } });
  }

  #wakeAtUs(): number | null {
    const times = [this.#beatAtUs, this.#openAtUs, this.#connectAtUs].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }
}
