/**
 * Syntax of regular expressions: the text of one, in JavaScript's notation, to a tree.
 *
 * It takes what a machine without backtracking can run: everything of JavaScript without the flag `u`, apart from
 * back references and lookaround. Quantifiers may be lazy; whether a text matches is the same for both.
 * Source: ECMA-262, Pattern, with the braces of Annex B.
 */
import {
  ANY_CHAR,
  DIGITS,
  foldCase,
  invertSet,
  LINE_ENDS,
  SPACES,
  uniteSets,
  WORD_CHARS,
  type CharSet,
} from './characters.js';

/** A condition between two characters. */
export type Assertion = 'start' | 'end' | 'lineStart' | 'lineEnd' | 'boundary' | 'noBoundary';

/** Part of a regular expression. */
export type PatternNode =
  | { readonly type: 'set'; readonly set: CharSet }
  | { readonly type: 'assertion'; readonly assertion: Assertion }
  | { readonly type: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number };

/** What is wrong with a regular expression, and where: an index into its text. */
export class PatternError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Flags that are known. */
const FLAGS = 'ims';

/** Groups within groups at most. */
const MAX_GROUPS = 50;

const CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: invertSet(DIGITS),
  w: WORD_CHARS,
  W: invertSet(WORD_CHARS),
  s: SPACES,
  S: invertSet(SPACES),
};

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 };

