/**
 * Requests: client payloads that the gateway answers, and the dispatches that answer them.
 *
 * A recorded dispatch is an answer if an earlier request for it names the same guild or nonce. All other dispatches,
 * even with the same name, are not answers. Each event answers one request once per guild; only GUILD_MEMBERS_CHUNK
 * comes in parts, in any order. RATE_LIMITED may be the only answer; of op 8 only the form that asks for all members of a
 * guild is limited, once in 30 s. Queries are answered in their order. A command may change nothing and then has no
 * answer, so an answer belongs to the last command. Source: Discord Docs/Gateway Events and change log of 1 October 2025;
 * for user accounts docs.discord.food/gateway/gateway-events.
 */
import {
  asInteger,
  asObject,
  asString,
  type JsonObject,
  type JsonValue,
  type Payload,
} from '../../gateway/payload.js';
import type { Cue, Timeline } from './timeline.js';

/** A request of the recorded client. */
export interface RecordedRequest {
  readonly op: number;
  /** Everything that was asked for, but the nonce, as comparable text. */
  readonly subject: string;
  readonly guilds: readonly string[];
  readonly nonce: string | null;
  /** Whether RATE_LIMITED may answer it, even where that has no nonce. */
  readonly isLimited: boolean;
}

type Row = readonly [op: number, kind: 'query' | 'command', ...events: string[]];

// prettier-ignore
const ROWS: readonly Row[] = [
  [4, 'command', 'VOICE_STATE_UPDATE', 'VOICE_SERVER_UPDATE'],
  [8, 'query', 'GUILD_MEMBERS_CHUNK'],
  [13, 'command', 'CALL_CREATE'],
  [14, 'command', 'GUILD_MEMBER_LIST_UPDATE'],
  [18, 'command', 'STREAM_CREATE', 'STREAM_SERVER_UPDATE'],
  [19, 'command', 'STREAM_DELETE'],
  [20, 'command', 'STREAM_CREATE', 'STREAM_SERVER_UPDATE'],
  [24, 'query', 'GUILD_APPLICATION_COMMANDS_UPDATE'],
  [28, 'query', 'FORUM_UNREADS'],
  [30, 'query', 'DELETED_ENTITY_IDS'],
  [31, 'query', 'SOUNDBOARD_SOUNDS'],
  [32, 'command', 'SPEED_TEST_CREATE', 'SPEED_TEST_SERVER_UPDATE'],
  [33, 'command', 'SPEED_TEST_DELETE'],
  [34, 'query', 'LAST_MESSAGES'],
  [35, 'query', 'GUILD_MEMBERS_CHUNK'],
  [36, 'query', 'CHANNEL_STATUSES'],
  [37, 'command', 'GUILD_MEMBER_LIST_UPDATE'],
  [38, 'query', 'CHANNEL_SYNC'],
  [39, 'query', 'CHANNEL_MEMBER_COUNT_UPDATE'],
  [43, 'query', 'CHANNEL_INFO'],
];

const REQUEST_GUILD_MEMBERS = 8;

const REQUEST_OPS: ReadonlySet<number> = new Set(ROWS.map(([op]) => op));
const QUERY_OPS: ReadonlySet<number> = new Set(ROWS.flatMap(([op, kind]) => (kind === 'query' ? op : [])));
const OPS_BY_EVENT = new Map<string, number[]>();
for (const [op, , ...events] of ROWS) {
  for (const event of events) OPS_BY_EVENT.set(event, [...(OPS_BY_EVENT.get(event) ?? []), op]);
}

/** May answer any request: it holds the opcode. Source: Discord Docs/Gateway Events, "Rate Limited". */
export const RATE_LIMITED = 'RATE_LIMITED';

/** Whether a request only asks, so that asking again brings the same answer again. */
function isQuery({ op }: RecordedRequest): boolean {
  return QUERY_OPS.has(op);
}

/** Reads a client payload as a request, or null when nothing answers its opcode. */
export function asRequest({ op, d }: Payload): RecordedRequest | null {
  if (!REQUEST_OPS.has(op)) return null;
  const object = asObject(d);
  const nonce = object === null ? null : asString(object['nonce']);
  const isLimited = op !== REQUEST_GUILD_MEMBERS || isForAllMembers(object);
  return { op, subject: comparable(withoutNonce(d)), guilds: listGuilds(object), nonce, isLimited };
}

