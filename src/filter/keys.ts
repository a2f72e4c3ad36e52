/**
 * Keys of the filter language: what each is about, and what values it takes.
 */
import { FRAME_STATUSES } from '../capture/columns.js';
import { OTHER_SERVICES } from '../gateway/services.js';
import { FRAME_KINDS, SENDERS } from '../wire/frame.js';

/** How the values of a key are read. */
export type ValueKind =
  /** Numbers and names of opcodes, globs of names, ranges of numbers. */
  | { readonly type: 'opcode' }
  /** Names, with globs; case does not matter. */
  | { readonly type: 'name' }
  /** A fixed set of words, with globs; `absent` has reasons for words that a user may expect and that are not in it. */
  | {
      readonly type: 'word';
      readonly words: readonly string[];
      readonly absent?: Readonly<Record<string, string>>;
    }
  /** Ids of the database, `latest`, ranges. */
  | { readonly type: 'id' }
  /** Whole numbers, ranges. */
  | { readonly type: 'number' }
  /** Amounts of bytes, ranges. */
  | { readonly type: 'bytes' }
  /** Ids of Discord. */
  | { readonly type: 'snowflake' }
  /** Statuses of HTTP, `4xx`, `none`, ranges. */
  | { readonly type: 'http-status' }
  /** One time. */
  | { readonly type: 'time' };

/** A key. */
export interface FilterKey {
  readonly values: ValueKind;
  /** What it is about, for people. */
  readonly about: string;
  /** Values that it takes, for people. */
  readonly expected: string;
}

/** Services of connections. */
const SERVICES = ['gateway', ...OTHER_SERVICES] as const;

const IDS = 'ids, latest, or ranges such as 3..5';
const SIZES = 'bytes or ranges, such as >4KiB or 1kB..2kB';
const SNOWFLAKES = 'ids of Discord, all digits';
const TIMES = 'one of 2h (ago), an ISO time, today, yesterday, now or µs';
const WHOLE_NUMBERS = 'whole numbers or ranges, such as >100 or 5..9';

/** Every key of frames, by its name. */
export const KEYS = {
  op: {
    values: { type: 'opcode' },
    about: 'gateway opcode',
    expected: 'numbers, names such as HELLO, or globs of names',
  },
  event: {
    values: { type: 'name' },
    about: 'name of the event',
    expected: 'names or globs, such as READY or MESSAGE_*',
  },
  sender: {
    values: { type: 'word', words: SENDERS },
    about: 'who sent it',
    expected: 'client or gateway',
  },
  kind: {
    values: { type: 'word', words: FRAME_KINDS },
    about: 'kind of frame',
    expected: FRAME_KINDS.join(', '),
  },
  status: {
    values: { type: 'word', words: FRAME_STATUSES },
    about: 'whether a payload came of it',
    expected: FRAME_STATUSES.join(', '),
  },
  service: {
    values: { type: 'word', words: SERVICES, absent: { voice: 'voice connections are not recorded yet' } },
    about: 'whose protocol the connection speaks, by its URL; gateway for every other host',
    expected: SERVICES.join(', '),
  },
  connection: { values: { type: 'id' }, about: 'connection', expected: IDS },
  session: { values: { type: 'id' }, about: 'session', expected: IDS },
  shard: { values: { type: 'number' }, about: 'shard of the session', expected: WHOLE_NUMBERS },
  capture: { values: { type: 'id' }, about: 'run of record', expected: IDS },
  guild: { values: { type: 'snowflake' }, about: 'guild that the payload is about', expected: SNOWFLAKES },
  channel: {
    values: { type: 'snowflake' },
    about: 'channel that the payload is about',
    expected: SNOWFLAKES,
  },
  user: {
    values: { type: 'snowflake' },
    about: 'user, author or member that the payload is about',
    expected: SNOWFLAKES,
  },
  size: {
    values: { type: 'bytes' },
    about: 'size of the payload, or on the wire for a frame without one',
    expected: SIZES,
  },
  wire: { values: { type: 'bytes' }, about: 'size on the wire', expected: SIZES },
  close: {
    values: { type: 'number' },
    about: 'code of a close frame',
    expected: 'codes or ranges, such as 1000 or 4000..4014',
  },
  seq: { values: { type: 'number' }, about: 'sequence number of a dispatch', expected: WHOLE_NUMBERS },
  id: { values: { type: 'id' }, about: 'id of the frame', expected: IDS },
  since: { values: { type: 'time' }, about: 'from this time on', expected: TIMES },
  until: { values: { type: 'time' }, about: 'before this time', expected: TIMES },
} as const satisfies Readonly<Record<string, FilterKey>>;

/** Every key of REST calls, by its name. */
export const CALL_KEYS = {
  method: { values: { type: 'name' }, about: 'HTTP method', expected: 'names or globs, such as POST' },
  path: {
    values: { type: 'name' },
    about: 'path and query, below the API',
    expected: 'globs, such as /v10/users/@me*',
  },
  route: {
    values: { type: 'name' },
    about: 'path with :id in place of ids, without version and query',
    expected: 'globs, such as /channels/:id/*',
  },
  status: {
    values: { type: 'http-status' },
    about: 'status of the answer',
    expected: 'numbers, 4xx, none, or ranges such as >=400',
  },
  session: { values: { type: 'id' }, about: "session of the call's client", expected: IDS },
  capture: { values: { type: 'id' }, about: 'run of record', expected: IDS },
  id: { values: { type: 'number' }, about: 'id of the call', expected: WHOLE_NUMBERS },
  since: { values: { type: 'time' }, about: 'from this time on', expected: TIMES },
  until: { values: { type: 'time' }, about: 'before this time', expected: TIMES },
} as const satisfies Readonly<Record<string, FilterKey>>;

/** Name of a key of REST calls. */
export type CallKeyName = keyof typeof CALL_KEYS;

/** Name of a key. */
export type KeyName = keyof typeof KEYS;

/** Names of all keys. */
export const KEY_NAMES = Object.keys(KEYS) as readonly KeyName[];

/** Whether a word is the name of a key. */
export function isKeyName(word: string): word is KeyName {
  return Object.hasOwn(KEYS, word);
}

/** Key with a name. */
export function findKey(name: KeyName): FilterKey {
  return KEYS[name];
}

/** Names with which a path into the payload can begin. */
export const PAYLOAD_ROOTS: readonly string[] = ['d', 's', 't'];
