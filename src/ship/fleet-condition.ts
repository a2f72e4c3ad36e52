/**
 * Conditions for ClickHouse: converts a predicate on frames to a condition on a fleet's frames, roll-ups or heartbeats.
 *
 * Values are parameters, never part of the statement's text. If a row lacks a value, a condition on it is false and its
 * negation is true. For roll-ups, times are rounded down to the minute, because they have no finer ones. The server does
 * not decide what is about payloads: it only leaves out payloads that cannot pass (`bodyCondition`).
 */
import { UsageError } from '../errors.js';
import { codeOf, readMembers } from '../filter/glob.js';
import type { ValueTest } from '../filter/key-values.js';
import { findNeedles } from '../filter/needles.js';
import { hasShortEscape } from '../filter/text-search.js';
import type { Predicate, PredicateAtom, PredicateColumn } from '../filter/predicate.js';
import { MINUTE_US } from '../store/rollups.js';

/** A condition, with the values of its parameters by their names. */
export interface FleetCondition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** Finds a column of the predicate; `test` gives the condition on its expression. */
type ColumnRule = (test: (sql: string) => string, table: (name: string) => string) => string;

type ColumnRules = Partial<Readonly<Record<PredicateColumn, ColumnRule>>>;

/** Columns that roll-ups have, and frames too. */
const SUM_COLUMNS: ColumnRules = {
  atUs: (test) => test('minute_at_us'),
  service: (test) => test('service'),
  sender: (test) => test('sender'),
  kind: (test) => test('kind'),
  status: (test) => test('status'),
  op: (test) => test('op'),
  event: (test) => test('event'),
  connection: (test) => test('connection_id'),
  session: (test) => test('nullIf(session_id, 0)'),
  capture: (test, table) =>
    `(recorder, connection_id) IN (SELECT recorder, id FROM ${table('connection')} FINAL WHERE ${test('capture_id')})`,
  shard: (test, table) =>
    `(recorder, session_id) IN (SELECT recorder, id FROM ${table('session')} FINAL WHERE ${test('shard_id')})`,
};

const FRAME_COLUMNS: Readonly<Record<PredicateColumn, ColumnRule>> = {
  ...(SUM_COLUMNS as Readonly<Record<keyof typeof SUM_COLUMNS, ColumnRule>>),
  atUs: (test) => test('at_us'),
  id: (test) => test('frame_id'),
  seq: (test) => test('seq'),
  size: (test) => test('ifNull(payload_bytes, wire_bytes)'),
  wireBytes: (test) => test('wire_bytes'),
  closeCode: (test) => test('close_code'),
};

/** Columns of a frame, all that predicates can be about. */
export const ALL_COLUMNS = Object.keys(FRAME_COLUMNS) as readonly PredicateColumn[];

/** Name of a table in a statement. */
type NameTable = (name: string) => string;

/** Condition on roll-ups and heartbeats. Throws UsageError if it is about something that sums do not distinguish. */
export function sumCondition(predicate: Predicate, table: NameTable): FleetCondition {
  return new Conditions(SUM_COLUMNS, table).of(predicate);
}

/** Condition on frames, of a predicate without what payloads say. */
export function frameCondition(predicate: Predicate, table: NameTable): FleetCondition {
  return new Conditions(FRAME_COLUMNS, table).of(predicate);
}

/** Parameters of one statement, by their names. */
class Binding {
  readonly parameters: Record<string, string | number> = {};
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  bind(value: string | number, type: 'String' | 'Int64'): string {
    const name = `${this.#prefix}${Object.keys(this.parameters).length}`;
    this.parameters[name] = value;
    return `{${name}:${type}}`;
  }
}

class Conditions {
  readonly #columns: ColumnRules;
  readonly #table: NameTable;
  readonly #binding = new Binding('p');

  constructor(columns: ColumnRules, table: NameTable) {
    this.#columns = columns;
    this.#table = table;
  }

  of(predicate: Predicate): FleetCondition {
    return { sql: this.#toSql(predicate), parameters: this.#binding.parameters };
  }

  #toSql(part: Predicate): string {
    switch (part.type) {
      case 'all':
        return part.parts.length === 0
          ? '1'
          : `(${part.parts.map((each) => this.#toSql(each)).join(' AND ')})`;
      case 'any':
        return part.parts.length === 0
          ? '0'
          : `(${part.parts.map((each) => this.#toSql(each)).join(' OR ')})`;
      case 'not':
        return `NOT ${this.#toSql(part.part)}`;
      case 'column':
        return this.#columnSql(part.column, part.test);
      default:
        throw unknownToSums('what payloads say');
    }
  }

  #columnSql(column: PredicateColumn, test: ValueTest): string {
    const rule = this.#columns[column];
    if (rule === undefined) throw unknownToSums(column);
    const isRounded = column === 'atUs' && this.#columns === SUM_COLUMNS;
    const asked = isRounded ? roundTimes(test) : test;
    return `ifNull(${rule((sql) => testSql(sql, asked, this.#binding), this.#table)}, 0)`;
  }
}

/**
 * Condition on the column `body` that holds wherever the predicate does: what it says of columns is left open. Null if it
 * holds for every payload.
 */