/** Reads a request for all members of guilds; null for any other payload. */
export function asMembersRequest(payload: Payload): RecordedRequest | null {
  const request = payload.op === REQUEST_GUILD_MEMBERS ? asRequest(payload) : null;
  return request?.isLimited === true ? request : null;
}

function isForAllMembers(d: JsonObject | null): boolean {
  return d?.['query'] === '' && d['limit'] === 0;
}

/** Whether a live request equals a recorded one, or at least names the same guild. */
export function isAlike(live: RecordedRequest, recorded: RecordedRequest): 'same' | 'similar' | null {
  if (live.op !== recorded.op) return null;
  if (live.subject === recorded.subject) return 'same';
  return live.guilds.some((guild) => recorded.guilds.includes(guild)) ? 'similar' : null;
}

/** Pairs the requests of a recording with their answers, in the order of the wire. */
export class RequestPairing {
  readonly #requests: RecordedRequest[] = [];
  readonly #parts = new Map<string, number>(); // of answers that have come, by request, event and guild
  readonly #answered = new Set<string>();
  readonly #refused = new Set<number>();
  #ownUser: string | null = null;

  /** Every request so far. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** Takes a client payload; returns its position among the requests, or null if it is not a request. */
  request(payload: Payload): number | null {
    const request = asRequest(payload);
    return request === null ? null : this.#requests.push(request) - 1;
  }

  /** Takes a dispatch; the position of the request that it answers, or null when it came by itself. */
  answer(payload: Payload): number | null {
    const { t } = payload;
    if (t === 'READY') this.#ownUser = asString(asObject(asObject(payload.d)?.['user'])?.['id']);
    if (t === null || this.#requests.length === 0) return null;
    const ops = OPS_BY_EVENT.get(t) ?? [];
    if (t !== RATE_LIMITED && ops.length === 0) return null;
    const d = asObject(payload.d);
    if (d === null) return null;
    return t === RATE_LIMITED ? this.#refusal(d) : this.#answer(ops, t, d);
  }

  #answer(ops: readonly number[], event: string, d: JsonObject): number | null {
    const isQueried = ops.some((op) => QUERY_OPS.has(op));
    const fits = (request: RecordedRequest, index: number): boolean =>
      ops.includes(request.op) && !this.#refused.has(index) && this.#isAnswer(request, event, d);
    const index = isQueried
      ? this.#requests.findIndex(
          (request, at) => fits(request, at) && !this.#answered.has(formatChunkKey(at, event, d)),
        )
      : this.#requests.findLastIndex(fits);
    if (index === -1 || this.#answered.has(formatChunkKey(index, event, d))) return null;
    this.#take(formatChunkKey(index, event, d), asInteger(d['chunk_count']) ?? 1);
    return index;
  }

  // Instead of everything that would have answered the request.
  #refusal(d: JsonObject): number | null {
    const op = asInteger(d['opcode']);
    const meta = asObject(d['meta']) ?? {};
    const nonce = asString(meta['nonce'] ?? null);
    const isRefused = (request: RecordedRequest): boolean =>
      request.op === op &&
      isMeant(request, meta) &&
      (request.isLimited || (nonce !== null && request.nonce === nonce));
    const index = this.#requests.findIndex(
      (request, at) => isRefused(request) && !this.#refused.has(at) && !this.#hasAnswer(at),
    );
    if (index === -1) return null;
    this.#refused.add(index);
    return index;
  }

  #hasAnswer(index: number): boolean {
    return [...this.#parts.keys()].some((key) => key.startsWith(`${index} `));
  }

  #isAnswer(request: RecordedRequest, event: string, d: JsonObject): boolean {
    if (event === 'VOICE_STATE_UPDATE' && d['user_id'] !== this.#ownUser) return false;
    // Later changes of the list come by themselves.
    if (event === 'GUILD_MEMBER_LIST_UPDATE' && !isListSync(d)) return false;
    return isMeant(request, d);
  }

  #take(key: string, count: number): void {
    const parts = (this.#parts.get(key) ?? 0) + 1;
    this.#parts.set(key, parts);
    if (parts >= count) this.#answered.add(key);
  }
}

