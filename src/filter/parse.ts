/**
 * Parser of the filter language: text to tree.
 *
 *   filter  = [ any ]
 *   any     = all { "or" all }
 *   all     = one { [ "and" ] one }
 *   one     = ( "-" | "not" ) one | "(" filter ")" | term
 *   term    = key ":" value { "," value } | word | "quoted text" | "/" regular expression "/" flags
 *   value   = [ "!" ] ( "*" | [ "~" ] text | ( ">" | ">=" | "<" | "<=" ) text | text ".." text )
 *
 * Everything is bounded: the length of the text, the depth of parentheses, the number of terms and their values, and
 * the size of regular expressions. Errors name the column.
 */
import { didYouMean } from '../closest.js';
import { OPCODES } from '../gateway/opcodes.js';
import { FilterError } from './filter-error.js';
import { hasGlobChars } from './glob.js';
import {
  CALL_KEYS,
  findKey,
  isKeyName,
  KEYS,
  PAYLOAD_ROOTS,
  type CallKeyName,
  type FilterKey,
  type KeyName,
} from './keys.js';
import { allOf, ALL_FRAMES, anyOf, exclude, type Filter, type FilterValue, type KeyTerm } from './nodes.js';
import { PatternMatcher } from './pattern/matcher.js';
import { PatternError } from './pattern/syntax.js';
import { FilterScanner } from './scanner.js';
import { readValue } from './key-values.js';

/** Characters of a filter at most. */
export const MAX_FILTER_LENGTH = 4_096;

/** Parentheses and exclusions within each other at most. */
export const MAX_FILTER_DEPTH = 32;

/** Terms at most; each value of a list counts. */
export const MAX_FILTER_TERMS = 256;

/** Characters of a regular expression at most. */
export const MAX_PATTERN_LENGTH = 512;

/** Tree of a filter of frames; of one without a term, ALL_FRAMES. Throws a FilterError. */
export function parseFilter(text: string): Filter {
  return parse(text, KEYS);
}

/** Tree of a filter of REST calls, which has no fields. Throws a FilterError. */
export function parseCallFilter(text: string): Filter<CallKeyName> {
  return parse(text, CALL_KEYS);
}

function parse<Key extends string>(text: string, keys: Readonly<Record<Key, FilterKey>>): Filter<Key> {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new FilterError(
      `the filter is longer than ${MAX_FILTER_LENGTH} characters`,
      'make several of it, or save parts as views',
      text,
      MAX_FILTER_LENGTH,
    );
  }
  return new FilterParser(text, keys).parse();
}

/** The term `key:text`, where spaces may be around the commas. Throws a FilterError for a text that is not its values. */
export function parseKeyTerm(key: KeyName, text: string): KeyTerm {
  const whole = `${key}:${text.trim().replace(/\s*,\s*/g, ',')}`;
  const filter = parseFilter(whole);
  if (filter.type === 'key' && filter.key === key) return filter;
  throw new FilterError(
    `${key} has no such value`,
    `expected ${findKey(key).expected}`,
    whole,
    key.length + 1,
  );
}

const OPCODE_NAMES = OPCODES.map(({ name }) => name);

class FilterParser<Key extends string> {
  readonly #keys: Readonly<Record<Key, FilterKey>>;
  readonly #scanner: FilterScanner;
  #depth = 0;
  #terms = 0;

  constructor(text: string, keys: Readonly<Record<Key, FilterKey>>) {
    this.#keys = keys;
    this.#scanner = new FilterScanner(text);
  }

  parse(): Filter<Key> {
    const filter = this.#any();
    if (!this.#scanner.isAtEnd) throw this.#error('there is no parenthesis to close', 'leave it out');
    return filter;
  }

  #any(): Filter<Key> {
    const first = this.#all();
    const parts = first === null ? [] : [first];
    while (this.#scanner.isWord('or')) {
      const { at } = this.#scanner;
      this.#scanner.takeWord('or');
      const part = this.#all();
      if (part === null || first === null) {
        throw this.#error('there is a term missing beside or', 'to search for the word, write "or"', at);
      }
      parts.push(part);
    }
    return parts.length === 0 ? ALL_FRAMES : anyOf(parts);
  }

  /** Terms side by side; null for none. */
  #all(): Filter<Key> | null {
    const parts: Filter<Key>[] = [];
    while (!this.#scanner.isAtEnd && this.#scanner.peek() !== ')' && !this.#scanner.isWord('or')) {
      // Terms side by side all have to hold anyway.
      if (!this.#scanner.takeWord('and')) parts.push(this.#one());
    }
    return parts.length === 0 ? null : allOf(parts);
  }

