/**
 * Splicing of External Term Format: finds one binary by its path and replaces it. All other bytes stay unchanged.
 *
 * A term has no outer length, so nothing else needs to change, and the sender's forms of numbers, atoms and keys
 * survive. Terms of Erlang nodes and COMPRESSED terms are not searched. Of duplicate keys the last one counts. Source:
 * erlang.org, ERTS User's Guide, "External Term Format".
 */
import { ETF_TAG, ETF_VERSION } from './reader.js';

/** A term within a document. */
export interface EtfTerm {
  /** Index of the tag. */
  readonly start: number;
  /** Index behind the term. */
  readonly end: number;
}

const NOT_ETF = -1;
const FLOAT_BYTES = 31;

/** Bytes behind the tag, for terms of one size. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  [ETF_TAG.NEW_FLOAT]: 8,
  [ETF_TAG.SMALL_INTEGER]: 1,
  [ETF_TAG.INTEGER]: 4,
  [ETF_TAG.FLOAT]: FLOAT_BYTES,
  [ETF_TAG.NIL]: 0,
};

/**
 * For terms that start with a length in bytes: the size of the length field, and of the other fields before the bytes.
 */
const MEASURED: Readonly<Record<number, readonly [lengthBytes: number, more: number]>> = {
  [ETF_TAG.ATOM]: [2, 0],
  [ETF_TAG.SMALL_ATOM]: [1, 0],
  [ETF_TAG.ATOM_UTF8]: [2, 0],
  [ETF_TAG.SMALL_ATOM_UTF8]: [1, 0],
  [ETF_TAG.STRING]: [2, 0],
  [ETF_TAG.BINARY]: [4, 0],
  [ETF_TAG.BIT_BINARY]: [4, 1],
  [ETF_TAG.SMALL_BIG]: [1, 1],
  [ETF_TAG.LARGE_BIG]: [4, 1],
};

/** For terms that start with a count: its size, the terms per counted element, and the number of terms after them. */
const COUNTED: Readonly<Record<number, readonly [countBytes: number, each: number, more: number]>> = {
  [ETF_TAG.SMALL_TUPLE]: [1, 1, 0],
  [ETF_TAG.LARGE_TUPLE]: [4, 1, 0],
  [ETF_TAG.LIST]: [4, 1, 1],
  [ETF_TAG.MAP]: [4, 2, 0],
};

const TEXT_TAGS: ReadonlySet<number> = new Set([
  ETF_TAG.BINARY,
  ETF_TAG.ATOM,
  ETF_TAG.SMALL_ATOM,
  ETF_TAG.ATOM_UTF8,
  ETF_TAG.SMALL_ATOM_UTF8,
]);

/** The map that is the whole document; null if the document is not exactly one map. */
export function rootMap(document: Uint8Array): EtfTerm | null {
  if (document[0] !== ETF_VERSION || document[1] !== ETF_TAG.MAP) return null;
  return skipTerm(document, 1) === document.length ? { start: 1, end: document.length } : null;
}

/** Value of the key `name` in a map; null if the term is not a map or lacks the key. */
export function findEtfMember(document: Uint8Array, map: EtfTerm, name: string): EtfTerm | null {
  let found: EtfTerm | null = null;
  for (const { key, value } of readTermMembers(document, map)) {
    if (readTermText(document, key) === name) found = value;
  }
  return found;
}

/** Members of a map, in order; empty if the term is not a map. */
function* readTermMembers(
  document: Uint8Array,
  map: EtfTerm,
): Generator<{ readonly key: EtfTerm; readonly value: EtfTerm }> {
  if (document[map.start] !== ETF_TAG.MAP) return;
  for (let start = map.start + 5; start < map.end;) {
    const keyEnd = skipTerm(document, start);
    const end = skipTerm(document, keyEnd);
    yield { key: { start, end: keyEnd }, value: { start: keyEnd, end } };
    start = end;
  }
}

