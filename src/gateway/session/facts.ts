/**
 * Facts about a session, read from the `d` of IDENTIFY, RESUME and READY.
 *
 * A field that is missing or has another type reads as null: peers may violate the documentation.
 * Source: Discord Docs/Gateway Events, "Identify", "Resume" and "Ready".
 */
import { BOUNDS } from '../../wire/bounds.js';
import { asInteger, asObject, asShard, asString, type JsonValue, type Shard } from '../payload.js';

/** New facts of a session; null means unchanged. */
export interface SessionFactsEvent {
  readonly type: 'facts';
  readonly session: number;
  /** `session_id` as sent: a secret. */
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly shard: Shard | null;
  /** Name of the client. */
  readonly library: string | null;
  readonly intents: number | null;
  /** `token` as sent: a secret. */
  readonly token: string | null;
}

const NO_FACTS = {
  type: 'facts',
  sessionId: null,
  userId: null,
  shard: null,
  library: null,
  intents: null,
  token: null,
} as const;

/** Facts of an IDENTIFY; the library is `properties.browser`, `$browser` in old ones, or the user agent. */
export function identifyFacts(session: number, d: JsonValue, userAgent: string | null): SessionFactsEvent {
  const identify = asObject(d) ?? {};
  const properties = asObject(identify['properties']) ?? {};
  return {
    ...NO_FACTS,
    session,
    shard: asShard(identify['shard']),
    library: asString(properties['browser']) ?? asString(properties['$browser']) ?? userAgent,
    intents: asInteger(identify['intents']),
    token: asString(identify['token']),
  };
}

/** Facts of a RESUME whose session began before this capture. */
export function resumeFacts(session: number, d: JsonValue, userAgent: string | null): SessionFactsEvent {
  const token = asString(asObject(d)?.['token']);
  return { ...NO_FACTS, session, sessionId: readSessionId(d), library: userAgent, token };
}

/** Facts of a READY. */
export function readyFacts(session: number, d: JsonValue): SessionFactsEvent {
  const ready = asObject(d) ?? {};
  return {
    ...NO_FACTS,
    session,
    sessionId: readSessionId(d),
    userId: asString(asObject(ready['user'])?.['id']),
    shard: asShard(ready['shard']),
  };
}

/** `session_id` of a READY or RESUME; null for one of a length that no id has, since ids are remembered. */
export function readSessionId(d: JsonValue): string | null {
  const id = asString(asObject(d)?.['session_id']);
  return id !== null && id.length <= BOUNDS.nameChars ? id : null;
}

/** `session_id` and `seq` of a RESUME. */
export function readResume(d: JsonValue): { readonly id: string | null; readonly seq: number | null } {
  return { id: readSessionId(d), seq: asInteger(asObject(d)?.['seq']) };
}
