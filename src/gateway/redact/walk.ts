/**
 * Walks a JSON text and finds the values to mask: by path, and by key at any place.
 *
 * The text is known to be valid and of bounded depth; nothing is parsed but keys and what is masked. Masking keeps the
 * JSON type: a string becomes a placeholder, a number 0, a boolean false where it is personal, null stays null; of an
 * array or object every leaf is masked, and the keys that are ids.
 */
import {
  byteAt,
  matchingCloser,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipScalar,
  skipSpace,
  skipString,
} from '../../wire/json/grammar.js';
import { readTermKey, readTermName } from './term-keys.js';
import { stringAt } from '../../wire/json/scalars.js';
import type { Splice } from '../../wire/splices.js';
import { isId } from '../snowflake.js';
import { readCharList } from './char-lists.js';
import type { SecretClass } from './rules.js';
import type { KeyMeaning, KeyPlace, RedactionTree, RuleNode } from './tree.js';
import { findKeyRule } from './tree.js';

/** String that may hold a secret: a URL, base64 of other bytes than UTF-8, or a key of ETF; with its quotes from `start` to `end`. */
export interface Holding {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly what: 'url' | 'base64' | 'term';
}

/** Results of a walk. */
export interface Finds {
  readonly splices: Splice[];
  /** To be searched after the walk, when all secrets of the text are known. */
  readonly holdings: Holding[];
}

/** Replacement of a secret string. `isListed`: a rule names its place, not only its key. */
export type MaskSecret = (secret: string, what: SecretClass, isListed: boolean) => string;

/** Mask for a value and everything below it. */
interface Cover {
  readonly what: SecretClass;
  readonly isListed: boolean;
  readonly isTextOnly: boolean;
}

/** Place of a value: its key, and the meaning of the key. */
interface Spot {
  readonly key: string;
  readonly meaning: KeyMeaning | null;
}

const COLON = 0x3a;
const RANDOM_KEY = /^\S{16}\S*$/;
const SNAKE_CASE = /^[a-z]+(?:_[a-z0-9]{1,12}){1,12}$/;

/** One walk down one text. */
export class RedactionWalk {
  readonly #bytes: Uint8Array;
  readonly #tree: RedactionTree;
  readonly #place: KeyPlace;
  readonly #finds: Finds;
  readonly #mask: MaskSecret;

  /** Walk over the valid JSON text `bytes`; what it finds is added to `finds`. */
  constructor(bytes: Uint8Array, tree: RedactionTree, place: KeyPlace, finds: Finds, mask: MaskSecret) {
    this.#bytes = bytes;
    this.#tree = tree;
    this.#place = place;
    this.#finds = finds;
    this.#mask = mask;
  }

  /** Walks the whole text, by the rules for the outermost value. */
  run(rules: RuleNode | null): void {
    const meaning = this.#tree.findMeaning('', '', this.#place);
    this.#value(skipSpace(this.#bytes, 0), rules, null, { key: '', meaning });
  }

  /** Walks the value at `at` by the rules for it; returns its end. */
  #value(at: number, node: RuleNode | null, above: Cover | null, spot: Spot): number {
    const isOpen = node?.what === 'open';
    const cover = above ?? (isOpen ? null : chooseCover(node, spot.meaning));
    switch (byteAt(this.#bytes, at)) {
      case OPEN_BRACE:
        return this.#object(at, node, cover?.isTextOnly === true ? null : cover, spot.key);
      case OPEN_BRACKET:
        return this.#array(at, node, cover, spot);
      default:
        return this.#scalar(at, cover, isOpen ? null : spot.meaning);
    }
  }

