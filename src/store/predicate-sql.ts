/**
 * Predicates as SQL: conditions with bound values, in which no value ever becomes part of the SQL.
 *
 * Conditions on a frame's type are a set of small numbers, those on places compare ids, and both hold for roll-ups
 * too. Bodies are opened last and once: what is about them is gathered in one correlated subquery, which SQLite
 * evaluates after all other terms (whereexpr.c, TERM_VARSELECT), and which looks the body up by the frame's id.
 */
import { hasShortEscape } from '../filter/text-search.js';
import { OWN_ID, SUBJECTS } from '../filter/evaluate.js';
import type { ValueTest } from '../filter/key-values.js';
import { findNeedles, type Needle } from '../filter/needles.js';
import {
  negate,
  requireAll,
  requireAny,
  type Predicate,
  type PredicateAtom,
  type PredicateColumn,
} from '../filter/predicate.js';
import { EVERYTHING, NO_ROWS, whereAll, whereAny, type Condition } from './condition.js';
import { SELECT_PAYLOAD } from './packed-functions.js';

/** SQL of a frame's size. */
export const SIZE = 'coalesce(payload_bytes, wire_bytes)';

/** Data that a predicate reads; `mixed` has parts of several kinds. */
type Needs = 'type' | 'frame' | 'body' | 'mixed';

/** Columns of frame_type. */
const TYPE_COLUMNS: Partial<Record<PredicateColumn, string>> = {
  sender: 'sender',
  kind: 'kind',
  status: 'status',
  op: 'op',
  event: 'event',
};

/** Condition on frame, and on minute_rollup and hour_rollup where the predicate is about types and places alone. */
export function predicateCondition(predicate: Predicate): Condition {
  switch (findNeeds(predicate)) {
    case 'type': {
      const { sql, values } = innerCondition(predicate);
      return { sql: `type_id IN (SELECT id FROM frame_type WHERE ${sql})`, values };
    }
    case 'body':
      return bodyCondition(predicate);
    case 'frame':
      return innerCondition(predicate);
    case 'mixed':
      return mixedCondition(predicate);
  }
}

function findNeeds(predicate: Predicate): Needs {
  switch (predicate.type) {
    case 'all':
    case 'any': {
      const [first = 'frame', ...others] = predicate.parts.map(findNeeds);
      return others.every((needs) => needs === first) ? first : 'mixed';
    }
    case 'not':
      return findNeeds(predicate.part);
    case 'column':
      return predicate.column in TYPE_COLUMNS ? 'type' : 'frame';
    default:
      return 'body';
  }
}

const ORDER: readonly Needs[] = ['type', 'frame', 'mixed', 'body'];

function mixedCondition(predicate: Predicate): Condition {
  if (predicate.type === 'not') return isNotTrue(predicateCondition(predicate.part));
  if (predicate.type !== 'all' && predicate.type !== 'any') return atomCondition(predicate);
  const combine = predicate.type === 'all' ? requireAll : requireAny;
  const groups = ORDER.flatMap((needs) => {
    const parts = predicate.parts.filter((part) => findNeeds(part) === needs);
    // Parts of the same kind share one subquery.
    return needs === 'type' || needs === 'body' ? (parts.length === 0 ? [] : [combine(parts)]) : parts;
  });
  return (predicate.type === 'all' ? whereAll : whereAny)(groups.map(predicateCondition));
}

/** Condition in the table that a predicate without mixed parts is about. */
function innerCondition(predicate: Predicate): Condition {
  switch (predicate.type) {
    case 'all':
      return whereAll(predicate.parts.map(innerCondition));
    case 'any':
      return whereAny(predicate.parts.map(innerCondition));
    case 'not':
      return isNotTrue(innerCondition(predicate.part));
    default:
      return atomCondition(predicate);
  }
}

/** A condition that is null does not hold, and its negation does. */
export function isNotTrue(condition: Condition): Condition {
  if (condition === EVERYTHING) return NO_ROWS;
  if (condition === NO_ROWS) return EVERYTHING;
  return { sql: `(${condition.sql}) IS NOT TRUE`, values: condition.values };
}

/** LIMIT keeps SQLite from looking the body up for each use of it. */
const FROM_BODY = `SELECT 1 FROM (SELECT ${SELECT_PAYLOAD} AS body LIMIT 1) WHERE body IS NOT NULL AND`;

function bodyCondition(predicate: Predicate): Condition {
  if (!holdsWithoutPayload(predicate)) {
    const { sql, values } = innerCondition(predicate);
    return { sql: `EXISTS (${FROM_BODY} (${sql}))`, values };
  }
  const { sql, values } = innerCondition(negate(predicate));
  return { sql: `NOT EXISTS (${FROM_BODY} (${sql}))`, values };
}

/** Whether a predicate about bodies holds for a frame that has none: no atom does. */
function holdsWithoutPayload(predicate: Predicate): boolean {
  switch (predicate.type) {
    case 'all':
      return predicate.parts.every(holdsWithoutPayload);
    case 'any':
      return predicate.parts.some(holdsWithoutPayload);
    case 'not':
      return !holdsWithoutPayload(predicate.part);
    default:
      return false;
  }
}

