/**
 * Scanner of the filter language: the pieces of a filter's text, one after the other.
 *
 * Methods whose names end in `Raw` look at the very next character; all others skip white space first.
 */
import { FilterError } from './filter-error.js';
import type { CompareOperator } from './nodes.js';

const FIRST_STEP = /(?<word>[\w$-]+)/y;
const STEP = /\.(?<word>[\w$-]+)|\[(?:(?<index>-?\d{1,9})|(?<key>"(?:[^"\\]|\\.)*"))\]/y;
const WORD = /[^\s()"]+/y;
const VALUE = /[^\s(),"]*/y;
const OPERATOR = />=|<=|[<>~]/y;
const FLAGS = /[A-Za-z]*/y;

/** A path and its text. */
export interface ScannedPath {
  readonly steps: readonly (string | number)[];
  readonly text: string;
}

/** Reads a filter's text from left to right. */
export class FilterScanner {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Place of the next piece: an index into the text. */
  get at(): number {
    this.#skip();
    return this.#at;
  }

  /** The very next place. */
  get atRaw(): number {
    return this.#at;
  }

  /** Whether nothing but white space is left. */
  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Whether a term may end here. */
  get isAtBreak(): boolean {
    return /^[\s)]?$/.test(this.peekRaw());
  }

  /** First character of the next piece; empty at the end. */
  peek(): string {
    this.#skip();
    return this.peekRaw();
  }

  /** The next character; empty at the end. */
  peekRaw(): string {
    return this.text[this.#at] ?? '';
  }

  /** Takes `char` if it is next. */
  take(char: string): boolean {
    this.#skip();
    return this.takeRaw(char);
  }

  /** Takes `char` if it is the very next character. */
  takeRaw(char: string): boolean {
    if (this.peekRaw() !== char) return false;
    this.#at += 1;
    return true;
  }

  /** Whether a reserved word is next, in any case. */
  isWord(word: string): boolean {
    this.#skip();
    const end = this.#at + word.length;
    return this.text.slice(this.#at, end).toLowerCase() === word && /^[\s()"]?$/.test(this.text[end] ?? '');
  }

  /** Takes a reserved word if it is next. */
  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at += word.length;
    return true;
  }

  /** Takes a key or a path with its colon. Takes nothing and returns null if the text has neither. */
  path(): ScannedPath | null {
    const start = this.at;
    const steps: (string | number)[] = [];
    let end = start;
    for (let step = this.#step(end, FIRST_STEP); step !== null; step = this.#step(end, STEP)) {
      steps.push(step.name);
      end = step.end;
    }
    if (steps.length === 0 || this.text[end] !== ':') return null;
    this.#at = end + 1;
    return { steps, text: this.text.slice(start, end) };
  }

  #step(at: number, what: RegExp): { readonly name: string | number; readonly end: number } | null {
    what.lastIndex = at;
    const groups = what.exec(this.text)?.groups;
    if (groups === undefined) return null;
    const { word, index, key } = groups;
    return { name: (key === undefined ? word : unquote(key)) ?? Number(index), end: what.lastIndex };
  }

  /** Takes everything up to white space, a parenthesis or a quotation mark. */
  word(): string {
    this.#skip();
    return this.#matched(WORD);
  }

  /** Takes a value that has no quotes, which a comma ends too; it may be empty. */
  value(): string {
    return this.#matched(VALUE);
  }

  /** Takes `>`, `>=`, `<`, `<=` or `~`; returns null if the text has no such sign. */
  operator(): CompareOperator | '~' | null {
    const operator = this.#matched(OPERATOR);
    return operator === '' ? null : (operator as CompareOperator | '~');
  }

  /** Takes a text in quotes. A backslash before a quotation mark or a backslash makes it part of the text. */
  quoted(): string {
    const start = this.at;
    for (let end = start + 1; end < this.text.length; end++) {
      if (this.text[end] === '\\') end += 1;
      else if (this.text[end] === '"') {
        this.#at = end + 1;
        return unquote(this.text.slice(start, end + 1));
      }
    }
    throw new FilterError('the quotes are not closed', 'add "', this.text, start);
  }

  /** Takes a regular expression; its source is null if it is not closed. */
  pattern(): { readonly source: string | null; readonly flags: string } {
    const start = this.at;
    let isInClass = false;
    for (let end = start + 1; end < this.text.length; end++) {
      const char = this.text[end];
      if (char === '\\') end += 1;
      else if (char === '[') isInClass = true;
      else if (char === ']') isInClass = false;
      else if (char === '/' && !isInClass) {
        this.#at = end + 1;
        const flags = this.#matched(FLAGS);
        if (!this.isAtBreak) break;
        return { source: this.text.slice(start + 1, end), flags };
      }
    }
    this.#at = start;
    return { source: null, flags: '' };
  }

  /** Text from a place to the next piece. */
  textSince(at: number): string {
    return this.text.slice(at, this.#at);
  }

  #matched(what: RegExp): string {
    what.lastIndex = this.#at;
    const [text = ''] = what.exec(this.text) ?? [];
    this.#at += text.length;
    return text;
  }

  #skip(): void {
    while (/\s/.test(this.peekRaw())) this.#at += 1;
  }
}

/** A text in quotes as it is printed. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(["\\])/g, '$1');
}
