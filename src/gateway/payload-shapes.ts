/**
 * Shapes of `d`: which type it has by opcode or event, and which members, as far as queries depend on them.
 *
 * Anything else in `d` is unchecked. A value that does not fit is kept unchanged; its first fault is described in a few
 * words without the value itself. Ids may be strings or integers, as in ETF.
 * Source: Discord Docs/Gateway Events; docs.discord.food/gateway, both read 2026-08.
 */
import { OP } from './opcodes.js';
import { OPEN_BRACE, OPEN_BRACKET } from '../wire/json/grammar.js';
import type { DecodedPayload } from './decode/decoded.js';
import { asObject, type JsonObject, type JsonValue } from './payload.js';
import type {
  GatewayHelloData,
  GatewayIdentifyData,
  GatewayPresenceUpdateData,
  GatewayRequestChannelInfoData,
  GatewayRequestGuildMembersData,
  GatewayRequestSoundboardSoundsData,
  GatewayResumeData,
  GatewayVoiceStateUpdateData,
  Snowflake,
} from 'discord-api-types/v10';

/** Type of a value; several with `|`, and `?` for a member that may be missing. */
type ValueKind = 'any' | 'array' | 'boolean' | 'id' | 'integer' | 'null' | 'object' | 'string';

interface Shape {
  readonly kinds: readonly ValueKind[];
  readonly members: readonly Member[];
}

interface Member {
  readonly name: string;
  readonly kinds: readonly ValueKind[];
  readonly isOptional: boolean;
}

/** Types of `d`, then members as `name:type`. */
// prettier-ignore
const OPCODE_SHAPES: Readonly<Record<TypedOpcode, string>> = {
  0: 'object|array',
  1: 'integer|null',
  2: 'object token:string properties:object compress:boolean? large_threshold:integer? shard:array? intents:integer? capabilities:integer?',
  3: 'object since:integer|null activities:array status:string afk:boolean',
  4: 'object guild_id:id|null channel_id:id|null self_mute:boolean self_deaf:boolean',
  5: 'null',
  6: 'object token:string session_id:string seq:integer',
  7: 'null',
  8: 'object guild_id:id|array query:string? user_ids:id|array? limit:integer? presences:boolean? nonce:string|null?',
  9: 'boolean',
  10: 'object heartbeat_interval:integer',
  11: 'null',
  12: 'array',
  13: 'object channel_id:id',
  14: 'object guild_id:id typing:boolean? threads:boolean? activities:boolean? members:array? channels:object?',
  15: 'object lobby_id:id lobby_secret:string',
  16: 'object lobby_id:id',
  17: 'array',
  18: 'object type:string guild_id:id|null? channel_id:id',
  19: 'object stream_key:string',
  20: 'object stream_key:string',
  21: 'object stream_key:string',
  22: 'object stream_key:string paused:boolean',
  23: 'object subscriptions:any',
  24: 'object guild_id:id nonce:string|null?',
  25: 'any',
  26: 'object guild_id:id channel_id:id application_id:id',
  27: 'any',
  28: 'object guild_id:id channel_id:id threads:array',
  29: 'object target_session_id:string payload:any',
  30: 'object guild_id:id',
  31: 'object guild_ids:array',
  32: 'object preferred_region:string|null',
  33: 'null',
  34: 'object guild_id:id channel_ids:array',
  35: 'object guild_id:id query:string nonce:string|null?',
  36: 'object guild_id:id',
  37: 'object subscriptions:object',
  38: 'object guild_id:id obfuscated_channel_ids:array',
  39: 'object guild_id:id channel_id:id',
  40: 'object seq:integer|null qos:object',
  41: 'object initialization_timestamp:integer session_id:string client_launch_id:string',
  42: 'object lobby_id:id',
  43: 'object guild_id:id fields:array',
};

const READY = parseShape(
  'object v:integer? user:object session_id:string resume_gateway_url:string? shard:array?',
);
const BY_OPCODE: ReadonlyMap<number, Shape> = new Map(
  Object.entries(OPCODE_SHAPES).map(([op, text]) => [Number(op), parseShape(text)]),
);

/** First fault of `d` for its opcode, such as `seq is a string, not integer`; null if `d` fits. */
export function findMisfit(op: number, event: string | null, d: JsonValue): string | null {
  const shape = op === OP.DISPATCH && event === 'READY' ? READY : BY_OPCODE.get(op);
  if (shape === undefined) return null;
  if (!fits(d, shape.kinds)) return misfit('d', d, shape.kinds);
  const object = asObject(d);
  if (object === null) return null;
  for (const { name, kinds, isOptional } of shape.members) {
    const value = object[name];
    if (value === undefined ? !isOptional : !fits(value, kinds)) return misfit(name, value, kinds);
  }
  return null;
}

/** Whether a value has the type of a member of `d`, which is there; true for a member that is not in the table. */
export function fitsMember(op: number, name: string, value: JsonValue | undefined): boolean {
  const member = BY_OPCODE.get(op)?.members.find((each) => each.name === name);
  return member === undefined || (value !== undefined && fits(value, member.kinds));
}

