/**
 * Words of a payload: the first that mean something to a reader of a list, such as `wren: !ping`.
 *
 * They come from the beginning of the JSON text, so that a payload of megabytes costs no more than a short one. Plain text
 * from the recording: control and bidirectional marks are left out, and the caller treats it as text.
 */
import { BrokenJson, JsonPicker, type JsonPath } from '../wire/json/picker.js';
import { cutCell } from '../wire/bounds.js';
import { OP } from './opcodes.js';

/** Longest result, in characters. */
const MOST_CHARS = 200;

/** Longest single value in it. */
const VALUE_CHARS = 120;

/** Fields below `d` that words are made of, by their paths. */
const FIELDS: ReadonlySet<string> = new Set([
  ...['content', 'name', 'status', 'nonce', 'code', 'query', 'seq', 'topic', 'session_id', 'v', 'title'],
  ...['member_count', 'unavailable', 'heartbeat_interval', 'chunk_index', 'chunk_count', 'intents', 'nick'],
  ...['author.username', 'user.username', 'member.user.username', 'user.id', 'user_id', 'emoji.name'],
  ...['properties.browser', 'properties.$browser', 'properties.device', 'role.name', 'data.name', 'opcode'],
  ...['channel_id', 'guild_id', 'id', 'retry_after', 'member.nick', 'message_id'],
]);
/** Parts of those paths on the way. */
const PARENTS: ReadonlySet<string> = new Set(
  [...FIELDS].flatMap((path) => {
    const steps = path.split('.');
    return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join('.'));
  }),
);

/** Whether `d` itself is shown: of these it is a number, a flag or null. */
const SCALAR_OPS: ReadonlySet<number> = new Set([
  OP.HEARTBEAT,
  OP.INVALID_SESSION,
  OP.RECONNECT,
  OP.HEARTBEAT_ACK,
]);

type Fields = ReadonlyMap<string, string>;

/** Words of a payload with this opcode and event; `head` is its JSON text, or the beginning of it. */
export function findWords(op: number | null, event: string | null, head: string): string {
  const fields = pickFields(head);
  return cutCell(cleanText(describe(op, event, fields)), MOST_CHARS);
}

/** Text in one line, without characters that a reader cannot see or that turn others around. */
export function cleanText(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu, '')
    .trim();
}

function describe(op: number | null, event: string | null, fields: Fields): string {
  if (op !== null && SCALAR_OPS.has(op)) return describeScalar(op, fields);
  switch (op) {
    case OP.HELLO:
      return `heartbeat every ${Number(fields.get('heartbeat_interval') ?? 0) / 1000} s`;
    case OP.IDENTIFY:
      return ['properties.browser', 'properties.$browser', 'properties.device']
        .flatMap((key) => fields.get(key) ?? [])
        .slice(0, 1)
        .concat(prefixed('intents ', fields.get('intents')))
        .join(', ');
    case OP.RESUME:
      return `after ${fields.get('seq') ?? 'nothing'}`;
    default:
      return event === 'READY' ? describeReady(fields) : describeOther(fields);
  }
}

function describeScalar(op: number, fields: Fields): string {
  const value = fields.get('') ?? '';
  if (op === OP.HEARTBEAT) return value === '' ? '' : `after ${value}`;
  if (op === OP.INVALID_SESSION) return value === 'true' ? 'resumable' : 'not resumable';
  return '';
}

function describeReady(fields: Fields): string {
  return [...prefixed('', fields.get('user.username')), ...prefixed('v', fields.get('v'))].join(', ');
}

/** A value behind a word, in a list; an empty list if there is no value. */
function prefixed(word: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`${word}${value}`];
}

const WHO = ['author.username', 'member.nick', 'nick', 'user.username', 'member.user.username'];
const WHAT = ['content', 'data.name', 'emoji.name', 'status', 'role.name', 'name', 'title', 'topic'];
const IDS = ['user_id', 'user.id', 'channel_id', 'guild_id', 'message_id', 'id'];

/** Who, and what: by the fields that are there, whatever the event is called. */
function describeOther(fields: Fields): string {
  const who = findFirst(fields, WHO);
  const said = [findFirst(fields, WHAT), ...describeCounts(fields)].filter((part) => part !== '').join(', ');
  if (who !== '' && said !== '') return `${who}: ${said}`;
  return who + said === '' ? findFirst(fields, IDS) : who + said;
}

function findFirst(fields: Fields, keys: readonly string[]): string {
  const values = keys.map((key) => fields.get(key) ?? '');
  return values.find((value) => value !== '' && value !== 'null') ?? '';
}

function describeCounts(fields: Fields): readonly string[] {
  const chunks = fields.get('chunk_count');
  const members = fields.get('member_count');
  const seconds = fields.get('retry_after');
  return [
    ...(chunks === undefined ? [] : [`chunk ${Number(fields.get('chunk_index') ?? 0) + 1} of ${chunks}`]),
    ...(members === undefined ? [] : [`${members} members`]),
    ...(fields.get('unavailable') === 'true' ? ['unavailable'] : []),
    ...(seconds === undefined ? [] : [`retry after ${seconds} s`]),
  ];
}

/** Values of `FIELDS` by their paths; `d` itself is at the empty path where it is a scalar. */
function pickFields(head: string): Fields {
  const fields = new Map<string, string>();
  const picker = new JsonPicker((path) => choose(path));
  try {
    for (const { path, value } of picker.push(new TextEncoder().encode(head))) {
      if (value instanceof Object) continue;
      fields.set(path.slice(1).join('.'), cutCell(String(value), VALUE_CHARS));
    }
  } catch (error) {
    if (!(error instanceof BrokenJson)) throw error;
  }
  return fields;
}

function choose(path: JsonPath): 'take' | 'enter' | 'skip' {
  if (path.length === 0) return 'enter';
  if (path[0] !== 'd') return 'skip';
  const below = path.slice(1).join('.');
  if (below === '' || PARENTS.has(below)) return 'enter';
  return FIELDS.has(below) ? 'take' : 'skip';
}