export function bodyCondition(predicate: Predicate): FleetCondition | null {
  const binding = new Binding('b');
  const sql = possibleSql(predicate, binding);
  return sql === null ? null : { sql, parameters: binding.parameters };
}

function possibleSql(predicate: Predicate, binding: Binding): string | null {
  switch (predicate.type) {
    case 'all': {
      const parts = predicate.parts.map((part) => possibleSql(part, binding)).filter((sql) => sql !== null);
      return parts.length === 0 ? null : `(${parts.join(' AND ')})`;
    }
    case 'any': {
      const parts = predicate.parts.map((part) => possibleSql(part, binding));
      return parts.length === 0 || parts.includes(null) ? null : `(${parts.join(' OR ')})`;
    }
    case 'not':
    case 'column':
      return null;
    default:
      return needleSql(predicate, binding);
  }
}

/** The body has all needles of an atom, or escapes with which they may be written. */
function needleSql(atom: PredicateAtom, binding: Binding): string | null {
  const parts = findNeedles(atom)
    // Half a pair of surrogates cannot be sent, and a NUL is always an escape.
    .filter(({ text }) => !/\p{Surrogate}|\0/u.test(text))
    .map(({ text, spelled }) => {
      const escape = hasShortEscape(spelled) ? '\\' : '\\u';
      return `(positionCaseInsensitive(body, ${binding.bind(text, 'String')}) > 0 OR position(body, ${binding.bind(escape, 'String')}) > 0)`;
    });
  return parts.length === 0 ? null : `(${parts.join(' AND ')})`;
}

function unknownToSums(what: string): UsageError {
  return new UsageError(
    `a fleet is asked by its roll-ups, which do not know ${what}`,
    'select by op, event, sender, kind, status, service, shard, session, connection and time, or ask the files with --db',
  );
}

/** Converts a range of times to minutes: both ends are rounded down, and minutes that begin within match. */
function roundTimes(test: ValueTest): ValueTest {
  if (test.type !== 'range') return test;
  return { type: 'range', low: toMinute(test.low), high: toMinute(test.high + 1) - 1 };
}

function toMinute(atUs: number): number {
  return Number.isFinite(atUs) ? Math.floor(atUs / MINUTE_US) * MINUTE_US : atUs;
}

function testSql(sql: string, test: ValueTest, binding: Binding): string {
  switch (test.type) {
    case 'any':
      return `${sql} IS NOT NULL`;
    case 'equal':
      return `${sql} = ${binding.bind(test.value, 'String')}`;
    case 'glob': {
      const pattern = toRegularExpression(test.pattern);
      return pattern === null ? '0' : `match(upper(${sql}), ${binding.bind(pattern, 'String')})`;
    }
    case 'range': {
      const { low, high } = test;
      const limits = [
        ...(low === -Infinity ? [] : [`${sql} >= ${binding.bind(toInt64(low), 'Int64')}`]),
        ...(high === Infinity ? [] : [`${sql} <= ${binding.bind(toInt64(high), 'Int64')}`]),
      ];
      return limits.length === 0 ? `${sql} IS NOT NULL` : `(${limits.join(' AND ')})`;
    }
  }
}

/** A limit that fits, as text: none of the columns has values as great as the greatest. */
function toInt64(limit: number): string {
  return String(BigInt(Math.trunc(Math.max(-GREATEST, Math.min(limit, GREATEST)))));
}

const GREATEST = 2 ** 62;

/** A glob (filter/glob.ts) as a regular expression of RE2; null if it matches nothing. */
export function toRegularExpression(glob: string): string | null {
  const chars = Array.from(glob);
  let pattern = '';
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '*') pattern += '.*';
    else if (char === '?') pattern += '.';
    else if (char !== '[') pattern += escapeLiteral(char);
    else {
      const end = chars.indexOf(']', at + (chars[at + 1] === '^' ? 3 : 2));
      if (end < 0) return null;
      pattern += toClass(chars.slice(at + 1, end));
      at = end;
    }
  }
  return `(?s)^${pattern}$`;
}

function escapeLiteral(char: string): string {
  return /[\\^$.*?[|+(){}\]]/.test(char) ? `\\${char}` : char;
}

/** The inside of a class. A range whose end is before its start has no members, and is an error of RE2. */
function toClass(chars: readonly string[]): string {
  const isInverted = chars[0] === '^';
  const { singles, ranges } = readMembers(isInverted ? chars.slice(1) : chars);
  const members = [
    ...[...singles].map(escapeMember),
    ...ranges
      .filter(([first, last]) => codeOf(first) <= codeOf(last))
      .map(([first, last]) => `${escapeMember(first)}-${escapeMember(last)}`),
  ];
  if (members.length > 0) return `[${isInverted ? '^' : ''}${members.join('')}]`;
  return isInverted ? '.' : NO_CHARACTER;
}

/** A class of RE2 that no character is in. */
const NO_CHARACTER = '[^\\s\\S]';

function escapeMember(char: string): string {
  return /[-\\^\][]/.test(char) ? `\\${char}` : char;
}