/** The same as `findMisfit` for a decoded payload; the `d` of dispatches is not parsed for it, except READY's. */
export function findPayloadMisfit(payload: DecodedPayload): string | null {
  const { op, t, bytes, dStart } = payload;
  if (op !== OP.DISPATCH || t === 'READY') return findMisfit(op, t, payload.d);
  if (t === null) return 't is missing, not string';
  const first = bytes[dStart];
  return dStart > 0 && (first === OPEN_BRACE || first === OPEN_BRACKET) ? null : findMisfit(op, t, payload.d);
}

function misfit(name: string, value: JsonValue | undefined, kinds: readonly ValueKind[]): string {
  const found = value === undefined ? 'missing' : `of type ${classifyKind(value)}`;
  return `${name} is ${found}, not ${kinds.join(' or ')}`;
}

function fits(value: JsonValue, kinds: readonly ValueKind[]): boolean {
  const found = classifyKind(value);
  return kinds.some(
    (kind) =>
      kind === 'any' || kind === found || (kind === 'id' && (found === 'string' || found === 'integer')),
  );
}

function classifyKind(value: JsonValue): ValueKind | 'number' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as 'boolean' | 'object' | 'string';
}

function parseShape(text: string): Shape {
  const [kinds = '', ...members] = text.split(' ');
  return { kinds: kinds.split('|') as ValueKind[], members: members.map(parseMember) };
}

function parseMember(text: string): Member {
  const [name = '', types = ''] = text.split(':');
  const isOptional = types.endsWith('?');
  return { name, kinds: types.replace('?', '').split('|') as ValueKind[], isOptional };
}

interface Stream {
  /** Such as `call:<channel>:<user>` or `guild:<guild>:<channel>:<user>`. */
  readonly stream_key: string;
}

interface GuildChannel {
  readonly guild_id: Snowflake;
  readonly channel_id: Snowflake;
}

/**
 * `d` of each opcode. Types only: nothing is imported at run time, and a peer may violate them.
 *
 * Source: discord-api-types v10; for what it lacks, docs.discord.food/gateway/opcodes-and-close-codes, read 2026-08.
 */
export interface OpcodeData {
  /** Depends on the event. */
  readonly 0: JsonValue;
  readonly 1: number | null;
  readonly 2: GatewayIdentifyData;
  readonly 3: GatewayPresenceUpdateData;
  readonly 4: GatewayVoiceStateUpdateData;
  readonly 5: null;
  readonly 6: GatewayResumeData;
  readonly 7: null;
  readonly 8: GatewayRequestGuildMembersData;
  readonly 9: boolean;
  readonly 10: GatewayHelloData;
  readonly 11: null;
  /** Ids of guilds. */
  readonly 12: readonly Snowflake[];
  readonly 13: { readonly channel_id: Snowflake };
  readonly 14: JsonObject & { readonly guild_id: Snowflake };
  readonly 15: { readonly lobby_id: Snowflake; readonly lobby_secret: string };
  readonly 16: { readonly lobby_id: Snowflake };
  readonly 17: readonly (JsonObject & { readonly lobby_id: Snowflake })[];
  readonly 18: {
    readonly type: string;
    readonly guild_id?: Snowflake | null;
    readonly channel_id: Snowflake;
  };
  readonly 19: Stream;
  readonly 20: Stream;
  readonly 21: Stream;
  readonly 22: Stream & { readonly paused: boolean };
  readonly 23: { readonly subscriptions: JsonValue };
  readonly 24: JsonObject & { readonly guild_id: Snowflake };
  readonly 25: JsonValue;
  readonly 26: GuildChannel & { readonly application_id: Snowflake };
  readonly 27: JsonValue;
  readonly 28: GuildChannel & { readonly threads: readonly JsonObject[] };
  readonly 29: { readonly target_session_id: string; readonly payload: JsonValue };
  readonly 30: JsonObject & { readonly guild_id: Snowflake };
  readonly 31: GatewayRequestSoundboardSoundsData;
  readonly 32: { readonly preferred_region: string | null };
  readonly 33: null;
  readonly 34: { readonly guild_id: Snowflake; readonly channel_ids: readonly Snowflake[] };
  readonly 35: { readonly guild_id: Snowflake; readonly query: string; readonly nonce?: string | null };
  readonly 36: { readonly guild_id: Snowflake };
  /** Subscriptions by the id of their guild. */
  readonly 37: { readonly subscriptions: JsonObject };
  readonly 38: { readonly guild_id: Snowflake; readonly obfuscated_channel_ids: readonly Snowflake[] };
  readonly 39: GuildChannel;
  readonly 40: { readonly seq: number | null; readonly qos: JsonObject };
  readonly 41: {
    /** Milliseconds since the Unix epoch. */
    readonly initialization_timestamp: number;
    /** Created by the client; not the gateway session's. */
    readonly session_id: string;
    readonly client_launch_id: string;
  };
  readonly 42: { readonly lobby_id: Snowflake };
  readonly 43: GatewayRequestChannelInfoData;
}

/** Opcodes whose `d` has a type here. */
export type TypedOpcode = keyof OpcodeData;
