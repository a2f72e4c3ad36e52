/**
 * Predicates: what a filter means, in conditions on the columns and the payload of a frame.
 *
 * Two things are made of a predicate: a test of decoded frames (evaluate.ts) and a condition in SQL (store/). A
 * condition on a value that a frame does not have does not hold; its negation does.
 */
import { assertNever } from '../errors.js';
import type { FieldPath, FieldTest } from './field-values.js';
import { readKeyValue, type FilterContext, type ValueTest } from './key-values.js';
import type { KeyName } from './keys.js';
import type { FieldTerm, Filter, FilterValue, KeyTerm } from './nodes.js';

/** What a frame is about, by ids in its payload. */
export type Subject = 'guild' | 'channel' | 'user';

/** A column of frames that predicates can be about. */
export type PredicateColumn =
  | 'id'
  | 'atUs'
  | 'capture'
  | 'connection'
  | 'service'
  | 'session'
  | 'shard'
  | 'sender'
  | 'kind'
  | 'status'
  | 'op'
  | 'event'
  | 'seq'
  | 'size'
  | 'wireBytes'
  | 'closeCode';

/** A condition on frames. */
export type Predicate =
  | { readonly type: 'all'; readonly parts: readonly Predicate[] }
  | { readonly type: 'any'; readonly parts: readonly Predicate[] }
  | { readonly type: 'not'; readonly part: Predicate }
  | PredicateAtom;

/** A condition without parts. */
export type PredicateAtom =
  | { readonly type: 'column'; readonly column: PredicateColumn; readonly test: ValueTest }
  /** The id, or any id if it is null. */
  | { readonly type: 'about'; readonly subject: Subject; readonly id: string | null }
  | { readonly type: 'field'; readonly path: FieldPath; readonly test: FieldTest }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'pattern'; readonly source: string; readonly flags: string };

/** Holds for every frame. */
export const ALWAYS: Predicate = Object.freeze({ type: 'all', parts: Object.freeze([]) });

/** Holds for no frame. */
export const NEVER: Predicate = Object.freeze({ type: 'any', parts: Object.freeze([]) });

/** Predicate that holds where all of `parts` do. */
export function requireAll(parts: readonly Predicate[]): Predicate {
  const flat = parts.flatMap((part) => (part.type === 'all' ? part.parts : [part]));
  const [only, ...others] = flat;
  if (only === undefined) return ALWAYS;
  if (flat.some((part) => part.type === 'any' && part.parts.length === 0)) return NEVER;
  return others.length === 0 ? only : { type: 'all', parts: flat };
}

/** Predicate that holds where one of `parts` does. */
export function requireAny(parts: readonly Predicate[]): Predicate {
  const flat = parts.flatMap((part) => (part.type === 'any' ? part.parts : [part]));
  const [only, ...others] = flat;
  if (only === undefined) return NEVER;
  if (flat.some((part) => part.type === 'all' && part.parts.length === 0)) return ALWAYS;
  return others.length === 0 ? only : { type: 'any', parts: flat };
}

/** Predicate that holds where `part` does not. */
export function negate(part: Predicate): Predicate {
  if (part.type === 'not') return part.part;
  if (part.type === 'all' && part.parts.length === 0) return NEVER;
  if (part.type === 'any' && part.parts.length === 0) return ALWAYS;
  return { type: 'not', part };
}

const COLUMNS: Readonly<Record<Exclude<KeyName, Subject | 'close'>, PredicateColumn>> = {
  op: 'op',
  event: 'event',
  sender: 'sender',
  kind: 'kind',
  status: 'status',
  service: 'service',
  connection: 'connection',
  session: 'session',
  shard: 'shard',
  capture: 'capture',
  size: 'size',
  wire: 'wireBytes',
  seq: 'seq',
  id: 'id',
  since: 'atUs',
  until: 'atUs',
};

/** Columns that a predicate is about. */
export function findColumns(predicate: Predicate): ReadonlySet<PredicateColumn> {
  switch (predicate.type) {
    case 'all':
    case 'any':
      return new Set(predicate.parts.flatMap((part) => [...findColumns(part)]));
    case 'not':
      return findColumns(predicate.part);
    case 'column':
      return new Set([predicate.column]);
    default:
      return new Set();
  }
}

/** Meaning of a filter, where `context` says what `latest` and `2h` refer to. */
export function toPredicate(filter: Filter, context: FilterContext): Predicate {
  switch (filter.type) {
    case 'all':
      return requireAll(filter.parts.map((part) => toPredicate(part, context)));
    case 'any':
      return requireAny(filter.parts.map((part) => toPredicate(part, context)));
    case 'not':
      return negate(toPredicate(filter.part, context));
    case 'key':
      return listed(filter, (value) => toKeyPredicate(filter.key, value, context));
    case 'field':
      return listed(filter, (value) => ({ type: 'field', path: filter.path, test: toFieldTest(value) }));
    case 'text':
    case 'pattern':
      return filter;
    default:
      return assertNever(filter);
  }
}

/** One of the values included, if there are any, and none of those excluded. */
function listed(
  { include, exclude }: Pick<KeyTerm | FieldTerm, 'include' | 'exclude'>,
  toOne: (value: FilterValue) => Predicate,
): Predicate {
  return requireAll([
    include.length === 0 ? ALWAYS : requireAny(include.map(toOne)),
    ...exclude.map((value) => negate(toOne(value))),
  ]);
}

function toKeyPredicate(key: KeyName, value: FilterValue, context: FilterContext): Predicate {
  const tests = readKeyValue(key, value, context);
  if (tests === null) throw new TypeError(`${key} has no such value`);
  return requireAny(
    tests.map((test): Predicate => {
      switch (key) {
        case 'guild':
        case 'channel':
        case 'user':
          return { type: 'about', subject: key, id: test.type === 'equal' ? test.value : null };
        case 'close':
          return requireAll([IS_CLOSE, { type: 'column', column: 'closeCode', test }]);
        default:
          return { type: 'column', column: COLUMNS[key], test };
      }
    }),
  );
}

// The code alone would say the same, but it is in no index.
const IS_CLOSE: Predicate = { type: 'column', column: 'kind', test: { type: 'equal', value: 'close' } };

const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

function toFieldTest(value: FilterValue): FieldTest {
  switch (value.type) {
    case 'any':
      return { type: 'exists' };
    case 'glob':
      return { type: 'glob', pattern: value.text };
    case 'between':
      return {
        type: 'numbers',
        limits: [
          { operator: '>=', text: value.low },
          { operator: '<=', text: value.high },
        ],
      };
    case 'compare': {
      const { operator, text, isQuoted } = value;
      if (isQuoted || !NUMBER.test(text)) return { type: 'strings', operator, text };
      return { type: 'numbers', limits: [{ operator, text }] };
    }
    case 'is': {
      const { text, isQuoted } = value;
      const literal = isQuoted ? undefined : LITERALS.get(text);
      if (literal !== undefined) return { type: 'literal', value: literal };
      return { type: !isQuoted && NUMBER.test(text) ? 'number' : 'string', text };
    }
  }
}
