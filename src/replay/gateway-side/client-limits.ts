/**
 * Client limits: whether one connection keeps the gateway's limits of rate and time, by the payloads that it sends.
 *
 * A client may send 120 payloads in any 60 seconds, heartbeats included, and has to beat within one and a half of
 * the intervals that HELLO asked for: the half is for its network. It closes nothing itself.
 * Source: Discord Docs/Gateway, "Rate Limiting" and "Sending Heartbeats".
 */

const MAX_PAYLOADS = 120;
const WINDOW_US = 60_000_000;
const PATIENCE = 1.5;

/** Times of one connection, in µs. */
export class ClientLimits {
  readonly #patienceUs: number;
  readonly #sentAtUs: number[] = []; // the last payloads, as many as are allowed
  #beatenAtUs: number;

  constructor(heartbeatIntervalMs: number, nowUs: number) {
    this.#patienceUs = heartbeatIntervalMs * 1_000 * PATIENCE;
    this.#beatenAtUs = nowUs;
  }

  /** When the client counts as dead. */
  get overdueAtUs(): number {
    return this.#beatenAtUs + this.#patienceUs;
  }

  /** Notes when a heartbeat came, or when HELLO leaves if that is later. */
  beat(atUs: number): void {
    this.#beatenAtUs = Math.max(this.#beatenAtUs, atUs);
  }

  /** Notes a payload; whether the client may send it now. */
  send(nowUs: number): boolean {
    const [oldest = -Infinity] = this.#sentAtUs.length < MAX_PAYLOADS ? [] : this.#sentAtUs;
    if (nowUs - oldest < WINDOW_US) return false;
    this.#sentAtUs.push(nowUs);
    if (this.#sentAtUs.length > MAX_PAYLOADS) this.#sentAtUs.shift();
    return true;
  }
}

const IDENTIFY_WINDOW_US = 5_000_000;

/**
 * Limits how many shards of one bot may identify at once. Shards fall into as many buckets as `max_concurrency` says,
 * by their id; each bucket takes one IDENTIFY in five seconds. Source: Discord Docs/Gateway, "Sharding", "Max
 * Concurrency".
 */
export class IdentifyLimiter {
  readonly #maxConcurrency: number;
  readonly #admittedAtUs = new Map<number, number>(); // last, by bucket

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  /** Whether the shard may identify now; then its bucket is taken. */
  admit(shard: number, nowUs: number): boolean {
    const bucket = shard % this.#maxConcurrency;
    if (nowUs - (this.#admittedAtUs.get(bucket) ?? -Infinity) < IDENTIFY_WINDOW_US) return false;
    this.#admittedAtUs.set(bucket, nowUs);
    return true;
  }
}

const MEMBERS_WINDOW_US = 30_000_000;

/**
 * Limits requests for all members of a guild (op 8 with an empty `query` and `limit` 0) to one in 30 seconds for each
 * guild of a session, or to as many as the recorded gateway took. Source: discord-api-docs pull request 7760; in force
 * since October 2025.
 */
export class MembersLimiter {
  readonly #recorded: ReadonlyMap<string, number>;
  readonly #takenAtUs = new WeakMap<object, Map<string, number[]>>();

  /** `recorded`: how many such requests a recording has, by guild. */
  constructor(recorded: ReadonlyMap<string, number>) {
    this.#recorded = recorded;
  }

  /** Notes a request of a session; µs until it may come again, or null if it is taken now. */
  take(session: object, guild: string, nowUs: number): number | null {
    const guilds = this.#takenAtUs.get(session) ?? new Map<string, number[]>();
    this.#takenAtUs.set(session, guilds);
    const times = (guilds.get(guild) ?? []).filter((atUs) => nowUs - atUs < MEMBERS_WINDOW_US);
    guilds.set(guild, times);
    const [oldest = nowUs] = times;
    if (times.length >= (this.#recorded.get(guild) ?? 1)) return oldest + MEMBERS_WINDOW_US - nowUs;
    times.push(nowUs);
    return null;
  }
}

/** Close code and reason. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/**
 * Every refusal of the mock, by the client's error. Source: Discord Docs/Opcodes and Status Codes, "Gateway Close
 * Event Codes"; the reasons are those seen on the wire.
 */
export const REFUSALS = {
  unknownOpcode: { code: 4001, reason: 'Unknown opcode.' },
  undecodable: { code: 4002, reason: 'Error while decoding payload.' },
  notAuthenticated: { code: 4003, reason: 'Not authenticated.' },
  authenticationFailed: { code: 4004, reason: 'Authentication failed.' },
  alreadyAuthenticated: { code: 4005, reason: 'Already authenticated.' },
  invalidSeq: { code: 4007, reason: 'Invalid seq.' },
  rateLimited: { code: 4008, reason: 'Rate limited.' },
  sessionTimedOut: { code: 4009, reason: 'Session timed out.' },
  invalidShard: { code: 4010, reason: 'Invalid shard.' },
  shardingRequired: { code: 4011, reason: 'Sharding required.' },
  invalidVersion: { code: 4012, reason: 'Invalid API version.' },
  invalidIntents: { code: 4013, reason: 'Invalid intent(s).' },
  disallowedIntents: { code: 4014, reason: 'Disallowed intent(s).' },
} as const satisfies Readonly<Record<string, Refusal>>;
