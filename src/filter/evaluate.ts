/**
 * Evaluation of predicates over decoded frames, one at a time.
 */
import type { FrameStatus } from '../capture/columns.js';
import type { Service } from '../gateway/services.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import type { JsonObject, JsonValue } from '../wire/json/value.js';
import { compileFieldTest } from './field-values.js';
import { compileGlob } from './glob.js';
import { toCapitals, type ValueTest } from './key-values.js';
import { PatternMatcher } from './pattern/matcher.js';
import type { Predicate, PredicateColumn, Subject } from './predicate.js';
import { compileTextSearch, resolveEscapes } from './text-search.js';

/** A frame as filters see it. Null where it has no such thing. */
export interface FilterFrame {
  readonly id: number;
  /** µs since the Unix epoch. */
  readonly atUs: number;
  readonly captureId: number;
  readonly connectionId: number;
  /** Service that the connection led to; `gateway` for Discord's, and for a host that is not known. */
  readonly service: Service | 'gateway';
  readonly sessionId: number | null;
  /** `shard_id` of the session. */
  readonly shardId: number | null;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly status: FrameStatus;
  readonly op: number | null;
  readonly event: string | null;
  readonly seq: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
  /** Code of a close frame. */
  readonly closeCode: number | null;
  /** Payload as JSON. */
  readonly payloadText: string | null;
}

/** Test of a frame. */
export type FrameTest = (frame: FilterFrame) => boolean;

/** A frame whose payload is parsed when it is first needed. */
class SeenFrame {
  readonly frame: FilterFrame;
  #payload: JsonValue | undefined;

  constructor(frame: FilterFrame) {
    this.frame = frame;
  }

  /** Null without a payload. */
  get payload(): JsonValue {
    const { payloadText } = this.frame;
    this.#payload ??= payloadText === null ? null : (JSON.parse(payloadText) as JsonValue);
    return this.#payload;
  }
}

type SeenTest = (seen: SeenFrame) => boolean;

/** Compiles a predicate to a test. The test throws PatternTooCostly for a text that takes a regular expression too long. */
export function compilePredicate(predicate: Predicate): FrameTest {
  const test = compile(predicate);
  return (frame) => test(new SeenFrame(frame));
}

function compile(predicate: Predicate): SeenTest {
  switch (predicate.type) {
    case 'all': {
      const tests = predicate.parts.map(compile);
      return (seen) => tests.every((test) => test(seen));
    }
    case 'any': {
      const tests = predicate.parts.map(compile);
      return (seen) => tests.some((test) => test(seen));
    }
    case 'not': {
      const test = compile(predicate.part);
      return (seen) => !test(seen);
    }
    case 'column':
      return compileColumn(predicate.column, predicate.test);
    case 'about':
      return compileAbout(predicate.subject, predicate.id);
    case 'field':
      return withPayload(compileFieldTest(predicate.path, predicate.test));
    case 'text':
      return withText(compileTextSearch(predicate.text));
    case 'pattern':
      return withText(compilePatternTest(predicate.source, predicate.flags));
  }
}

/** Test of JSON texts for a regular expression, which may match with or without escapes resolved. */
export function compilePatternTest(source: string, flags: string): (json: string) => boolean {
  const matcher = new PatternMatcher(source, flags);
  return (json) => matcher.test(json) || (json.includes('\\') && matcher.test(resolveEscapes(json)));
}

function withPayload(test: (payload: JsonValue, frame: FilterFrame) => boolean): SeenTest {
  return (seen) => seen.frame.payloadText !== null && test(seen.payload, seen.frame);
}

function withText(test: (json: string) => boolean): SeenTest {
  return ({ frame: { payloadText } }) => payloadText !== null && test(payloadText);
}

const COLUMN_VALUES: Readonly<Record<PredicateColumn, (frame: FilterFrame) => number | string | null>> = {
  id: ({ id }) => id,
  atUs: ({ atUs }) => atUs,
  capture: ({ captureId }) => captureId,
  connection: ({ connectionId }) => connectionId,
  service: ({ service }) => service,
  session: ({ sessionId }) => sessionId,
  shard: ({ shardId }) => shardId,
  sender: ({ sender }) => sender,
  kind: ({ kind }) => kind,
  status: ({ status }) => status,
  op: ({ op }) => op,
  event: ({ event }) => event,
  seq: ({ seq }) => seq,
  size: ({ payloadBytes, wireBytes }) => payloadBytes ?? wireBytes,
  wireBytes: ({ wireBytes }) => wireBytes,
  closeCode: ({ closeCode }) => closeCode,
};

function compileColumn(column: PredicateColumn, test: ValueTest): SeenTest {
  const read = COLUMN_VALUES[column];
  const accepts = compileValueTest(test);
  return ({ frame }) => {
    const value = read(frame);
    return value !== null && accepts(value);
  };
}

function compileValueTest(test: ValueTest): (value: number | string) => boolean {
  switch (test.type) {
    case 'any':
      return () => true;
    case 'range':
      return (value) => typeof value === 'number' && test.low <= value && value <= test.high;
    case 'equal':
      return (value) => value === test.value;
    case 'glob': {
      const isLike = compileGlob(test.pattern);
      return (value) => isLike(toCapitals(String(value)));
    }
  }
}

/** Places of a subject's id in the data of a payload, and events whose own id it is. */
export const SUBJECTS: Readonly<
  Record<Subject, { readonly paths: readonly (readonly string[])[]; readonly events: readonly string[] }>
> = {
  guild: { paths: [['guild_id']], events: ['GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE'] },
  channel: {
    paths: [['channel_id']],
    events: ['CREATE', 'UPDATE', 'DELETE'].flatMap((what) => [`CHANNEL_${what}`, `THREAD_${what}`]),
  },
  user: {
    paths: [['user_id'], ['author', 'id'], ['user', 'id'], ['member', 'user', 'id']],
    events: [],
  },
};

/** Path of a payload's own id, of the events of a subject. */
export const OWN_ID: readonly string[] = ['id'];

function compileAbout(subject: Subject, id: string | null): SeenTest {
  const { paths, events } = SUBJECTS[subject];
  const hasId = compileIdTest(paths, id);
  const hasOwnId = compileIdTest([OWN_ID], id);
  return withPayload(
    (payload, { event }) => hasId(payload) || (event !== null && events.includes(event) && hasOwnId(payload)),
  );
}

/** Test of payloads for an id, or any id if it is null, at one of these paths in the data. Text and number are the same id. */
export function compileIdTest(
  paths: readonly (readonly string[])[],
  id: string | null,
): (payload: JsonValue) => boolean {
  const accepts = (value: JsonValue | undefined): boolean => {
    if (id === null) return value !== undefined && value !== null;
    return (typeof value === 'string' || typeof value === 'number') && String(value) === id;
  };
  return (payload) => paths.some((path) => accepts(readMember(payload, ['d', ...path])));
}

function readMember(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, name) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined;
    return Object.hasOwn(inner, name) ? (inner as JsonObject)[name] : undefined;
  }, value);
}
