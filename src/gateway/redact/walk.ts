/**
 * Walk down a payload's JSON text that finds what has to be masked: by path, and by key wherever it stands.
 *
 * The text is known to be valid; nothing is parsed but keys and what is masked. Masking keeps the JSON type:
 * a string becomes a placeholder, a number 0, a boolean false where it is personal, null stays null; of an array
 * or object every leaf is masked, and the keys that are ids.
 */
import {
  byteAt,
  closerOf,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipScalar,
  skipSpace,
  skipString,
} from '../../wire/json/grammar.js';
import { stringAt } from '../../wire/json/scalars.js';
import type { SecretClass } from './rules.js';
import type { KeyMeaning, RedactionTree, RuleNode } from './tree.js';
import { ruleOfKey } from './tree.js';

/** Replacement of a part of a text; positions in bytes, the end exclusive. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What the walk asks about strings. */
export interface Masker {
  /** What stands instead of a secret string. `isListed`: a rule names its place, not only its key. */
  mask(secret: string, what: SecretClass, isListed: boolean): string;
  /** A URL, or base64 of other bytes than UTF-8, without its secret parts, or as it is. */
  maskWithin(text: string, meaning: 'url' | 'binary'): string;
}

/** Mask that covers a value and all below it. */
interface Cover {
  readonly what: SecretClass;
  readonly isListed: boolean;
}

const BY_KEY: Cover = { what: 'S', isListed: false };
const COLON = 0x3a;
const SNOWFLAKE = /^\d{15,}$/;

/** One walk down one payload. */
export class RedactionWalk {
  readonly #bytes: Uint8Array;
  readonly #tree: RedactionTree;
  readonly #splices: Splice[];
  readonly #masker: Masker;

  /** Walk over the valid JSON text `bytes`; what it finds is added to `splices`. */
  constructor(bytes: Uint8Array, tree: RedactionTree, splices: Splice[], masker: Masker) {
    this.#bytes = bytes;
    this.#tree = tree;
    this.#splices = splices;
    this.#masker = masker;
  }

  /** Walks the whole text, by the rules for the outermost value. */
  run(rules: RuleNode | null): void {
    this.#value(skipSpace(this.#bytes, 0), rules, null, null);
  }

  /** Walks the value at `at` by the rules for it; returns its end. */
  #value(at: number, node: RuleNode | null, above: Cover | null, meaning: KeyMeaning | null): number {
    const cover = above ?? coverOf(node, meaning);
    switch (byteAt(this.#bytes, at)) {
      case OPEN_BRACE:
        return this.#object(at, node, cover);
      case OPEN_BRACKET:
        return this.#array(at, node, cover, meaning);
      default:
        return this.#scalar(at, cover, node?.what === 'open' ? null : meaning);
    }
  }

  #object(at: number, node: RuleNode | null, cover: Cover | null): number {
    let i = skipSpace(this.#bytes, at + 1);
    while (byteAt(this.#bytes, i) === QUOTE) {
      const end = skipString(this.#bytes, i);
      const key = stringAt(this.#bytes, i, end);
      if (cover !== null && SNOWFLAKE.test(key))
        this.#splice(i, end, this.#masker.mask(key, cover.what, true));
      i = this.#value(this.#next(end), ruleOfKey(node, key), cover, this.#tree.meaningOf(key));
      i = this.#next(i);
    }
    return i + 1;
  }

  #array(at: number, node: RuleNode | null, cover: Cover | null, meaning: KeyMeaning | null): number {
    let i = skipSpace(this.#bytes, at + 1);
    const element = node?.element ?? null;
    while (byteAt(this.#bytes, i) !== closerOf(OPEN_BRACKET)) {
      i = this.#next(this.#value(i, element, cover, meaning));
    }
    return i + 1;
  }

  /** What comes after the colon or comma at `at`, or the closing bracket there. */
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
      if (isString && meaning !== null && meaning !== 'secret') this.#within(at, end, meaning);
      return end;
    }
    if (isString) this.#string(at, end, cover);
    else this.#otherScalar(at, end, cover);
    return end;
  }

  #string(start: number, end: number, cover: Cover): void {
    const secret = stringAt(this.#bytes, start, end);
    if (secret !== '') this.#splice(start, end, this.#masker.mask(secret, cover.what, cover.isListed));
  }

  #within(start: number, end: number, meaning: 'url' | 'binary'): void {
    const text = stringAt(this.#bytes, start, end);
    const masked = this.#masker.maskWithin(text, meaning);
    if (masked !== text) this.#splice(start, end, masked);
  }

  #otherScalar(start: number, end: number, cover: Cover): void {
    const first = byteAt(this.#bytes, start);
    const isNumber = first === 0x2d || (first >= 0x30 && first <= 0x39);
    const isTrue = first === 0x74;
    if (isNumber) this.#splices.push({ start, end, text: '0' });
    else if (isTrue && cover.what === 'P') this.#splices.push({ start, end, text: 'false' });
  }

  #splice(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text: JSON.stringify(text) });
  }
}

function coverOf(node: RuleNode | null, meaning: KeyMeaning | null): Cover | null {
  const what = node?.what ?? null;
  if (what === 'open') return null;
  if (what !== null) return { what, isListed: true };
  return meaning === 'secret' ? BY_KEY : null;
}

/** `bytes` with the splices applied; of two that overlap the one that starts first, or is longer, stands. */
export function applySplices(bytes: Uint8Array, splices: Splice[]): Uint8Array {
  splices.sort((a, b) => a.start - b.start || b.end - a.end);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, text } of splices) {
    if (start < at) continue;
    pieces.push(bytes.subarray(at, start), Buffer.from(text));
    at = end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}
