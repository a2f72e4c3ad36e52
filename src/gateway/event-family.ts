/**
 * Families of payloads: the few groups in which people think of the hundreds of opcodes and events, for charts and lists.
 */
import { OP } from './opcodes.js';

/** Families, in the order in which they are shown. */
export const EVENT_FAMILIES = [
  'message', // messages, reactions, polls, interactions
  'presence', // presences and typing
  'guild', // guilds, channels, threads, roles, and what else a guild has
  'member', // members, bans, join requests
  'session', // HELLO, IDENTIFY, READY, RESUME, heartbeats, closes
  'trouble', // RECONNECT, INVALID_SESSION, rate limits, and what could not be decoded
  'voice', // voice, streams, calls
  'other',
] as const;

/** One of `EVENT_FAMILIES`. */
export type EventFamily = (typeof EVENT_FAMILIES)[number];

/** What a family is decided by. */
export interface FamilyFacts {
  readonly kind: string;
  readonly status: string;
  readonly op: number | null;
  readonly event: string | null;
}

const SESSION_OPS: ReadonlySet<number> = new Set([
  OP.HEARTBEAT,
  OP.IDENTIFY,
  OP.RESUME,
  OP.HELLO,
  OP.HEARTBEAT_ACK,
  OP.QOS_HEARTBEAT,
]);
const TROUBLE_OPS: ReadonlySet<number> = new Set([OP.RECONNECT, OP.INVALID_SESSION]);

/** Names of events and of opcodes by how they begin; the first that fits decides. */
const BY_NAME: readonly (readonly [pattern: RegExp, family: EventFamily])[] = [
  [/^(?:READY|RESUMED|SESSIONS_REPLACE)/, 'session'],
  [/^RATE_LIMITED$/, 'trouble'],
  [/^(?:MESSAGE|INTERACTION|APPLICATION_COMMAND_AUTO|LAST_MESSAGES|RECENT_MENTION|SAVED_MESSAGE)/, 'message'],
  [/^(?:PRESENCE|TYPING)/, 'presence'],
  [/^(?:GUILD_MEMBER|GUILD_BAN|GUILD_JOIN_REQUEST|THREAD_MEMBER|REQUEST_GUILD_MEMBERS|USER_)/, 'member'],
  [/^(?:VOICE|STREAM|CALL|SPEED_TEST|LOBBY)/, 'voice'],
  [/^(?:GUILD|CHANNEL|THREAD|STAGE|INTEGRATION|INVITE|WEBHOOKS|AUTO_MODERATION|SOUNDBOARD)/, 'guild'],
];

/** Family of a frame or a type of frames; `opName` is the name of its opcode, where it has one. */
export function findFamily({ kind, status, op, event }: FamilyFacts, opName: string | null): EventFamily {
  if (status !== 'ok') return status === 'control' || status === 'partial' ? controlFamily(kind) : 'trouble';
  if (op !== null && TROUBLE_OPS.has(op)) return 'trouble';
  if (op !== null && SESSION_OPS.has(op)) return 'session';
  const name = event ?? opName ?? '';
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}

function controlFamily(kind: string): EventFamily {
  return kind === 'close' ? 'session' : 'other';
}
