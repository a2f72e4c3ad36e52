/**
 * Playbook for the session tracker: a script of payloads, each with the events it must cause.
 *
 * A mismatch shows both scripts whole, line by line, so that a failure reads like a trace.
 */
import { expect } from 'vitest';
import type { JsonValue } from '../../src/gateway/payload.js';
import { type SessionEvent, SessionTracker } from '../../src/gateway/session/session.js';
import type { Sender } from '../../src/wire/frame.js';

/** One line of a script: who sends what on which connection, and what the tracker says in short. */
export type Line = readonly [connection: number, who: Sender, what: Step, ...says: string[]];

/** A payload in short; `s` and `t` default to null. */
export interface Step {
  readonly op: number;
  readonly d?: JsonValue;
  readonly s?: number | null;
  readonly t?: string | null;
}

/** Dispatch of an event. */
export const dispatch = (s: number | null, t: string, d: JsonValue = {}): Step => ({ op: 0, s, t, d });
export const HELLO: Step = { op: 10, d: { heartbeat_interval: 41_250 } };
export const IDENTIFY: Step = {
  op: 2,
  d: { token: 'token', properties: { browser: 'lib 1' }, intents: 513, shard: [0, 2] },
};
export const resume = (id: string, seq: number): Step => ({
  op: 6,
  d: { token: 'token', session_id: id, seq },
});
export const ready = (s: number, id: string): Step =>
  dispatch(s, 'READY', { session_id: id, user: { id: '42' }, shard: [0, 2] });
export const invalidSession = (isResumable: boolean): Step => ({ op: 9, d: isResumable });

/** An event in one line: `attach 1`, `resume 1`, `facts 1 id=a user=42`, or the observation's name. */
export function inShort(event: SessionEvent): string {
  if (event.type === 'observation') return event.name;
  if (event.type === 'attached') return `${event.isResume ? 'resume' : 'attach'} ${event.session}`;
  if (event.type === 'refused') return `refused ${event.session}`;
  if (event.type === 'returned') return `returned ${event.connection} to ${event.session}`;
  const { sessionId, userId, shard, library, intents } = event;
  const facts = Object.entries({ id: sessionId, user: userId, shard, library, intents })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${String(value)}`);
  return ['facts', event.session, ...facts].join(' ');
}

/** Plays a script; connections are opened at their first line, all with the same user agent. */
export function playSession(script: readonly Line[], tracker = new SessionTracker()): void {
  const opened = new Set<number>();
  const played = script.map(([connection, who, what]) => {
    if (!opened.has(connection)) tracker.open(connection, 'agent');
    opened.add(connection);
    const payload = { d: null, s: null, t: null, ...what };
    return [connection, who, what, ...tracker.observe(connection, payload, who).map(inShort)];
  });
  expect(played).toEqual(script);
}
