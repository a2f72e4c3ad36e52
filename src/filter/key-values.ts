/**
 * Values of keys: from the text of a value to the numbers or names that it means.
 */
import { OPCODES } from '../gateway/opcodes.js';
import { compileGlob } from './glob.js';
import { findKey, type KeyName, type ValueKind } from './keys.js';
import type { CompareOperator, FilterValue } from './nodes.js';
import { parseBytes, parseTime } from './quantities.js';

/** What words such as `latest` and `2h` refer to. */
export interface FilterContext {
  /** µs since the Unix epoch. */
  readonly nowUs: number;
  /** Id of the newest session, connection, capture or frame; null in an empty database. */
  readonly findLatest: (key: LatestKey) => number | null;
}

/** Keys whose values may be `latest`. */
export type LatestKey = 'session' | 'connection' | 'capture' | 'id';

/** What a value accepts. */
export type ValueTest =
  /** Any value, but not none. */
  | { readonly type: 'any' }
  /** Integers from `low` to `high`, both included; the ends may be infinite. */
  | { readonly type: 'range'; readonly low: number; readonly high: number }
  | { readonly type: 'equal'; readonly value: string }
  /** In capitals; texts are compared in capitals with it. */
  | { readonly type: 'glob'; readonly pattern: string };

type Tests = readonly ValueTest[];

/** What a value of a key accepts, any of these; null if the key cannot have it. */
export function readKeyValue(key: KeyName, value: FilterValue, context: FilterContext): Tests | null {
  return readValue(key, findKey(key).values, value, context);
}

/** What a value accepts that is read in some way, any of these; null if it cannot be read. */
export function readValue(
  key: string,
  kind: ValueKind,
  value: FilterValue,
  context: FilterContext,
): Tests | null {
  if (value.type === 'any') return kind.type === 'time' ? null : [{ type: 'any' }];
  return readTests(key, kind, value, context);
}

type GivenValue = Exclude<FilterValue, { readonly type: 'any' }>;

function readTests(key: string, kind: ValueKind, value: GivenValue, context: FilterContext): Tests | null {
  switch (kind.type) {
    case 'opcode':
      return readOpcode(value);
    case 'name':
      return readName(value);
    case 'word':
      return readWord(kind.words, value);
    case 'id':
      return readRange(value, (text) => readId(key, text, context));
    case 'number':
      return readRange(value, readWholeNumber);
    case 'http-status':
      return readHttpStatus(value);
    case 'bytes':
      return readRange(value, readSize);
    case 'snowflake':
      return value.type === 'is' && /^\d{1,20}$/.test(value.text)
        ? [{ type: 'equal', value: value.text }]
        : null;
    case 'time':
      return readTime(key, value, context.nowUs);
  }
}

/** Capitals of ASCII, as SQLite's upper() makes them. */
export function toCapitals(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function readOpcode(value: GivenValue): Tests | null {
  if (value.type === 'glob') {
    const isLike = compileGlob(toCapitals(value.text));
    const found = OPCODES.filter(({ name, otherNames }) => [name, ...otherNames].some(isLike));
    return found.length === 0 ? null : found.map(({ op }) => point(op));
  }
  return readRange(value, (text) => {
    if (/^-?\d+$/.test(text)) return toSafe(Number(text));
    const name = toCapitals(text);
    return OPCODES.find((one) => one.name === name || one.otherNames.includes(name))?.op ?? null;
  });
}

function readName(value: GivenValue): Tests | null {
  if (value.type === 'glob') return [{ type: 'glob', pattern: toCapitals(value.text) }];
  return value.type === 'is' ? [{ type: 'glob', pattern: toLiteralGlob(toCapitals(value.text)) }] : null;
}

/** Glob that matches one text alone. */
function toLiteralGlob(text: string): string {
  return text.replace(/[*?[]/g, '[$&]');
}

function readWord(words: readonly string[], value: GivenValue): Tests | null {
  if (value.type !== 'is' && value.type !== 'glob') return null;
  const isLike = value.type === 'glob' ? compileGlob(value.text) : (word: string) => word === value.text;
  const found = words.filter(isLike);
  return found.length === 0 ? null : found.map((word) => ({ type: 'equal', value: word }));
}

/** Statuses from 1; 0 is that of a call without an answer. */
function readHttpStatus(value: GivenValue): Tests | null {
  if (value.type === 'is') {
    const text = value.text.toLowerCase();
    if (text === 'none') return [point(0)];
    if (/^[1-9]xx$/.test(text)) {
      const hundreds = Number(text[0]) * 100;
      return [{ type: 'range', low: hundreds, high: hundreds + 99 }];
    }
  }
  const tests = readRange(value, (text) => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : null));
  return (
    tests?.map((test) => (test.type === 'range' ? { ...test, low: Math.max(1, test.low) } : test)) ?? null
  );
}

function readId(key: string, text: string, { findLatest }: FilterContext): number | null {
  if (text === 'latest') return findLatest(key as LatestKey) ?? 0;
  return readWholeNumber(text);
}

function readWholeNumber(text: string): number | null {
  return /^\d+$/.test(text) ? toSafe(Number(text)) : null;
}

function readSize(text: string): number | null {
  return text === '0' ? 0 : parseBytes(text);
}

function readTime(key: string, value: GivenValue, nowUs: number): Tests | null {
  if (value.type !== 'is') return null;
  const atUs = parseTime(value.text, nowUs);
  if (atUs === null) return null;
  const range = key === 'since' ? { low: atUs, high: Infinity } : { low: -Infinity, high: atUs - 1 };
  return [{ type: 'range', ...range }];
}

/** Integers that a value accepts; `read` is for the numbers in it. */
function readRange(value: GivenValue, read: (text: string) => number | null): Tests | null {
  if (value.type === 'glob') return null;
  if (value.type === 'between') {
    const [low, high] = [read(value.low), read(value.high)];
    return low === null || high === null ? null : [{ type: 'range', low, high }];
  }
  const number = read(value.text);
  if (number === null) return null;
  return [value.type === 'is' ? point(number) : { type: 'range', ...compared(value.operator, number) }];
}

function compared(operator: CompareOperator, value: number): { readonly low: number; readonly high: number } {
  switch (operator) {
    case '<':
      return { low: -Infinity, high: value - 1 };
    case '<=':
      return { low: -Infinity, high: value };
    case '>':
      return { low: value + 1, high: Infinity };
    case '>=':
      return { low: value, high: Infinity };
  }
}

function point(value: number): ValueTest {
  return { type: 'range', low: value, high: value };
}

function toSafe(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}
