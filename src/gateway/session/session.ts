/**
 * Sessions of one capture: assigns connections to sessions, by their payloads in order.
 *
 * Theory of operation. A session begins with IDENTIFY, gets its id from READY and outlives its connection: a RESUME
 * with that id continues it (the last one, if several had that id). So sessions are found by id, never by socket; one
 * socket may carry several (IDENTIFY again after INVALID_SESSION), and one session many sockets. A RESUME of an id that
 * this capture never saw opens a session under that id. Sequence numbers belong to the session.
 *
 * The tracker never refuses a payload: a protocol violation becomes an observation.
 * Source: Discord Docs/Gateway, "Resuming"; docs.discord.food/gateway/using-gateway.
 */
import { BOUNDS } from '../../wire/bounds.js';
import type { Sender } from '../../wire/frame.js';
import { findCloseCode } from '../close-codes.js';
import type { ObservationName } from './observations.js';
import { findOpcode, OP } from '../opcodes.js';
import type { Payload } from '../payload.js';
import {
  identifyFacts,
  readResume,
  readSessionId,
  readyFacts,
  resumeFacts,
  type SessionFactsEvent,
} from './facts.js';
import { type Phase, readSignal, TRANSITIONS } from './phases.js';

/** Events of the tracker for a payload. `session` is a key that counts from 1 within the capture. */
export type SessionEvent =
  | { readonly type: 'attached'; readonly session: number; readonly isResume: boolean }
  /** The gateway refused the RESUME that attached the session. */
  | { readonly type: 'refused'; readonly session: number }
  /** An earlier connection, which ended after a RECONNECT instead of HELLO, belongs to the session too. */
  | { readonly type: 'returned'; readonly session: number; readonly connection: number }
  | SessionFactsEvent
  | { readonly type: 'observation'; readonly name: ObservationName; readonly detail: string };

/** Sessions that are found again by id; beyond it the oldest are forgotten. */
export const MAX_KNOWN_SESSIONS = BOUNDS.knownSessions;
/**
 * Maximum number of connections that were turned away and wait for their session; beyond it the oldest are forgotten.
 */
const MAX_TURNED_AWAY = 64;

const NOTHING: readonly SessionEvent[] = Object.freeze([]);
interface Session {
  readonly key: number;
  id: string | null;
  lastSeq: number | null;
}

interface Connection {
  readonly userAgent: string | null;
  phase: Phase;
  /** Whether the gateway has sent anything except heartbeat answers, and whether that was HELLO. */
  isGreeted: boolean;
  hasHello: boolean;
  /** Whether RECONNECT came instead of HELLO. */
  isTurnedAway: boolean;
  session: Session | null;
  readonly remarked: Set<string>;
}

/** Follows the sessions of a capture over all its connections. */
export class SessionTracker {
  readonly #connections = new Map<number, Connection>();
  readonly #sessions = new Map<string, Session>();
  readonly #turnedAway = new Map<number, string | null>(); // user agents by connection
  #lastKey = 0;