  #one(): Filter<Key> {
    const at = this.#scanner.at;
    if (this.#scanner.take('-') || this.#scanner.takeWord('not')) {
      this.#enter(at);
      const isAlone = this.#scanner.text[at] === '-' && this.#scanner.isAtBreak;
      if (isAlone || this.#scanner.isAtEnd || this.#scanner.peek() === ')') {
        throw this.#error(
          'there is nothing to exclude',
          'write the term right behind it, as -op:HEARTBEAT',
          at,
        );
      }
      const part = this.#one();
      this.#depth -= 1;
      return exclude(part);
    }
    if (!this.#scanner.take('(')) return this.#term();
    this.#enter(at);
    const filter = this.#any();
    if (!this.#scanner.take(')')) throw this.#error('the parenthesis is not closed', 'add )', at);
    this.#depth -= 1;
    return filter;
  }

  #term(): Filter<Key> {
    const scanner = this.#scanner;
    const at = scanner.at;
    this.#count(at);
    const char = scanner.peek();
    if (char === '"') return this.#text(scanner.quoted(), at);
    if (char === '/') return this.#pattern(at);
    const path = scanner.path();
    if (path !== null) return this.#keyed(path.steps, path.text, at);
    const word = scanner.word();
    if (word === '') throw this.#error(`${char} is out of place`, 'to search for it, put it in quotes', at);
    if (word.includes(':')) throw this.#unknownKey(word.slice(0, word.indexOf(':')), at);
    if (word.includes('*')) {
      const hint = 'words are found anywhere: leave * out, or put it in quotes to search for it';
      throw this.#error('a word has no globs', hint, at + word.indexOf('*'));
    }
    return this.#text(word, at);
  }

  #text(text: string, at: number): Filter<Key> {
    if (text === '') throw this.#error('there is no text to search for', 'write it between the quotes', at);
    return { type: 'text', text };
  }

  #pattern(at: number): Filter<Key> {
    const { source, flags } = this.#scanner.pattern();
    const hint = 'to search for a text that begins with /, put it in quotes';
    if (source === null) throw this.#error('the regular expression is not closed', hint, at);
    if (source.length > MAX_PATTERN_LENGTH)
      throw this.#error(
        `a regular expression has more than ${MAX_PATTERN_LENGTH} characters`,
        'shorten it',
        at,
      );
    if (source === '') throw this.#error('the regular expression is empty', hint, at);
    try {
      new PatternMatcher(source, flags);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw this.#error(`the regular expression cannot be read: ${error.message}`, hint, at + 1 + error.at);
    }
    return { type: 'pattern', source, flags: [...new Set(flags)].sort().join('') };
  }

  #keyed(steps: readonly (string | number)[], text: string, at: number): Filter<Key> {
    const [root] = steps;
    if (this.#hasFields && typeof root === 'string' && PAYLOAD_ROOTS.includes(root)) {
      return { type: 'field', path: steps, ...this.#values((from) => this.#fieldValue(text, from)) };
    }
    if (!this.#isKey(text)) throw this.#unknownKey(text, at);
    const term = { type: 'key', key: text, ...this.#values((from) => this.#keyValue(text, from)) } as const;
    const isTime = this.#keys[text].values.type === 'time';
    if (isTime && (term.exclude.length > 0 || term.include.length !== 1)) {
      throw this.#error(`${text} takes one time`, `write it as ${text}:2h`, at);
    }
    return term;
  }

  /** A list of values, each with `!` or without. */
  #values(readValue: (at: number) => FilterValue): Pick<KeyTerm, 'include' | 'exclude'> {
    const include: FilterValue[] = [];
    const excluded: FilterValue[] = [];
    do {
      const at = this.#scanner.atRaw;
      if (include.length + excluded.length > 0) this.#count(at);
      const isExcluded = this.#scanner.takeRaw('!');
      const value = readValue(at);
      if (!isExcluded && excluded.length > 0) {
        const hint = 'write ! before each value to exclude, and those to include first';
        throw this.#error('a value without ! comes after one with it', hint, at);
      }
      (isExcluded ? excluded : include).push(value);
    } while (this.#scanner.takeRaw(','));
    if (!this.#scanner.isAtBreak) {
      throw this.#error('the value has ended', 'put a space behind it, or quotes around all of it');
    }
    return { include, exclude: excluded };
  }

  #keyValue(key: Key, at: number): FilterValue {
    const { expected, values } = this.#keys[key];
    const value = this.#value(key, at);
    if (readValue(key, values, value, { nowUs: 0, findLatest: () => 0 }) !== null) return value;
    const text = this.#scanner.textSince(at).replace(/^!/, '');
    const reason = values.type === 'word' && value.type === 'is' ? values.absent?.[value.text] : undefined;
    if (reason !== undefined) throw this.#error(reason, `expected ${expected}`, at);
    const words = values.type === 'word' ? values.words : values.type === 'opcode' ? OPCODE_NAMES : [];
    throw this.#error(`${key} has no value ${text}`, didYouMean(text, words, `expected ${expected}`), at);
  }

  #fieldValue(path: string, at: number): FilterValue {
    const value = this.#value(path, at);
    if (value.type === 'is' && !value.isQuoted && value.text.includes('*')) {
      const hint = `write ${path}:~${value.text} for a glob, or put the text in quotes`;
      throw this.#error('the value of a field has no globs without ~', hint, at);
    }
    return value;
  }

  /** A value, with or without quotes; globs of keys need no `~`. */
  #value(key: string, at: number): FilterValue {
    const isField = !this.#isKey(key);
    const scanner = this.#scanner;
    const operator = scanner.operator();
    const isQuoted = scanner.peekRaw() === '"';
    const text = isQuoted ? scanner.quoted() : scanner.value();
    if (text === '' && !isQuoted) {
      throw this.#error(`there is no value for ${key}`, `write it right behind, as ${key}:VALUE`, at);
    }
    if (operator === '~') return { type: 'glob', text };
    if (operator !== null) return { type: 'compare', operator, text, isQuoted };
    if (isQuoted) return { type: 'is', text, isQuoted };
    if (text === '*') return { type: 'any' };
    return readRange(text, isField) ?? readPlain(text, isField);
  }

  #enter(at: number): void {
    if (++this.#depth <= MAX_FILTER_DEPTH) return;
    throw this.#error(`parentheses are nested deeper than ${MAX_FILTER_DEPTH}`, 'make it flatter', at);
  }

  #count(at: number): void {
    if (++this.#terms <= MAX_FILTER_TERMS) return;
    throw this.#error(`there are more than ${MAX_FILTER_TERMS} terms and values`, 'use globs or ranges', at);
  }

  /** Whether terms can be about fields: of payloads, which only frames have. */
  get #hasFields(): boolean {
    return 'event' in this.#keys;
  }

  #isKey(word: string): word is Key {
    return Object.hasOwn(this.#keys, word);
  }

  #unknownKey(key: string, at: number): FilterError {
    const quoting = 'the keys are in docs/filters.md; to search for a text with a colon, put it in quotes';
    const names = Object.keys(this.#keys);
    const [root = ''] = key.split(/[.[]/);
    if (!this.#hasFields && (isKeyName(key) || PAYLOAD_ROOTS.includes(root))) {
      return this.#error(
        `${key} is of frames, and REST calls have no such thing`,
        `choose by ${names.join(', ')}, or text`,
        at,
      );
    }
    const near = didYouMean(key, names, '');
    const isField = /^[a-z_]+[.[]/.test(key);
    if (isField && PAYLOAD_ROOTS.includes(root)) {
      const hint = `names with other characters are quoted, as ${root}["odd name"], and indexes are whole numbers`;
      return this.#error(`${key} is no path into the payload`, hint, at);
    }
    const hint = isField ? `fields of the payload begin with d., as d.${key}` : near === '' ? quoting : near;
    return this.#error(`there is no key ${key === '' ? ':' : key}`, hint, at);
  }

  #error(what: string, hint: string, at = this.#scanner.at): FilterError {
    return new FilterError(what, hint, this.#scanner.text, at);
  }
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const FIELD_RANGE = new RegExp(`^(?<low>${NUMBER})?\\.\\.(?<high>${NUMBER})?$`);
const KEY_RANGE = /^(?<low>[^.]+(?:\.\d[^.]*)?)?\.\.(?<high>[^.]+(?:\.\d[^.]*)?)?$/;

/** `a..b`, `a..` or `..b`; of fields, only numbers are taken for a range. */
function readRange(text: string, isField: boolean): FilterValue | null {
  const { low, high } = (isField ? FIELD_RANGE : KEY_RANGE).exec(text)?.groups ?? {};
  if (low !== undefined && high !== undefined) return { type: 'between', low, high };
  if (low !== undefined) return { type: 'compare', operator: '>=', text: low, isQuoted: false };
  if (high !== undefined) return { type: 'compare', operator: '<=', text: high, isQuoted: false };
  return null;
}

function readPlain(text: string, isField: boolean): FilterValue {
  return !isField && hasGlobChars(text) ? { type: 'glob', text } : { type: 'is', text, isQuoted: false };
}
