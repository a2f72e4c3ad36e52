/**
 * Strictness: refusals of a client, beyond input that no gateway could interpret.
 *
 * Without `isStrict` the mock checks only what it was given (a token, intents, sharding), because most tests are about
 * something else. With it, it is as strict as the documentation. Source: Discord Docs/Opcodes and Status Codes; Discord
 * Docs/Gateway, "Gateway Intents" and "Sharding". That a heartbeat ahead of the session closes with 4007 is inferred.
 */
import { fitsMember } from '../../gateway/payload-shapes.js';
import { BOT_INTENTS, NAMED_INTENTS } from '../../gateway/intents.js';
import { OP, OPCODES } from '../../gateway/opcodes.js';
import {
  asInteger,
  asObject,
  asShard,
  asString,
  type JsonObject,
  type JsonValue,
  type Payload,
} from '../../gateway/payload.js';
import { ClientLimits, IdentifyLimiter, MembersLimiter, type Refusal, REFUSALS } from './client-limits.js';
import { asMembersRequest, RATE_LIMITED } from './requests.js';
import type { Recording } from '../recording.js';

/** Demands of a mock on its clients. */
export interface Demands {
  /** Whether wrong input is refused as the documentation says. */
  readonly isStrict?: boolean | undefined;
  /** Token that IDENTIFY, RESUME and REST calls must carry, with or without `Bot`; default any. */
  readonly token?: string | undefined;
  /** How many shards may identify within five seconds; default all, or one where it is strict. */
  readonly maxConcurrency?: number | undefined;
  /** Whether IDENTIFY must name a shard. */
  readonly isShardingRequired?: boolean | undefined;
  /** Bits of intents that the bot was not granted; default none. */
  readonly disallowedIntents?: number | undefined;
}

// Allowed before IDENTIFY: heartbeats, and UPDATE_TIME_SPENT_SESSION_ID, which the official client sends on connect.
const EARLY_OPS: ReadonlySet<number> = new Set([OP.HEARTBEAT, OP.QOS_HEARTBEAT, 41]);

const MAX_INTENTS = 0x7fff_ffff;

/** State of a peer that is judged. */
export interface Judged {
  readonly playback: { readonly lastSeq: number } | null;
  readonly clientLimits: ClientLimits | null;
}

/** Judge of all clients of one mock. */
export class Strictness {
  readonly #demands: Demands;
  readonly #isStrict: boolean;
  readonly #clientOps: ReadonlySet<number>;
  /** Bits of intents that are not refused. */
  readonly #knownIntents: number;
  readonly #areIntentsRequired: boolean;
  readonly #admission: IdentifyLimiter | null;
  readonly #members: MembersLimiter | null;

  /** Input that the recorded gateway accepted (unknown intents, or none) is not refused. */
  constructor(demands: Demands, recordings: readonly Recording[]) {
    this.#demands = demands;
    this.#isStrict = demands.isStrict ?? false;
    this.#clientOps = listClientOps(recordings);
    const { maxConcurrency = this.#isStrict ? 1 : null } = demands;
    this.#admission = maxConcurrency === null ? null : new IdentifyLimiter(maxConcurrency);
    this.#members = this.#isStrict ? new MembersLimiter(countMemberRequests(recordings)) : null;
    const asked = recordings.map(findIntents);
    const isBot = !recordings.some(isOfUser);
    this.#areIntentsRequired = isBot && !asked.includes('none');
    this.#knownIntents = asked.reduce<number>(
      (known, bits) => (bits === 'none' ? known : known | bits),
      isBot ? BOT_INTENTS : NAMED_INTENTS,
    );
  }

  /** Times that a new connection has to keep, or null. */
  clientLimits(heartbeatIntervalMs: number, nowUs: number): ClientLimits | null {
    return this.#isStrict ? new ClientLimits(heartbeatIntervalMs, nowUs) : null;
  }

