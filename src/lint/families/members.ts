/**
 * Rules about requests for members (op 8) and their answers.
 */
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, SOURCES } from '../words.js';

const REQUEST = `${SOURCES.events}, "Request Guild Members"`;
const RATE_LIMITED = `${SOURCES.events}, "Rate Limited"`;
/** Time for which one request for all members occupies its guild. */
const ALL_MEMBERS_US = 30_000_000;
const [MOST_USERS, MOST_MEMBERS, MOST_NONCE_BYTES] = [100, 100, 32];
/** Bits of the intents that such requests need. */
const [GUILD_MEMBERS, GUILD_PRESENCES] = [1, 8];
/** Most requests, and most guilds, that are remembered of one connection. */
const MOST_REMEMBERED = 2000;

interface Request {
  readonly guilds: readonly string[];
  readonly isAll: boolean;
  readonly nonce: JsonValue | undefined;
}

interface OpenRequests {
  /** Time and frame of the last request for all members, by guild. */
  readonly all: Map<string, { readonly atUs: number; readonly frameId: number }>;
  /** Times before which a guild must not be asked again. */
  readonly blocked: Map<string, number>;
  /** Requests whose answer is not complete, by nonce; an empty key for a request without one. */
  readonly open: Map<string, number>;
  /** Times of equal requests. */
  readonly asked: Map<string, number>;
  /** Chunks that came, by nonce. */
  readonly chunks: Map<string, { count: number; readonly total: number; lastFrameId: number }>;
}

const requests = new Memory<OpenRequests>(() => ({
  all: new Map(),
  blocked: new Map(),
  open: new Map(),
  asked: new Map(),
  chunks: new Map(),
}));

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= MOST_REMEMBERED && !map.has(key)) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  map.set(key, value);
}

function readRequest(d: JsonObject): Request {
  const guild = d['guild_id'];
  const guilds = (Array.isArray(guild) ? (guild as readonly JsonValue[]) : [guild]).filter(
    (id): id is string => typeof id === 'string',
  );
  return { guilds, isAll: d['query'] === '' && (d['limit'] ?? 0) === 0, nonce: d['nonce'] };
}

/** Owner under which the requests of a session are remembered. */
function findOwner({ connection }: Scene): object {
  return connection.session ?? connection;
}

/** Whether IDENTIFY asked for an intent; null if its intents are unknown. */
function hasIntent({ connection }: Scene, shift: number): boolean | null {
  const intents = (connection.session?.identify ?? connection.identify?.identify)?.intents ?? null;
  return intents === null ? null : Math.floor(intents / 2 ** shift) % 2 === 1;
}

/** Errors in the fields of a request. */
const FAULTY: readonly (readonly [what: string, isSo: (d: JsonObject, isBot: boolean) => boolean])[] = [
  ['there are both `query` and `user_ids`', ({ query, user_ids: users }) => query != null && users != null],
  ['there is neither `query` nor `user_ids`', ({ query, user_ids: users }) => query == null && users == null],
  ['there is `query` without `limit`', ({ query, limit }) => query != null && limit == null],
  [`there are more than ${MOST_USERS} \`user_ids\``, ({ user_ids: users }) => listLength(users) > MOST_USERS],
  [
    `\`limit\` is above ${MOST_MEMBERS} with a \`query\``,
    ({ query, limit }) => typeof query === 'string' && query !== '' && (asInteger(limit) ?? 0) > MOST_MEMBERS,
  ],
  ['a bot asks for several guilds', ({ guild_id: guild }, isBot) => isBot && listLength(guild) > 1],
];

const listLength = (value: JsonValue | undefined): number => (Array.isArray(value) ? value.length : 1);