  /** Begins a connection; `userAgent` names the library where IDENTIFY does not. */
  open(connection: number, userAgent: string | null): void {
    this.#connections.set(connection, {
      userAgent,
      phase: 'none',
      isGreeted: false,
      hasHello: false,
      isTurnedAway: false,
      session: null,
      remarked: new Set(),
    });
  }

  /** Ends a connection; its session may continue on another one. `closeCode` is the gateway's, or null. */
  close(connection: number, closeCode: number | null): readonly SessionEvent[] {
    const state = this.#connections.get(connection);
    this.#connections.delete(connection);
    if (state?.isTurnedAway === true && state.session === null) this.#keepTurnedAway(connection, state);
    if (state?.phase !== 'resuming' || state.session === null || closeCode === null) return NOTHING;
    return findCloseCode(closeCode)?.isResumable === false
      ? [{ type: 'refused', session: state.session.key }]
      : NOTHING;
  }

  /** Key of the session that a connection carries, or null. */
  findSession(connection: number): number | null {
    return this.#connections.get(connection)?.session?.key ?? null;
  }

  /** Takes the next payload of a connection; `d` is only read where a session begins, resumes or gets ready. */
  observe(connection: number, payload: Payload, sender: Sender): readonly SessionEvent[] {
    const state = this.#connections.get(connection);
    if (state === undefined) return NOTHING;
    if (isPlainDispatch(state, payload, sender)) return NOTHING;
    const events: SessionEvent[] = [];
    if (this.#checkOpcode(state, payload, sender, events)) {
      if (sender === 'gateway') greet(state, payload, events);
      this.#step(state, payload, sender, events);
    }
    return events;
  }

  /** Returns false for an opcode from the side that never sends it; it is then ignored. */
  #checkOpcode(state: Connection, { op }: Payload, sender: Sender, events: SessionEvent[]): boolean {
    const opcode = findOpcode(op);
    if (opcode === null) remarkOnce(state, events, 'unknown_opcode', op, `${sender} sent opcode ${op}`);
    else if (opcode.sentBy !== 'client/gateway' && opcode.sentBy !== sender) {
      remarkOnce(state, events, 'unexpected_sender', op, `${sender} sent opcode ${op} (${opcode.name})`);
      return false;
    }
    return true;
  }

  #step(state: Connection, payload: Payload, sender: Sender, events: SessionEvent[]): void {
    const signal = readSignal(sender, payload.op, payload.t);
    if (signal === null) return;
    const [next, remark] = TRANSITIONS[state.phase][signal];
    const detail = `${sender} sent opcode ${payload.op} in phase "${state.phase}"`;
    if (remark !== null) remarkOnce(state, events, remark, payload.op, detail);
    if (state.phase === 'resuming' && signal === 'invalid_session' && state.session !== null) {
      events.push({ type: 'refused', session: state.session.key });
    }
    state.phase = next;
    if (signal === 'identify') this.#identify(state, payload, events);
    else if (signal === 'resume') this.#resume(state, payload, events);
    else if (signal === 'ready') this.#ready(state, payload, events);
    if (payload.op === OP.DISPATCH && state.session !== null) checkSequence(state.session, payload, events);
  }

  #identify(state: Connection, payload: Payload, events: SessionEvent[]): void {
    const session = this.#begin(state, null, false, events);
    events.push(identifyFacts(session.key, payload.d, state.userAgent));
  }

  #resume(state: Connection, payload: Payload, events: SessionEvent[]): void {
    const { id, seq } = readResume(payload.d);
    const known = id === null ? undefined : this.#sessions.get(id);
    if (known === undefined) {
      const session = this.#begin(state, id, true, events);
      session.lastSeq = seq;
      events.push(resumeFacts(session.key, payload.d, state.userAgent));
      return;
    }
    if (seq !== null && known.lastSeq !== null && seq > known.lastSeq) {
      const detail = `resumes at ${seq}, the session was at ${known.lastSeq}`;
      events.push({ type: 'observation', name: 'resume_ahead', detail });
    }
    // The next dispatches replay from `seq` on, even where an earlier connection had already come further.
    known.lastSeq = seq ?? known.lastSeq;
    state.session = known;
    events.push({ type: 'attached', session: known.key, isResume: true });
    this.#return(state, known, events);
  }

  #keepTurnedAway(connection: number, { userAgent }: Connection): void {
    this.#turnedAway.set(connection, userAgent);
    for (const oldest of this.#turnedAway.keys()) {
      if (this.#turnedAway.size <= MAX_TURNED_AWAY) return;
      this.#turnedAway.delete(oldest);
    }
  }

  // A client that was turned away tries again with the session that it wanted to resume.
  #return({ userAgent }: Connection, { key }: Session, events: SessionEvent[]): void {
    for (const [connection, ofClient] of this.#turnedAway) {
      if (ofClient !== userAgent) continue;
      this.#turnedAway.delete(connection);
      events.push({ type: 'returned', session: key, connection });
    }
  }

  #ready(state: Connection, payload: Payload, events: SessionEvent[]): void {
    const id = readSessionId(payload.d);
    const current = state.session;
    const isOther = current === null || (current.id !== null && id !== null && current.id !== id);
    const session = isOther ? this.#begin(state, id, false, events) : current;
    this.#remember(session, id);
    events.push(readyFacts(session.key, payload.d));
  }

  #begin(state: Connection, id: string | null, isResume: boolean, events: SessionEvent[]): Session {
    const session: Session = { key: ++this.#lastKey, id: null, lastSeq: null };
    this.#remember(session, id);
    state.session = session;
    events.push({ type: 'attached', session: session.key, isResume });
    return session;
  }

  #remember(session: Session, id: string | null): void {
    if (id === null || session.id === id) return;
    session.id = id;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    if (this.#sessions.size <= MAX_KNOWN_SESSIONS) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }
}

/** Handles, without allocating, what nearly all payloads are: the next dispatch of a live session. */
function isPlainDispatch(state: Connection, payload: Payload, sender: Sender): boolean {
  const { session } = state;
  if (payload.op !== OP.DISPATCH || sender !== 'gateway' || session === null || !state.isGreeted)
    return false;
  if (session.lastSeq === null || payload.s !== session.lastSeq + 1) return false;
  const signal = readSignal(sender, OP.DISPATCH, payload.t);
  if (signal !== 'dispatch' || TRANSITIONS[state.phase].dispatch[1] !== null) return false;
  session.lastSeq = payload.s;
  return true;
}

function greet(state: Connection, { op }: Payload, events: SessionEvent[]): void {
  // A client may send a heartbeat before HELLO, and gets an answer.
  if (op === OP.HEARTBEAT_ACK && !state.isGreeted) return;
  if (op === OP.HELLO && state.hasHello) remarkOnce(state, events, 'second_hello', op, 'HELLO came again');
  // A gateway that shuts down may send RECONNECT instead of HELLO.
  if (op !== OP.HELLO && op !== OP.RECONNECT && !state.isGreeted) {
    remarkOnce(state, events, 'hello_missing', op, `the first opcode was ${op}`);
  }
  if (op === OP.RECONNECT && !state.isGreeted) state.isTurnedAway = true;
  state.isGreeted = true;
  state.hasHello ||= op === OP.HELLO;
}

function checkSequence(session: Session, { s }: Payload, events: SessionEvent[]): void {
  const last = session.lastSeq;
  if (s === null) {
    events.push({
      type: 'observation',
      name: 'seq_missing',
      detail: `the session was at ${last ?? 'its start'}`,
    });
    return;
  }
  // A new session starts at 1, or at 0 on some self-hosted gateways.
  const expected = last === null ? 1 : last + 1;
  session.lastSeq = s;
  if (s === expected || (last === null && s === 0)) return;
  const name = s > expected ? 'seq_gap' : 'seq_repeated';
  events.push({ type: 'observation', name, detail: `expected sequence ${expected}, got ${s}` });
}

function remarkOnce(
  state: Connection,
  events: SessionEvent[],
  name: ObservationName,
  op: number,
  detail: string,
): void {
  const key = `${name} ${op}`;
  if (state.remarked.has(key) || state.remarked.size >= BOUNDS.remarks) return;
  state.remarked.add(key);
  events.push({ type: 'observation', name, detail });
}
