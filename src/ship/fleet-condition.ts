/**
 * Conditions for ClickHouse: converts a predicate on frames to a condition on a fleet's roll-ups or heartbeats.
 *
 * Values are parameters, never part of the statement's text. If a row lacks a value, a condition on it is false and its
 * negation is true. Times are rounded down to the minute, because roll-ups have no finer ones.
 */
import { UsageError } from '../errors.js';
import type { ValueTest } from '../filter/key-values.js';
import type { Predicate, PredicateColumn } from '../filter/predicate.js';
import { MINUTE_US } from '../store/rollups.js';

/** A condition, with the values of its parameters by their names. */
export interface FleetCondition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** Finds a column of the predicate; `test` gives the condition on its expression. */
type ColumnRule = (test: (sql: string) => string, table: (name: string) => string) => string;

const COLUMNS: Partial<Record<PredicateColumn, ColumnRule>> = {
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

/** Condition of a predicate. Throws UsageError if it is about something that sums do not distinguish. */
export function fleetCondition(predicate: Predicate, table: (name: string) => string): FleetCondition {
  const parameters: Record<string, string | number> = {};
  const bind = (value: string | number, type: 'String' | 'Int64'): string => {
    const name = `p${Object.keys(parameters).length}`;
    parameters[name] = value;
    return `{${name}:${type}}`;
  };
  const toSql = (part: Predicate): string => {
    switch (part.type) {
      case 'all':
        return part.parts.length === 0 ? '1' : `(${part.parts.map(toSql).join(' AND ')})`;
      case 'any':
        return part.parts.length === 0 ? '0' : `(${part.parts.map(toSql).join(' OR ')})`;
      case 'not':
        return `NOT ${toSql(part.part)}`;
      case 'column': {
        const rule = COLUMNS[part.column];
        if (rule === undefined) throw unknownToSums(part.column);
        return `ifNull(${rule((sql) => testSql(sql, roundTimes(part.column, part.test), bind), table)}, 0)`;
      }
      default:
        throw unknownToSums('what payloads say');
    }
  };
  return { sql: toSql(predicate), parameters };
}

function unknownToSums(what: string): UsageError {
  return new UsageError(
    `a fleet is asked by its roll-ups, which do not know ${what}`,
    'select by op, event, sender, kind, status, service, shard, session, connection and time, or ask the files with --db',
  );
}

/** Converts a range of times to minutes: both ends are rounded down, and minutes that begin within match. */
function roundTimes(column: PredicateColumn, test: ValueTest): ValueTest {
  if (column !== 'atUs' || test.type !== 'range') return test;
  return { type: 'range', low: toMinute(test.low), high: toMinute(test.high + 1) - 1 };
}

function toMinute(atUs: number): number {
  return Number.isFinite(atUs) ? Math.floor(atUs / MINUTE_US) * MINUTE_US : atUs;
}

function testSql(
  sql: string,
  test: ValueTest,
  bind: (value: string | number, type: 'String' | 'Int64') => string,
): string {
  switch (test.type) {
    case 'any':
      return `${sql} IS NOT NULL`;
    case 'equal':
      return `${sql} = ${bind(test.value, 'String')}`;
    case 'glob': {
      const pattern = toRegularExpression(test.pattern);
      return pattern === null ? '0' : `match(upper(${sql}), ${bind(pattern, 'String')})`;
    }
    case 'range': {
      const { low, high } = test;
      const limits = [
        ...(low === -Infinity ? [] : [`${sql} >= ${bind(low, 'Int64')}`]),
        ...(high === Infinity ? [] : [`${sql} <= ${bind(high, 'Int64')}`]),
      ];
      return limits.length === 0 ? `${sql} IS NOT NULL` : `(${limits.join(' AND ')})`;
    }
  }
}

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
      const isInverted = chars[at + 1] === '^';
      const members = chars.slice(at + (isInverted ? 2 : 1), end);
      pattern += `[${isInverted ? '^' : ''}${members.map(escapeMember).join('')}]`;
      at = end;
    }
  }
  return `(?s)^${pattern}$`;
}

function escapeLiteral(char: string): string {
  return /[\\^$.|+(){}\]]/.test(char) ? `\\${char}` : char;
}

/** A hyphen makes a range, also in a glob, unless it is the first or the last member. */
function escapeMember(char: string, index: number, members: readonly string[]): string {
  if (char === '-') return index === 0 || index === members.length - 1 ? '\\-' : '-';
  return /[\\^\][]/.test(char) ? `\\${char}` : char;
}