/** The rules. */
export const MEMBER_RULES: readonly Rule[] = defineRules([
  {
    id: 'tx-op8-all-30s',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'All members of a guild were requested twice within 30 seconds',
    why: 'The gateway answers RATE_LIMITED, and sends no chunks.',
    fix: 'Remember that the request is under way; the member events keep the list up to date.',
    source: `${REQUEST}; ${RATE_LIMITED}`,
    on: {
      commands: {
        [OP.REQUEST_GUILD_MEMBERS]: (scene) => {
          const { guilds, isAll } = readRequest(scene.fields);
          if (!isAll) return;
          const { all, blocked } = requests.of(findOwner(scene));
          for (const guild of guilds) {
            const last = all.get(guild);
            const sinceUs = scene.nowUs - (last?.atUs ?? -Infinity);
            remember(all, guild, { atUs: scene.nowUs, frameId: scene.frame.id });
            // Requests that RATE_LIMITED forbids are judged by another rule.
            if (
              last === undefined ||
              sinceUs >= ALL_MEMBERS_US - scene.limits.networkSlackMs ||
              blocked.has(guild)
            )
              continue;
            scene.report({
              message: `all members of guild ${guild} again after ${inSeconds(sinceUs)}`,
              frameIds: [last.frameId, scene.frame.id],
            });
          }
        },
      },
    },
  },
  {
    id: 'tx-op8-retry-early',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'Members were requested again before retry_after was over',
    why: 'Each request is refused again.',
    fix: 'Wait for `retry_after` seconds after RATE_LIMITED.',
    source: RATE_LIMITED,
    on: {
      events: {
        RATE_LIMITED: (scene) => {
          const { opcode, retry_after: after, meta } = scene.fields;
          const guild = asString(asObject(meta)?.['guild_id']);
          if (opcode !== OP.REQUEST_GUILD_MEMBERS || guild === null || typeof after !== 'number') return;
          remember(requests.of(findOwner(scene)).blocked, guild, scene.nowUs + after * 1_000_000);
        },
      },
      commands: {
        [OP.REQUEST_GUILD_MEMBERS]: (scene) => {
          const { guilds, isAll } = readRequest(scene.fields);
          if (!isAll) return;
          const { blocked } = requests.of(findOwner(scene));
          for (const guild of guilds) {
            const untilUs = blocked.get(guild);
            if (untilUs === undefined) continue;
            if (scene.nowUs + scene.limits.networkSlackMs >= untilUs) blocked.delete(guild);
            else
              scene.report(`members of guild ${guild} again, ${inSeconds(untilUs - scene.nowUs)} too early`);
          }
        },
      },
    },
  },
  {
    id: 'tx-op8-shape',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A request for members has contradictory fields',
    why: 'The gateway closes with 4001, or answers with fewer members.',
    fix: 'Send either `query` and `limit`, or up to 100 `user_ids`, for one guild.',
    source: REQUEST,
    on: {
      commands: {
        [OP.REQUEST_GUILD_MEMBERS]: (scene) => {
          const isBot = scene.connection.token?.isBot === true;
          const fault = FAULTY.find(([, isSo]) => isSo(scene.fields, isBot));
          if (fault !== undefined) scene.report(`in a request for members, ${fault[0]}`);
        },
      },
    },
  },
  {
    id: 'tx-op8-nonce',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'The nonce of a request for members is of no use',
    why: 'It is ignored, or the chunks of two requests cannot be distinguished.',
    fix: 'Send a text of up to 32 bytes, another one for each request.',
    source: REQUEST,
    on: {
      commands: {
        [OP.REQUEST_GUILD_MEMBERS]: (scene) => {
          const { nonce } = readRequest(scene.fields);
          const { open } = requests.of(findOwner(scene));
          const isText = typeof nonce === 'string';
          if (nonce != null && !isText) scene.report(`\`nonce\` is of type ${typeof nonce}`);
          else if (isText && new TextEncoder().encode(nonce).length > MOST_NONCE_BYTES) {
            scene.report(`\`nonce\` is longer than ${MOST_NONCE_BYTES} bytes`);
          } else if (isText && isOpen(scene, open, nonce)) scene.report('two open requests have one nonce');
          else if (nonce == null && isOpen(scene, open, '')) {
            scene.report({ message: 'several open requests have no nonce', severity: 'info' });
          }
          remember(open, isText ? nonce : '', scene.nowUs);
        },
      },
      events: {
        GUILD_MEMBERS_CHUNK: (scene) => {
          const { nonce, chunk_index: index, chunk_count: count } = scene.fields;
          if (asInteger(index) !== (asInteger(count) ?? 1) - 1) return;
          requests.of(findOwner(scene)).open.delete(asString(nonce) ?? '');
        },
      },
    },
  },
  {
    id: 'tx-op8-intent',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'A request for members needs an intent that was not asked for',
    why: 'Without GUILD_PRESENCES no presences come, without GUILD_MEMBERS not all members.',
    fix: 'Ask for the intent in IDENTIFY, or for less.',
    source: REQUEST,
    on: {
      commands: {
        [OP.REQUEST_GUILD_MEMBERS]: (scene) => {
          if (scene.fields['presences'] === true && hasIntent(scene, GUILD_PRESENCES) === false) {
            scene.report('the request asks for presences, and the intents do not have GUILD_PRESENCES');
          }
          if (readRequest(scene.fields).isAll && hasIntent(scene, GUILD_MEMBERS) === false) {
            scene.report('the request asks for all members, and the intents do not have GUILD_MEMBERS');
          }
        },
      },
    },
  },
  {
    id: 'ef-members-again',
    who: 'client',
    severity: 'info',
    needs: 'frame',
    title: 'The same members were requested again',
    why: 'It costs traffic; the member events keep a list up to date.',
    fix: 'Keep the members that came.',
    source: REQUEST,
    on: {
      commands: {
        [OP.REQUEST_GUILD_MEMBERS]: (scene) => {
          const { guild_id: guild, query, user_ids: users } = scene.fields;
          const { asked } = requests.of(findOwner(scene));
          const key = JSON.stringify([guild, query, users]).slice(0, MOST_REMEMBERED);
          const lastUs = asked.get(key);
          remember(asked, key, scene.nowUs);
          if (lastUs === undefined || scene.nowUs - lastUs >= scene.limits.membersAgainMs) return;
          scene.report(`an equal request for members after ${inSeconds(scene.nowUs - lastUs)}`);
        },
      },
    },
  },
  {
    id: 'gw-chunks-short',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'Not all chunks of a request for members came',
    why: 'The client waits for the rest, or takes the list for complete.',
    fix: 'Ask again for what is missing, after a time-out.',
    source: `${SOURCES.events}, "Guild Members Chunk"; 30 s are chosen here`,
    on: {
      events: {
        GUILD_MEMBERS_CHUNK: (scene) => {
          const { chunk_count: total, nonce, guild_id: guild } = scene.fields;
          const count = asInteger(total) ?? 1;
          const { chunks } = requests.of(scene.connection);
          const key = JSON.stringify([guild ?? null, nonce ?? null]);
          const set = chunks.get(key) ?? { count: 0, total: count, lastFrameId: 0 };
          set.count += 1;
          set.lastFrameId = scene.frame.id;
          if (set.count >= count) {
            chunks.delete(key);
            return;
          }
          remember(chunks, key, set);
          const { id } = scene.frame;
          scene.later(scene.nowUs + scene.limits.chunksMs, () => {
            if (set.lastFrameId !== id || chunks.get(key) !== set) return;
            scene.report({ message: `${set.count} of ${count} chunks came`, frameIds: [id] });
          });
        },
      },
    },
  },
]);

/** Whether a request with this nonce still gets chunks; after a long time without one it does not. */
function isOpen({ nowUs, limits }: Scene, open: ReadonlyMap<string, number>, nonce: string): boolean {
  const sinceUs = open.get(nonce);
  return sinceUs !== undefined && nowUs - sinceUs < limits.chunksMs;
}