  #object(at: number, node: RuleNode | null, cover: Cover | null, parent: string): number {
    let i = skipSpace(this.#bytes, at + 1);
    while (byteAt(this.#bytes, i) === QUOTE) {
      const end = skipString(this.#bytes, i);
      const written = stringAt(this.#bytes, i, end);
      const key = this.#readKey(written, i, end, cover);
      const meaning = this.#tree.findMeaning(key, parent, this.#place);
      i = this.#value(this.#next(end), findKeyRule(node, key), cover, { key, meaning });
      i = this.#next(i);
    }
    return i + 1;
  }

  /** Name that a key has, which is masked if it says more than that. */
  #readKey(key: string, start: number, end: number, cover: Cover | null): string {
    const term = readTermKey(key);
    if (cover !== null && (term !== null || isTellingKey(key)))
      this.#splice(start, end, this.#mask(key, cover.what, true));
    else if (term !== null) this.#finds.holdings.push({ start, end, text: key, what: 'term' });
    return term === null ? key : readTermName(term);
  }

  #array(at: number, node: RuleNode | null, cover: Cover | null, spot: Spot): number {
    let i = skipSpace(this.#bytes, at + 1);
    const element = node?.element ?? null;
    while (byteAt(this.#bytes, i) !== matchingCloser(OPEN_BRACKET)) {
      i = this.#next(this.#value(i, element, cover, spot));
    }
    // A secret that came as a list of its bytes is masked number by number, but has to be known as well.
    const secret = cover?.what === 'S' ? readCharList(this.#bytes, at) : null;
    if (secret !== null && cover !== null) this.#mask(secret.toString(), cover.what, cover.isListed);
    return i + 1;
  }

  /** Handles the value after the colon or comma at `at`, or the closing bracket there. */
  #next(at: number): number {
    const i = skipSpace(this.#bytes, at);
    const byte = byteAt(this.#bytes, i);
    return byte === COMMA || byte === COLON ? skipSpace(this.#bytes, i + 1) : i;
  }

  #scalar(at: number, cover: Cover | null, meaning: KeyMeaning | null): number {
    const end = skipScalar(this.#bytes, at);
    if (cover === null && meaning === null) return end;
    const isString = byteAt(this.#bytes, at) === QUOTE;
    if (cover === null) {
      const what = meaning?.what;
      if (isString && (what === 'url' || what === 'base64')) {
        this.#finds.holdings.push({ start: at, end, text: stringAt(this.#bytes, at, end), what });
      }
      return end;
    }
    if (isString) this.#string(at, end, cover);
    else if (!cover.isTextOnly) this.#otherScalar(at, end, cover);
    return end;
  }

  #string(start: number, end: number, cover: Cover): void {
    const secret = stringAt(this.#bytes, start, end);
    if (secret !== '') this.#splice(start, end, this.#mask(secret, cover.what, cover.isListed));
  }

  #otherScalar(start: number, end: number, cover: Cover): void {
    const first = byteAt(this.#bytes, start);
    const isNumber = first === 0x2d || (first >= 0x30 && first <= 0x39);
    const isTrue = first === 0x74;
    if (isNumber) this.#finds.splices.push({ start, end, text: '0' });
    else if (isTrue && cover.what === 'P') this.#finds.splices.push({ start, end, text: 'false' });
  }

  #splice(start: number, end: number, text: string): void {
    this.#finds.splices.push({ start, end, text: JSON.stringify(text) });
  }
}

/** Whether a key says more than the name of a field: an id, or something random. */
function isTellingKey(key: string): boolean {
  return isId(key) || (RANDOM_KEY.test(key) && /\d/.test(key) && !SNAKE_CASE.test(key));
}

/** Mask by the rule for a place, or else by the meaning of its key; null if neither is that of a secret. */
function chooseCover(node: RuleNode | null, meaning: KeyMeaning | null): Cover | null {
  return coverBy(node, true) ?? coverBy(meaning, false);
}

function coverBy(rule: RuleNode | KeyMeaning | null, isListed: boolean): Cover | null {
  if (rule === null) return null;
  const { what, isTextOnly } = rule;
  return what === 'S' || what === 'I' || what === 'P' ? { what, isListed, isTextOnly } : null;
}
