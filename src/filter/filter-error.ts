/**
 * Error of a filter: what is wrong, where, and the lines that show it.
 */
import { UsageError } from '../errors.js';

/** Columns of the filter's text that are shown around the place of the error. */
const SHOWN_COLUMNS = 72;

/** A filter that cannot be read. */
export class FilterError extends UsageError {
  /** Text of the filter. */
  readonly text: string;
  /** Place of the error, in characters from 1. */
  readonly column: number;
  readonly #what: string;
  readonly #at: number;

  /** `at` is an index into `text`. */
  constructor(what: string, hint: string, text: string, at: number) {
    const column = Array.from(text.slice(0, at)).length + 1;
    super(`${what}, at column ${column} of the filter`, hint);
    this.text = text;
    this.column = column;
    this.#what = what;
    this.#at = at;
  }

  /** The same error, with what the filter is of. */
  within(place: string): FilterError {
    return new FilterError(`${place}: ${this.#what}`, this.hint, this.text, this.#at);
  }

  /** The text of the filter, or the part of it around the error, and below it a caret at the place. */
  get excerpt(): readonly [text: string, caret: string] {
    const chars = Array.from(this.text);
    const from = chars.length <= SHOWN_COLUMNS ? 0 : Math.max(0, this.column - SHOWN_COLUMNS / 2);
    const shown = chars.slice(from, from + SHOWN_COLUMNS).map((char) => (/\s/.test(char) ? ' ' : char));
    return [shown.join(''), `${' '.repeat(Math.min(this.column - 1 - from, shown.length))}^`];
  }
}