function formatChunkKey(index: number, event: string, d: JsonObject): string {
  return `${index} ${event} ${asString(d['guild_id']) ?? ''}`;
}

/** Whether an event with a nonce or a guild belongs to this request. */
function isMeant(
  request: RecordedRequest,
  { nonce: given = null, guild_id: id = null }: JsonObject,
): boolean {
  const nonce = asString(given);
  if (request.nonce !== null && nonce !== null) return request.nonce === nonce;
  const guild = asString(id);
  return guild === null || request.guilds.length === 0 || request.guilds.includes(guild);
}

function isListSync(d: JsonObject): boolean {
  const ops = d['ops'];
  return Array.isArray(ops) && (ops as readonly JsonValue[]).some((op) => asObject(op)?.['op'] === 'SYNC');
}

// Guild ids in a request's data: one, several, or the keys of `subscriptions`.
function listGuilds(d: JsonObject | null): readonly string[] {
  if (d === null) return [];
  const values = [d['guild_id'], d['guild_ids']].flat() as readonly (JsonValue | undefined)[];
  const named = values.filter((value): value is string => typeof value === 'string');
  return [...named, ...Object.keys(asObject(d['subscriptions']) ?? {})];
}

function withoutNonce(d: JsonValue): JsonValue {
  const object = asObject(d);
  if (object === null) return d;
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'nonce'));
}

// JSON with the keys of the outermost object in order: libraries differ in it from run to run.
function comparable(d: JsonValue): string {
  const object = asObject(d);
  if (object === null) return JSON.stringify(d);
  return JSON.stringify(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A recorded request that is matched with a live one. */
export interface TakenRequest {
  /** Position among the requests of the timeline. */
  readonly position: number;
  /** Nonce of the live request, or null if it has none. */
  readonly nonce: string | null;
  /** Whether it was made before, so that its answers are sent again. */
  readonly isAgain: boolean;
}

/**
 * The recorded requests of one session that the live client has made, and their live nonces.
 *
 * A live request is matched with the first recorded one that asks for the same; failing that, with the first of the
 * same guild. A query that is made more often than it was recorded gets the first answer again. A request without a
 * recorded answer gets none.
 */
export class RequestAnswers {
  readonly #open = new Map<number, RecordedRequest>();
  readonly #taken = new Map<number, RecordedRequest>();

  /** Starts behind the opening at `start`; the session ends at the next IDENTIFY. */
  constructor({ cues, requests }: Timeline, start: number) {
    for (const cue of listLifeCues(cues, start)) {
      if (cue.type !== 'client' || cue.request === null) continue;
      const request = requests[cue.request];
      if (request !== undefined) this.#open.set(cue.request, request);
    }
  }

  /** Whether the client has yet to make the request at `position`. */
  isOpen(position: number): boolean {
    return this.#open.has(position);
  }

  /** Takes a live payload; returns the matching recorded request, or null. */
  take(payload: Payload): TakenRequest | null {
    const live = asRequest(payload);
    if (live === null) return null;
    const { nonce } = live;
    const position = this.#match(live);
    const recorded = position === null ? undefined : this.#open.get(position);
    if (position !== null && recorded !== undefined) {
      this.#open.delete(position);
      this.#taken.set(position, recorded);
      return { position, nonce, isAgain: false };
    }
    for (const [taken, request] of this.#taken) {
      if (isQuery(live) && isAlike(live, request) === 'same')
        return { position: taken, nonce, isAgain: true };
    }
    return null;
  }

  #match(live: RecordedRequest): number | null {
    let similar: number | null = null;
    for (const [position, recorded] of this.#open) {
      const likeness = isAlike(live, recorded);
      if (likeness === 'same') return position;
      if (likeness === 'similar') similar ??= position;
    }
    return similar;
  }
}

function* listLifeCues(cues: readonly Cue[], start: number): Generator<Cue> {
  for (let index = start + 1; index < cues.length; index += 1) {
    const cue = cues[index];
    if (cue === undefined || (cue.type === 'opening' && cue.by === 'identify')) return;
    yield cue;
  }
}
