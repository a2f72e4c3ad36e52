/**
 * Facts: what a linter remembers of connections, sessions, shards and tokens.
 *
 * Memory is bounded: facts of a connection are dropped when it ends; beyond a number, the oldest sessions and tokens are
 * dropped.
 * The linter (linter.ts) writes them after the rules have seen a frame; rules only read.
 */
import type { Sender } from '../wire/frame.js';
import type { LintedConnection, LintedEnd } from './events.js';
import type { Identify, ReadyPayload, Resume } from './rule.js';

/** Something that happened once, by its frame. */
export interface Moment {
  readonly atUs: number;
  readonly frameId: number;
}

/** Phase of a connection, from HELLO to its end. */
export type LintedPhase = 'none' | 'identifying' | 'resuming' | 'live' | 'invalid';

/** A close frame. */
export interface SentClose extends Moment {
  readonly code: number | null;
}

/** A message of a client that findings can quote. */
export interface SentMessage extends Moment {
  readonly op: number | null;
}

/** One connection. */
export class ConnectionFacts {
  readonly id: number;
  readonly captureId: number;
  /** Null if the recording begins within the connection. */
  readonly opened: LintedConnection | null;
  readonly openedAtUs: number;
  /** Why not everything on the connection is known, or null. */
  trouble: string | null;
  /** Id of the session in the database, for findings. */
  sessionId: number | null = null;
  lastFrameNo = 0;
  phase: LintedPhase = 'none';
  hello: (Moment & { readonly intervalMs: number | null }) | null = null;
  identify: (Moment & { readonly identify: Identify }) | null = null;
  resume: (Moment & { readonly resume: Resume }) | null = null;
  ready: Moment | null = null;
  /** RESUMED. */
  resumed: Moment | null = null;
  reconnect: Moment | null = null;
  invalid: (Moment & { readonly isResumable: boolean }) | null = null;
  beatCount = 0;
  lastBeat: Moment | null = null;
  /** First heartbeat since the last acknowledgement. */
  unacked: Moment | null = null;
  unackedCount = 0;
  ackCount = 0;
  beatRequest: Moment | null = null;
  /** First of the messages that hold the beginning of a payload. */
  partial: Moment | null = null;
  /** Last message that completed such a payload. */
  joinedFrameNo: number | null = null;
  lastReceivedAtUs: number | null = null;
  lastSentAtUs: number | null = null;
  receivedCount = 0;
  /** Highest sequence number since the last IDENTIFY or RESUME; the number in RESUME counts too. */
  lastSeq: number | null = null;
  /** The same over the whole connection. */
  highestSeq: number | null = null;
  /** Dispatches since the last IDENTIFY or RESUME. */
  dispatchCount = 0;
  readonly delivered = new SeqMark();
  token: TokenFacts | null = null;
  shard: ShardFacts | null = null;
  session: SessionLife | null = null;
  readonly closes: { client: SentClose | null; gateway: SentClose | null } = { client: null, gateway: null };
  /** The newest few messages of the client, oldest first. */
  readonly lastSent: SentMessage[] = [];
  end: ConnectionEnd | null = null;

  constructor(id: number, captureId: number, opened: LintedConnection | null, openedAtUs: number) {
    this.id = id;
    this.captureId = captureId;
    this.opened = opened;
    this.openedAtUs = openedAtUs;
    this.trouble = opened === null ? 'the recording begins within a connection' : null;
  }

  /** Notes why not everything on the connection is known from now on. */
  lose(reason: string): void {
    this.trouble ??= reason;
    if (this.session !== null) this.session.trouble ??= reason;
  }
}

/** End of a connection, with the facts that are needed after it. */
export interface ConnectionEnd extends LintedEnd {
  readonly connection: ConnectionFacts;
  readonly lastedUs: number;
}

/** Number of messages of a client that are kept to be quoted. */
export const QUOTED_MESSAGES = 3;

/** Highest sequence number that was delivered some time ago; a lower bound, for which two numbers are enough. */
class SeqMark {
  #older: number | null = null;
  #newer: number | null = null;
  #newerAtUs = 0;

  /** Takes the highest sequence number so far. */
  deliver(seq: number, atUs: number, graceUs: number): void {
    if (this.#newer !== null && atUs - this.#newerAtUs <= graceUs) return;
    this.#older = this.#newer;
    this.#newer = seq;
    this.#newerAtUs = atUs;
  }

  /** A sequence number that was delivered more than the grace before `atUs`, or null. */
  findOld(atUs: number, graceUs: number): number | null {
    return atUs - this.#newerAtUs > graceUs ? this.#newer : this.#older;
  }

  /** Begins again, for another session. */
  clear(): void {
    this.#older = this.#newer = null;
  }
}

/** One session, over all its connections. */
export class SessionLife {
  readonly id: string;
  readonly token: TokenFacts;
  shard: ShardFacts;
  trouble: string | null = null;
  /** Connection that got READY; null if that was not recorded. */
  origin: LintedConnection | null = null;
  /** Relay mode in which READY reached the client; known when its connection has ended. */
  relayMode: LintedEnd['relayMode'] = null;
  ready: ReadyPayload | null = null;
  identify: Identify | null = null;
  /** Highest sequence number that a client got. */
  seq: number | null = null;
  /** The connection that has it. */
  connection: ConnectionFacts | null = null;
  /** End of the last connection that had it. */
  lastEnd: ConnectionEnd | null = null;
  /** RESUME in a row without RESUMED or INVALID_SESSION. */
  vainResumes: number[] = [];
  /** The INVALID_SESSION `false` that ended the session. */
  refused: Moment | null = null;

  constructor(id: string, token: TokenFacts, shard: ShardFacts) {
    this.id = id;
    this.token = token;
    this.shard = shard;
  }
}

/** One shard of one token. A client opens another connection for it when one ends. */
export class ShardFacts {
  readonly key: string;
  readonly living = new Set<ConnectionFacts>();
  lastEnd: ConnectionEnd | null = null;
  /** Ends of short connections, the newest few. */
  readonly shortEnds: ConnectionEnd[] = [];
  /** Time of the last IDENTIFY or RESUME. */
  lastStart: (Moment & { readonly connectionId: number }) | null = null;

  constructor(key: string) {
    this.key = key;
  }
}

/** Answer of `GET /gateway/bot`. */
export interface BotLimits {
  readonly atUs: number;
  readonly shards: number | null;
  readonly maxConcurrency: number | null;
  readonly total: number | null;
  readonly remaining: number | null;
  readonly resetAtUs: number | null;
}

/** One token. */
export class TokenFacts {
  readonly key: string;
  readonly shards = new Map<string, ShardFacts>();
  limits: BotLimits | null = null;
  /** Times of IDENTIFY within a day, oldest first. */
  readonly identifies: number[] = [];
  /** True once READY, an intent or a scheme has shown a bot; false for a user; null while unknown. */
  isBot: boolean | null = null;
  /** Highest sequence number of any of its sessions. */
  highestSeq: number | null = null;

  constructor(key: string) {
    this.key = key;
  }
}

/** Map that forgets its oldest entries beyond a number. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(key: Key, value: Value): this {
    super.delete(key);
    super.set(key, value);
    if (this.size > this.#most) {
      for (const oldest of this.keys()) {
        this.delete(oldest);
        break;
      }
    }
    return this;
  }
}

/** Sender of the first close frame of a connection; null without one. */
export function findCloser({ closes }: ConnectionFacts): Sender | null {
  const { client, gateway } = closes;
  if (client === null) return gateway === null ? null : 'gateway';
  return gateway === null || client.atUs <= gateway.atUs ? 'client' : 'gateway';
}