/** Tree of a regular expression. Throws a PatternError. */
export function parsePattern(source: string, flags: string): PatternNode {
  for (const flag of flags) {
    if (!FLAGS.includes(flag)) throw new PatternError(`the flag ${flag} is not known`, source.length + 1);
  }
  return new PatternParser(source, flags).parse();
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;
/** From here on V8 makes no difference between counts. */
const MAX_COUNT = 2 ** 31 - 1;

class PatternParser {
  readonly #source: string;
  readonly #isCaseless: boolean;
  readonly #isMultiline: boolean;
  readonly #hasDotAll: boolean;
  #at = 0;
  #groups = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#isCaseless = flags.includes('i');
    this.#isMultiline = flags.includes('m');
    this.#hasDotAll = flags.includes('s');
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#error('there is no group to close', this.#at);
    return node;
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    const [only, ...others] = parts;
    return only !== undefined && others.length === 0 ? only : { type: 'choice', parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#term());
    return { type: 'sequence', parts };
  }

  #term(): PatternNode {
    const start = this.#at;
    const part = this.#atom();
    const count = this.#quantifier();
    if (count === null) return part;
    if (part.type === 'assertion') throw this.#error('there is nothing to repeat', start);
    if (this.#quantifier() !== null) throw this.#error('there is nothing to repeat', this.#at - 1);
    return { type: 'repeat', part, ...count };
  }

  #quantifier(): { readonly least: number; readonly most: number } | null {
    QUANTIFIER.lastIndex = this.#at;
    const [text, from, comma, to] = QUANTIFIER.exec(this.#source) ?? [];
    if (text === undefined) return null;
    // `{3}5}` has no comma, so it is not a quantifier.
    if (comma === '' && to !== '') return null;
    const start = this.#at;
    this.#at += text.length;
    if (from === undefined) {
      return { least: text.startsWith('+') ? 1 : 0, most: text.startsWith('?') ? 1 : Infinity };
    }
    const least = readCount(from);
    const most = to !== undefined && to !== '' ? readCount(to) : comma === '' ? least : Infinity;
    if (most < least) throw this.#error('the numbers are out of order', start);
    return { least, most };
  }

  #atom(): PatternNode {
    const start = this.#at;
    if (this.#quantifier() !== null) throw this.#error('there is nothing to repeat', start);
    const char = this.#next();
    switch (char) {
      case '^':
        return { type: 'assertion', assertion: this.#isMultiline ? 'lineStart' : 'start' };
      case '$':
        return { type: 'assertion', assertion: this.#isMultiline ? 'lineEnd' : 'end' };
      case '(':
        return this.#group(start);
      case '[':
        return this.#bracket(start);
      case '.':
        return { type: 'set', set: this.#hasDotAll ? ANY_CHAR : invertSet(LINE_ENDS) };
      case '\\':
        return this.#escape(start);
      default:
        return this.#char(char.charCodeAt(0));
    }
  }

  #group(start: number): PatternNode {
    if (++this.#groups > MAX_GROUPS) throw this.#error(`groups are nested deeper than ${MAX_GROUPS}`, start);
    if (this.#take('?')) {
      const rest = this.#source.slice(this.#at);
      const name = /^(?::|<[A-Za-z_$][\w$]*>)/.exec(rest);
      const what = /^<?[=!]/.test(rest) ? 'lookaround' : 'this kind of group';
      if (name === null) throw this.#error(`${what} is not supported`, start);
      this.#at += name[0].length;
    }
    const node = this.#choice();
    if (!this.#take(')')) throw this.#error('the group is not closed', start);
    this.#groups -= 1;
    return node;
  }

  #escape(start: number): PatternNode {
    const char = this.#next();
    if (char === 'b') return { type: 'assertion', assertion: 'boundary' };
    if (char === 'B') return { type: 'assertion', assertion: 'noBoundary' };
    if (/[1-9k]/.test(char)) throw this.#error('references to groups are not supported', start);
    return this.#set(this.#escapedSet(char, start));
  }

  /** Characters of an escape whose backslash and next character have been read. */
  #escapedSet(char: string, start: number): CharSet {
    const set = CLASSES[char];
    if (set !== undefined) return set;
    const code = this.#escapedCode(char, start);
    return [[code, code]];
  }

  #escapedCode(char: string, start: number): number {
    if (char === 'x') return this.#hexCode(2, start);
    if (char === 'u') return this.#hexCode(4, start);
    if (char === 'c' && /[a-z]/i.test(this.#peek())) return this.#next().charCodeAt(0) % 32;
    const control = CONTROLS[char];
    if (control !== undefined && !(char === '0' && /\d/.test(this.#peek()))) return control;
    if (char === '') throw this.#error('there is nothing after the backslash', start);
    if (/\w/.test(char)) throw this.#error(`the escape \\${char} is not known`, start);
    return char.charCodeAt(0);
  }

  #hexCode(length: number, start: number): number {
    const digits = this.#source.slice(this.#at, this.#at + length);
    if (digits.length !== length || !/^[\da-f]+$/i.test(digits)) {
      throw this.#error(`${length} hexadecimal digits are missing`, start);
    }
    this.#at += length;
    return parseInt(digits, 16);
  }

  #bracket(start: number): PatternNode {
    const isInverted = this.#take('^');
    const sets: CharSet[] = [];
    while (!this.#take(']')) {
      if (this.#at >= this.#source.length) throw this.#error('the class is not closed', start);
      sets.push(this.#classRange());
    }
    const set = this.#folded(uniteSets(...sets));
    return { type: 'set', set: isInverted ? invertSet(set) : set };
  }

  #classRange(): CharSet {
    const start = this.#at;
    const from = this.#classAtom();
    // A hyphen at the end is itself.
    if (this.#peek() !== '-' || this.#source[this.#at + 1] === ']') return from;
    const hyphen = this.#at;
    this.#at += 1;
    if (this.#at >= this.#source.length) return from;
    const to = this.#classAtom();
    const [first, last] = [singleChar(from), singleChar(to)];
    // As in Annex B, a hyphen beside a class such as \d is itself.
    if (first === null || last === null) return uniteSets(from, [[0x2d, 0x2d]], to);
    if (first > last) throw this.#error('the range is out of order', Math.min(start, hyphen));
    return [[first, last]];
  }

  #classAtom(): CharSet {
    const start = this.#at;
    const char = this.#next();
    if (char !== '\\') return [[char.charCodeAt(0), char.charCodeAt(0)]];
    const escaped = this.#next();
    return escaped === 'b' ? [[8, 8]] : this.#escapedSet(escaped, start);
  }

  #char(code: number): PatternNode {
    return this.#set([[code, code]]);
  }

  #set(set: CharSet): PatternNode {
    return { type: 'set', set: this.#folded(set) };
  }

  #folded(set: CharSet): CharSet {
    return this.#isCaseless ? foldCase(set) : set;
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #next(): string {
    const char = this.#peek();
    this.#at += 1;
    return char;
  }

  #take(char: string): boolean {
    if (this.#peek() !== char || char === '') return false;
    this.#at += 1;
    return true;
  }

  #error(message: string, at: number): PatternError {
    return new PatternError(message, Math.min(at, this.#source.length));
  }
}

function singleChar(set: CharSet): number | null {
  const [[first, last] = [0, 1]] = set;
  return set.length === 1 && first === last ? first : null;
}

/** A count of repetitions; one that V8 takes for infinite is infinite here. */
function readCount(digits: string): number {
  const count = Number(digits);
  return count < MAX_COUNT ? count : Infinity;
}