/** Condition of one atom, on `body` if it is about bodies. */
export function atomCondition(atom: PredicateAtom): Condition {
  switch (atom.type) {
    case 'column':
      return columnCondition(atom.column, atom.test);
    case 'about':
      return aboutCondition(atom);
    case 'field': {
      const { path, test } = atom;
      const call = { sql: 'field_matches(body, ?, ?)', values: [JSON.stringify(path), JSON.stringify(test)] };
      return whereAll([...findNeedles(atom).map(mayContain), call]);
    }
    case 'text': {
      const { text } = atom;
      const resolved = { sql: 'text_matches(body, ?)', values: [text] };
      return whereAny([contains(text), whereAll([hasEscapes(text), resolved])]);
    }
    case 'pattern':
      return { sql: 'pattern_matches(body, ?, ?)', values: [atom.source, atom.flags] };
  }
}

/** Columns of frame, and how those of other tables are found. The code of a close is in the frame's bytes. */
const COLUMN_SQL: Readonly<Record<PredicateColumn, (column: (sql: string) => Condition) => Condition>> = {
  id: (test) => test('id'),
  atUs: (test) => test('at_us'),
  seq: (test) => test('seq'),
  size: (test) => test(SIZE),
  wireBytes: (test) => test('wire_bytes'),
  connection: (test) => test('connection_id'),
  service: (test) =>
    within('connection_id IN (SELECT id FROM connection WHERE', test('service_name(upstream_url)')),
  // Roll-ups have 0 for no session.
  session: (test) => test('nullif(session_id, 0)'),
  capture: (test) => within('connection_id IN (SELECT id FROM connection WHERE', test('capture_id')),
  shard: (test) => within('session_id IN (SELECT id FROM session WHERE', test('shard_id')),
  closeCode: (test) =>
    within('EXISTS (SELECT 1 FROM frame_bytes WHERE frame_id = frame.id AND', test('close_code(bytes)')),
  sender: (test) => test('sender'),
  kind: (test) => test('kind'),
  status: (test) => test('status'),
  op: (test) => test('op'),
  event: (test) => test('event'),
};

function within(start: string, { sql, values }: Condition): Condition {
  return { sql: `${start} ${sql})`, values };
}

function columnCondition(column: PredicateColumn, test: ValueTest): Condition {
  return COLUMN_SQL[column]((sql) => valueCondition(sql, test));
}

/** Condition that a column has such a value. */
export function valueCondition(column: string, test: ValueTest): Condition {
  switch (test.type) {
    case 'any':
      return { sql: `${column} IS NOT NULL`, values: [] };
    case 'equal':
      return { sql: `${column} = ?`, values: [test.value] };
    case 'glob':
      return { sql: `upper(${column}) GLOB ?`, values: [test.pattern] };
    case 'range': {
      const { low, high } = test;
      if (low === high) return { sql: `${column} = ?`, values: [low] };
      if (low === -Infinity) return { sql: `${column} <= ?`, values: [high] };
      if (high === Infinity) return { sql: `${column} >= ?`, values: [low] };
      return { sql: `${column} BETWEEN ? AND ?`, values: [low, high] };
    }
  }
}

/** The id in one of a subject's places in the payload, or the payload's own id, of some events. */
function aboutCondition(atom: PredicateAtom & { readonly type: 'about' }): Condition {
  const { id } = atom;
  const { paths, events } = SUBJECTS[atom.subject];
  const hasId = (places: readonly (readonly string[])[]): Condition => ({
    sql: 'has_id(body, ?, ?)',
    values: [JSON.stringify(places), JSON.stringify(id)],
  });
  const isEvent = {
    sql: 'frame.type_id IN (SELECT id FROM frame_type WHERE event IN (SELECT value FROM json_each(?)))',
    values: [JSON.stringify(events)],
  };
  const own = events.length === 0 ? [] : [whereAll([isEvent, hasId([OWN_ID])])];
  // Looking for the id as text first is ten times as fast as parsing every body.
  return whereAll([...findNeedles(atom).map(mayContain), whereAny([hasId(paths), ...own])]);
}

/** The body has a text; the case of ASCII letters does not matter. LIKE is faster than instr(), which counts characters. */
function contains(text: string): Condition {
  // JSON spells a NUL with an escape, and LIKE takes it for the end of the pattern.
  if (text.includes('\0')) return NO_ROWS;
  return { sql: `body LIKE ? ESCAPE '\\'`, values: [`%${text.replace(/[\\%_]/g, '\\$&')}%`] };
}

/** The body has escapes with which JSON may spell `text`. */
function hasEscapes(text: string): Condition {
  return contains(hasShortEscape(text) ? '\\' : '\\u');
}

/** The body has a needle, or escapes with which it may be written. */
function mayContain({ text, spelled }: Needle): Condition {
  return whereAny([contains(text), hasEscapes(spelled)]);
}
