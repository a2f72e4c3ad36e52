/**
 * Requests: client payloads that the gateway answers, and the dispatches that answer them.
 *
 * A recorded dispatch is an answer when a request for it came before and names the same guild or nonce; all
 * other dispatches, of the same name too, came by themselves. One request is answered by each event once per
 * guild, only GUILD_MEMBERS_CHUNK comes in parts. Source: Discord Docs/Gateway Events; for user accounts
 * docs.discord.food/gateway/gateway-events.
 */
import {
  asInteger,
  asObject,
  asString,
  type JsonObject,
  type JsonValue,
  type Payload,
} from '../../gateway/payload.js';

/** A request of the recorded client. */
export interface RecordedRequest {
  readonly op: number;
  /** Everything that was asked for, but the nonce, as comparable text. */
  readonly subject: string;
  readonly guilds: readonly string[];
  readonly nonce: string | null;
}

type Row = readonly [op: number, ...events: string[]];

// prettier-ignore
const ROWS: readonly Row[] = [
  [4, 'VOICE_STATE_UPDATE', 'VOICE_SERVER_UPDATE'],
  [8, 'GUILD_MEMBERS_CHUNK'],
  [13, 'CALL_CREATE'],
  [14, 'GUILD_MEMBER_LIST_UPDATE'],
  [18, 'STREAM_CREATE', 'STREAM_SERVER_UPDATE'],
  [19, 'STREAM_DELETE'],
  [20, 'STREAM_CREATE', 'STREAM_SERVER_UPDATE'],
  [24, 'GUILD_APPLICATION_COMMANDS_UPDATE'],
  [30, 'DELETED_ENTITY_IDS'],
  [31, 'SOUNDBOARD_SOUNDS'],
  [32, 'SPEED_TEST_CREATE', 'SPEED_TEST_SERVER_UPDATE'],
  [33, 'SPEED_TEST_DELETE'],
  [34, 'LAST_MESSAGES'],
  [35, 'GUILD_MEMBERS_CHUNK'],
  [36, 'CHANNEL_STATUSES'],
  [37, 'GUILD_MEMBER_LIST_UPDATE'],
  [38, 'CHANNEL_SYNC'],
  [39, 'CHANNEL_MEMBER_COUNT_UPDATE'],
  [43, 'CHANNEL_INFO'],
];

const REQUEST_OPS: ReadonlySet<number> = new Set(ROWS.map(([op]) => op));
const OPS_BY_EVENT = new Map<string, number[]>();
for (const [op, ...events] of ROWS) {
  for (const event of events) OPS_BY_EVENT.set(event, [...(OPS_BY_EVENT.get(event) ?? []), op]);
}

/** Reads a client payload as a request, or null when nothing answers its opcode. */
export function asRequest({ op, d }: Payload): RecordedRequest | null {
  if (!REQUEST_OPS.has(op)) return null;
  const object = asObject(d);
  const nonce = object === null ? null : asString(object['nonce']);
  return { op, subject: comparable(withoutNonce(d)), guilds: guildsOf(object), nonce };
}

/** Whether a live request asks for what a recorded one did: word for word, or at least of the same guild. */
export function isAlike(live: RecordedRequest, recorded: RecordedRequest): 'same' | 'similar' | null {
  if (live.op !== recorded.op) return null;
  if (live.subject === recorded.subject) return 'same';
  return live.guilds.some((guild) => recorded.guilds.includes(guild)) ? 'similar' : null;
}

/** Pairs the requests of a recording with their answers, in the order of the wire. */
export class RequestPairing {
  readonly #requests: RecordedRequest[] = [];
  readonly #answered = new Set<string>();
  #ownUser: string | null = null;

  /** Every request so far. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** Takes a client payload; its position among the requests, or null when it is none. */
  request(payload: Payload): number | null {
    const request = asRequest(payload);
    return request === null ? null : this.#requests.push(request) - 1;
  }

  /** Takes a dispatch; the position of the request that it answers, or null when it came by itself. */
  answer(payload: Payload): number | null {
    const { t } = payload;
    if (t === 'READY') this.#ownUser = asString(asObject(asObject(payload.d)?.['user'])?.['id']);
    const ops = OPS_BY_EVENT.get(t ?? '');
    if (t === null || ops === undefined || !this.#requests.some(({ op }) => ops.includes(op))) return null;
    const d = asObject(payload.d);
    if (d === null) return null;
    const index = this.#requests.findLastIndex(
      (request) => ops.includes(request.op) && this.#isAnswer(request, t, d),
    );
    return index !== -1 && this.#take(index, t, d) ? index : null;
  }

  #isAnswer(request: RecordedRequest, event: string, d: JsonObject): boolean {
    if (event === 'VOICE_STATE_UPDATE' && d['user_id'] !== this.#ownUser) return false;
    // Later changes of the list come by themselves.
    if (event === 'GUILD_MEMBER_LIST_UPDATE' && !isListSync(d)) return false;
    const nonce = asString(d['nonce']);
    if (request.nonce !== null && nonce !== null) return request.nonce === nonce;
    const guild = asString(d['guild_id']);
    return guild === null || request.guilds.length === 0 || request.guilds.includes(guild);
  }

  #take(index: number, event: string, d: JsonObject): boolean {
    const key = `${index} ${event} ${asString(d['guild_id']) ?? ''}`;
    if (this.#answered.has(key)) return false;
    const count = asInteger(d['chunk_count']) ?? 1;
    if ((asInteger(d['chunk_index']) ?? 0) >= count - 1) this.#answered.add(key);
    return true;
  }
}

function isListSync(d: JsonObject): boolean {
  const ops = d['ops'];
  return Array.isArray(ops) && (ops as readonly JsonValue[]).some((op) => asObject(op)?.['op'] === 'SYNC');
}

// Guild ids, wherever the requests carry them: one, several, or as the keys of `subscriptions`.
function guildsOf(d: JsonObject | null): readonly string[] {
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
