/**
 * Reads the payloads that rules get as values: HELLO, heartbeats, IDENTIFY, RESUME, READY, and what `GET /gateway/bot`
 * answered.
 *
 * A field that is missing or has another type reads as null: peers may violate the documentation.
 */
import { OP } from '../gateway/opcodes.js';
import {
  asInteger,
  asObject,
  asShard,
  asString,
  type JsonObject,
  type JsonValue,
} from '../gateway/payload.js';
import type { LintedCall } from './events.js';
import type { BotLimits } from './facts.js';
import type { Beat, Hello, Identify, ReadyPayload, Resume } from './rule.js';

const SCHEME = /^\s*(?:Bot|Bearer)\s+/i;

/** A token without its scheme. */
export function withoutScheme(token: string): string {
  return token.replace(SCHEME, '');
}

/** HELLO of its `d`. */
export function readHello(d: JsonValue): Hello {
  const given = asObject(d)?.['heartbeat_interval'] ?? null;
  const interval = asInteger(given);
  return { intervalMs: interval !== null && interval > 0 ? interval : null, given };
}

/** A heartbeat of its opcode and `d`. */
export function readBeat(op: number, d: JsonValue): Beat {
  return { seq: op === OP.HEARTBEAT ? d : asObject(d)?.['seq'] };
}

/** IDENTIFY of its `d`. */
export function readIdentify(d: JsonValue): Identify {
  const fields = asObject(d) ?? {};
  return {
    d: fields,
    token: withoutScheme(asString(fields['token']) ?? ''),
    shard: asShard(fields['shard']),
    intents: asInteger(fields['intents']),
  };
}

/** RESUME of its `d`. */
export function readResumePayload(d: JsonValue): Resume {
  const fields = asObject(d) ?? {};
  return {
    token: withoutScheme(asString(fields['token']) ?? ''),
    sessionId: asString(fields['session_id']),
    seq: asInteger(fields['seq']),
  };
}

/** READY of its `d`. */
export function readReadyPayload(d: JsonValue): ReadyPayload {
  const fields = asObject(d) ?? {};
  return {
    d: fields,
    sessionId: asString(fields['session_id']),
    resumeUrl: asString(fields['resume_gateway_url']),
    shard: asShard(fields['shard']),
    isBot: asObject(fields['user'])?.['bot'] === true,
  };
}

/** Objects in the list `value`; empty for any other value. */
export function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).map(asObject).filter((item) => item !== null);
}

/** Limits in the answer to `GET /gateway/bot`, or null if the call was another one. */
export function readBotLimits({
  route,
  method,
  status,
  responseBody,
  endedAtUs,
}: LintedCall): BotLimits | null {
  if (route !== '/gateway/bot' || method !== 'GET' || status !== 200 || responseBody === null) return null;
  const answer = asObject(parseText(responseBody));
  if (answer === null) return null;
  const starts = asObject(answer['session_start_limit']) ?? {};
  const resetMs = asInteger(starts['reset_after']);
  return {
    atUs: endedAtUs,
    shards: asInteger(answer['shards']),
    maxConcurrency: asInteger(starts['max_concurrency']),
    total: asInteger(starts['total']),
    remaining: asInteger(starts['remaining']),
    resetAtUs: resetMs === null ? null : endedAtUs + resetMs * 1000,
  };
}

/** A body as JSON, or null if it is something else. */
export function parseText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}