/** Text of a binary or an atom; null for any other term. */
export function readTermText(document: Uint8Array, term: EtfTerm): string | null {
  const tag = document[term.start] ?? 0;
  const [lengthBytes] = MEASURED[tag] ?? [];
  if (lengthBytes === undefined || !TEXT_TAGS.has(tag)) return null;
  return Buffer.from(document.subarray(term.start + 1 + lengthBytes, term.end)).toString();
}

/** Value of a small integer; null for any other term. */
export function readSmallIntegerTerm(document: Uint8Array, term: EtfTerm): number | null {
  return document[term.start] === ETF_TAG.SMALL_INTEGER ? uint(document, term.start + 1, 1) : null;
}

/** `document` with `term` replaced by a binary that says `text`. */
export function replaceWithBinary(document: Uint8Array, term: EtfTerm, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(5);
  header[0] = ETF_TAG.BINARY;
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([document.subarray(0, term.start), header, bytes, document.subarray(term.end)]);
}

/** End of the term at `at`, or `NOT_ETF`; counts open terms instead of recursing, so depth costs no stack. */
function skipTerm(bytes: Uint8Array, at: number): number {
  let i = at;
  for (let open = 1; open > 0; open -= 1) {
    const head = readHead(bytes, i);
    if (head === null) return NOT_ETF;
    open += head.terms;
    i = head.end;
  }
  return i;
}

/** The bytes of the term at `at` before its nested terms, or the whole term if it has none; null if it is not ETF. */
export function readHead(
  bytes: Uint8Array,
  at: number,
): { readonly end: number; readonly terms: number } | null {
  const tag = bytes[at] ?? 0;
  const [countBytes, each, more] = COUNTED[tag] ?? [0, 0, 0];
  const terms = uint(bytes, at + 1, countBytes) * each + more;
  const end = COUNTED[tag] === undefined ? skipScalar(bytes, at, tag) : at + 1 + countBytes;
  return end < 0 || end > bytes.length ? null : { end, terms };
}

function skipScalar(bytes: Uint8Array, at: number, tag: number): number {
  const fixed = FIXED_BYTES[tag];
  if (fixed !== undefined) return at + 1 + fixed;
  const measured = MEASURED[tag];
  if (measured === undefined) return NOT_ETF;
  const [lengthBytes, more] = measured;
  return at + 1 + lengthBytes + more + uint(bytes, at + 1, lengthBytes);
}

function uint(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < at + size; i += 1) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

const ATOM_TAGS: ReadonlySet<number | undefined> = new Set([
  ETF_TAG.ATOM,
  ETF_TAG.SMALL_ATOM,
  ETF_TAG.ATOM_UTF8,
  ETF_TAG.SMALL_ATOM_UTF8,
]);

/** Container that is being read. */
interface OpenContainer {
  readonly isMap: boolean;
  /** Remaining terms; in a map an even number means that a key is next. */
  left: number;
}

/**
 * Whether any map of the document has an atom as a key, which the gateway does not accept from clients; false if the
 * document is not a map. Searches maps at any depth, also within lists and tuples, in one pass. Never throws, whatever
 * the bytes are.
 *
 * Source: Discord Docs/Gateway, "Encoding and Compression"; erlang.org, "External Term Format".
 */
export function hasAtomKeys(document: Uint8Array): boolean {
  const open: OpenContainer[] = rootMap(document) === null ? [] : [{ isMap: false, left: 1 }];
  let at = 1;
  for (let around = open.at(-1); around !== undefined; around = open.at(-1)) {
    if (around.left === 0) {
      open.pop();
      continue;
    }
    const isKey = around.isMap && around.left % 2 === 0;
    if (isKey && ATOM_TAGS.has(document[at])) return true;
    const head = readHead(document, at);
    if (head === null) return false;
    around.left -= 1;
    if (head.terms > 0) open.push({ isMap: document[at] === ETF_TAG.MAP, left: head.terms });
    at = head.end;
  }
  return false;
}
