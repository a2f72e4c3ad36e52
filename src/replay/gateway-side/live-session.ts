/**
 * HELLO, READY and RESUMED as the mock sends them: the recorded READY with the live session's values, and generated
 * texts for what a recording does not hold.
 *
 * Nothing else of a recorded READY changes. Source: Discord Docs/Gateway Events, "Ready".
 */
import { OP } from '../../gateway/opcodes.js';
import { asObject, type JsonObject, type JsonValue, type Shard } from '../../gateway/payload.js';
import type { MockSpeed } from '../clock.js';
import { spliceMembers } from '../payload-splice.js';

/** Values that differ from one run of a session to the next. */
export interface LiveSession {
  readonly sessionId: string;
  /** URL for the client's RESUME: no query, no trailing slash. */
  readonly resumeUrl: string;
  /** `[shard_id, shard_count]` as the client asked in IDENTIFY, or null when it did not. */
  readonly shard: Shard | null;
}

const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 120_000;

// The gateway's traces are JSON texts themselves; clients print them.
const TRACE = ['["gatetape-mock",{"micros":0.0}]'];

// A fictional application; its id is a snowflake of 2020.
const USER = {
  id: '700000000000000000',
  username: 'gatetape',
  global_name: null,
  discriminator: '0000',
  avatar: null,
  bot: true,
  verified: true,
  mfa_enabled: false,
  email: null,
  flags: 0,
};

/** Text of a payload other than a dispatch. */
export function makeControl(op: number, d: JsonValue): string {
  return JSON.stringify({ t: null, s: null, op, d });
}

/** Text of a HELLO that asks for a heartbeat every `intervalMs`. */
export function makeHello(intervalMs: number): string {
  return JSON.stringify({
    t: null,
    s: null,
    op: OP.HELLO,
    d: { heartbeat_interval: intervalMs, _trace: TRACE },
  });
}

/**
 * Heartbeat interval at a speed, in ms: divided by it, as long as that leaves one that libraries take, between one
 * second and two minutes. At `max` and `step` played time has no pace, and the recorded interval stays.
 */
export function scaledIntervalMs(recordedMs: number, speed: MockSpeed): number {
  if (typeof speed !== 'number') return recordedMs;
  const shortestMs = Math.min(recordedMs, SHORTEST_INTERVAL_MS);
  const longestMs = Math.max(recordedMs, LONGEST_INTERVAL_MS);
  return Math.min(longestMs, Math.max(shortestMs, Math.round(recordedMs / speed)));
}

/** Text of a READY for a session that was recorded without one, with sequence number `seq`. */
export function makeReady(seq: number): string {
  const d = {
    v: 10,
    user_settings: {},
    user: USER,
    session_type: 'normal',
    session_id: '',
    resume_gateway_url: '',
    relationships: [],
    private_channels: [],
    presences: [],
    guilds: [],
    guild_join_requests: [],
    shard: [0, 1],
    application: { id: USER.id, flags: 0 },
    _trace: TRACE,
  };
  return JSON.stringify({ t: 'READY', s: seq, op: OP.DISPATCH, d });
}

/** Text of a RESUMED that repeats the last sequence number, for a RESUME that the recording does not hold. */
export function makeResumed(seq: number): string {
  return JSON.stringify({ t: 'RESUMED', s: seq, op: OP.DISPATCH, d: { _trace: TRACE } });
}

/** `session_id` of a READY's text, or null if it has none. */
export function readySessionId(text: string): string | null {
  const id = asObject((JSON.parse(text) as JsonObject)['d'])?.['session_id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

/** Recorded READY with the live facts in it, and nothing else changed. */
export function adaptReady(text: string, { sessionId, resumeUrl, shard }: LiveSession): string {
  const members = new Map([
    ['session_id', JSON.stringify(sessionId)],
    ['resume_gateway_url', JSON.stringify(resumeUrl)],
  ]);
  // Some gateways send no shard; the mock then sends none either.
  if (shard !== null && hasShard(text)) members.set('shard', JSON.stringify(shard));
  return spliceMembers(text, members);
}

function hasShard(text: string): boolean {
  return asObject((JSON.parse(text) as JsonObject)['d'])?.['shard'] !== undefined;
}