  /** Judges a payload of a peer; returns null if it is allowed. */
  judge(payload: Payload, { playback, clientLimits: clientLimits }: Judged, nowUs: number): Refusal | null {
    const { op, d } = payload;
    if (clientLimits?.send(nowUs) === false) return REFUSALS.rateLimited;
    if (op === OP.IDENTIFY || op === OP.RESUME) return this.#opening(op, asObject(d), playback !== null);
    if (!this.#clientOps.has(op)) return REFUSALS.unknownOpcode;
    if (playback === null && !EARLY_OPS.has(op)) return REFUSALS.notAuthenticated;
    return this.#isStrict ? judgeContent(payload, playback?.lastSeq ?? Infinity) : null;
  }

  /** Whether a shard may identify now. */
  admits(shard: number, nowUs: number): boolean {
    return this.#admission?.admit(shard, nowUs) ?? true;
  }

  /** RATE_LIMITED that answers a payload of a session in place of the recorded answers, or null. */
  limit(payload: Payload, session: object, nowUs: number): Payload | null {
    const request = this.#members === null ? null : asMembersRequest(payload);
    for (const guild of request?.guilds ?? []) {
      const waitUs = this.#members?.take(session, guild, nowUs) ?? null;
      if (waitUs === null) continue;
      const meta = { guild_id: guild, ...(request?.nonce == null ? {} : { nonce: request.nonce }) };
      const d = { opcode: payload.op, retry_after: waitUs / 1_000_000, meta };
      return { op: OP.DISPATCH, d, s: null, t: RATE_LIMITED };
    }
    return null;
  }

  #opening(op: number, d: JsonObject | null, isOpen: boolean): Refusal | null {
    if (isOpen) return REFUSALS.alreadyAuthenticated;
    if (d === null) return REFUSALS.undecodable;
    if (!this.#isToken(d['token'])) return REFUSALS.authenticationFailed;
    return op === OP.RESUME ? null : (this.#identify(d) ?? this.#intents(d));
  }

  #identify({ properties, shard }: JsonObject): Refusal | null {
    if (shard === undefined && this.#demands.isShardingRequired === true) return REFUSALS.shardingRequired;
    if (!this.#isStrict) return null;
    if (asObject(properties) === null) return REFUSALS.undecodable;
    return shard === undefined || isShard(shard) ? null : REFUSALS.invalidShard;
  }

  #isToken(value: JsonValue | undefined): boolean {
    const { token } = this.#demands;
    if (token === undefined) return !this.#isStrict || typeof value === 'string';
    return isSameToken(token, asString(value));
  }

  // A user's account may do without. Its client is not known by `capabilities`, which bots send too since August 2026.
  #intents({ intents }: JsonObject): Refusal | null {
    if (intents === undefined)
      return this.#isStrict && this.#areIntentsRequired ? REFUSALS.invalidIntents : null;
    const bits = asInteger(intents) ?? -1;
    const isKnown = bits >= 0 && bits <= MAX_INTENTS && (bits & ~this.#knownIntents) === 0;
    if (this.#isStrict && !isKnown) return REFUSALS.invalidIntents;
    return (bits & (this.#demands.disallowedIntents ?? 0)) === 0 ? null : REFUSALS.disallowedIntents;
  }
}

/** Requests for all members in recordings, by guild. */
function countMemberRequests(recordings: readonly Recording[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const step of recordings.flatMap(({ steps }) => steps)) {
    const request =
      step.type === 'payload' && step.sender === 'client' ? asMembersRequest(step.payload) : null;
    for (const guild of request?.guilds ?? []) counts.set(guild, (counts.get(guild) ?? 0) + 1);
  }
  return counts;
}

function judgeContent({ op, d }: Payload, lastSeq: number): Refusal | null {
  if (!hasShape(op, d)) return REFUSALS.unknownOpcode;
  const seq = op === OP.HEARTBEAT ? d : op === OP.QOS_HEARTBEAT ? asObject(d)?.['seq'] : null;
  return (asInteger(seq) ?? 0) > lastSeq ? REFUSALS.invalidSeq : null;
}

/** Whether a token as clients give it, with or without its kind before it, is the expected one. */
export function isSameToken(expected: string, given: string | null): boolean {
  const bare = (token: string): string => token.replace(/^(?:Bot|Bearer) +/i, '');
  return given !== null && bare(given) === bare(expected);
}

function isShard(value: JsonValue): boolean {
  const [id, count] = asShard(value) ?? [-1, 0];
  return id >= 0 && id < count;
}

/** Intents of the recorded IDENTIFY; 0 if there is no such payload, `none` if it named none. */
function findIntents({ steps }: Recording): number | 'none' {
  const identify = findData(steps, ({ op }) => op === OP.IDENTIFY);
  if (identify === null) return 0;
  return identify['intents'] === undefined ? 'none' : (asInteger(identify['intents']) ?? 0);
}

/** Whether READY is one of a user's account: of no bot, and with no application. */
function isOfUser({ steps }: Recording): boolean {
  const ready = findData(steps, ({ t }) => t === 'READY');
  const user = asObject(ready?.['user']);
  return user !== null && user['bot'] !== true && ready?.['application'] === undefined;
}

/** `d` of the first payload that fits, or null. */
function findData(steps: Recording['steps'], fits: (payload: Payload) => boolean): JsonObject | null {
  const step = steps.find((each) => each.type === 'payload' && fits(each.payload));
  return step?.type === 'payload' ? asObject(step.payload.d) : null;
}

/**
 * Required members of `d` in a client's payload, by opcode; their types are in gateway/payload-shapes.ts.
 *
 * A member is required only if the documentation requires it, or if a gateway was seen to close without it. Further
 * members are always allowed; opcodes without a row allow anything. IDENTIFY and RESUME have rules of their own
 * (above). Source: Discord Docs/Gateway Events, "Send Events"; discord-api-docs issue 2226 (op 3); for user accounts
 * docs.discord.food/gateway/gateway-events.
 */
const REQUIRED: Readonly<Record<number, readonly string[]>> = {
  3: ['since', 'activities', 'status', 'afk'],
  4: ['guild_id', 'channel_id'],
  8: ['guild_id'],
  14: ['guild_id'],
  31: ['guild_ids'],
  34: ['guild_id', 'channel_ids'],
  35: ['guild_id', 'query'],
  36: ['guild_id'],
  37: ['subscriptions'],
  38: ['guild_id'],
  39: ['guild_id', 'channel_id'],
  40: ['seq'],
  43: ['guild_id', 'fields'],
};

/** Whether `d` is valid for a payload with this opcode. */
export function hasShape(op: number, d: JsonValue): boolean {
  if (op === OP.HEARTBEAT) return d === null || asInteger(d) !== null;
  return (REQUIRED[op] ?? []).every((name) => fitsMember(op, name, asObject(d)?.[name]));
}

/**
 * Opcodes for which a client of these recordings' mock is not closed with 4001: every documented one, and every one
 * that the gateway accepted from the recorded client, because a recording is better evidence than a table.
 */
function listClientOps(recordings: readonly Recording[]): ReadonlySet<number> {
  const ops = new Set<number>();
  for (const { op, sentBy } of OPCODES) if (sentBy !== 'gateway') ops.add(op);
  for (const step of recordings.flatMap(({ steps }) => steps)) {
    if (step.type === 'payload' && step.sender === 'client') ops.add(step.payload.op);
  }
  return ops;
}
