/**
 * Strictness: what a client is refused for, beyond what no gateway could make sense of.
 *
 * Without `isStrict` the mock is patient, because most tests are about something else: it checks what it was given
 * (a token, intents, sharding) and no more. With it, it is as strict as the documentation is.
 * Source: Discord Docs/Opcodes and Status Codes; Discord Docs/Gateway, "Gateway Intents" and "Sharding". That a
 * heartbeat ahead of the session closes with 4007 is inferred.
 */
import { OP } from '../../gateway/opcodes.js';
import {
  asInteger,
  asObject,
  asString,
  type JsonObject,
  type JsonValue,
  type Payload,
  asShard,
} from '../../gateway/payload.js';
import { IdentifyLimiter } from './admission.js';
import { listClientOps } from '../script/client-opcodes.js';
import { ClientLimits } from './conduct.js';
import type { Recording } from '../recording.js';
import { REFUSALS, type Refusal } from './refusals.js';
import { hasShape } from './shapes.js';

/** What a mock demands of its clients. */
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

// What may come before IDENTIFY: heartbeats, and UPDATE_TIME_SPENT_SESSION_ID, which the official client sends on connect.
const EARLY_OPS: ReadonlySet<number> = new Set([OP.HEARTBEAT, OP.QOS_HEARTBEAT, 41]);

const MAX_INTENTS = 0x7fff_ffff;
// Bits 0 to 16, 20, 21, 24 and 25 are the documented intents.
const KNOWN_INTENTS = 0x1_ffff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

/** What is known of a peer that is judged. */
export interface Judged {
  readonly playback: { readonly lastSeq: number } | null;
  readonly clientLimits: ClientLimits | null;
}

/** Judge of all clients of one mock. */
export class Strictness {
  readonly #demands: Demands;
  readonly #isStrict: boolean;
  readonly #clientOps: ReadonlySet<number>;
  readonly #knownIntents: number;
  readonly #admission: IdentifyLimiter | null;

  /** Intents that a recorded client got away with are known ones. */
  constructor(demands: Demands, recordings: readonly Recording[]) {
    this.#demands = demands;
    this.#isStrict = demands.isStrict ?? false;
    this.#clientOps = listClientOps(recordings);
    const { maxConcurrency = this.#isStrict ? 1 : null } = demands;
    this.#admission = maxConcurrency === null ? null : new IdentifyLimiter(maxConcurrency);
    this.#knownIntents = recordings.reduce(
      (known, recording) => known | findIntents(recording),
      KNOWN_INTENTS,
    );
  }

  /** Times that a new connection has to keep, or null. */
  clientLimits(heartbeatIntervalMs: number, nowUs: number): ClientLimits | null {
    return this.#isStrict ? new ClientLimits(heartbeatIntervalMs, nowUs) : null;
  }

  /** Judges what a peer sends at a time; null when nothing is wrong with it. */
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

  // Only the official client, which has capabilities instead, may do without.
  #intents({ intents, capabilities }: JsonObject): Refusal | null {
    if (intents === undefined)
      return this.#isStrict && capabilities === undefined ? REFUSALS.invalidIntents : null;
    const bits = asInteger(intents) ?? -1;
    const isKnown = bits >= 0 && bits <= MAX_INTENTS && (bits & ~this.#knownIntents) === 0;
    if (this.#isStrict && !isKnown) return REFUSALS.invalidIntents;
    return (bits & (this.#demands.disallowedIntents ?? 0)) === 0 ? null : REFUSALS.disallowedIntents;
  }
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

function findIntents({ steps }: Recording): number {
  const identify = steps.find((step) => step.type === 'payload' && step.payload.op === OP.IDENTIFY);
  return identify?.type === 'payload' ? (asInteger(asObject(identify.payload.d)?.['intents']) ?? 0) : 0;
}
