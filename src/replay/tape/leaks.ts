/**
 * Leaks: secrets and personal data that a file still holds, line by line.
 *
 * A line of JSON is searched value by value, so that a find has a path, and then as it stands, for what a parser
 * does not show, such as a key that occurs twice. Texts that are JSON themselves are searched so too, as payloads are in
 * HAR and CSV; the base64 in which gatetape writes bytes of frames is decoded and looked into. Any other line is searched
 * as text. What is found is never told whole. It changes nothing; which shapes it knows stands in leak-shapes.ts.
 */
import type { JsonValue } from '../../gateway/payload.js';
import { decodeEtf } from '../../wire/etf/decode.js';
import { parseJson } from './line.js';
import { isNamedSecret, LEAK_PATTERNS } from './leak-shapes.js';

/** Something that should not be there. */
export interface Leak {
  /** From 1. */
  readonly line: number;
  /** Where in the line's JSON, such as `payload.d.token`; null where it is no JSON, or does not show in it. */
  readonly path: string | null;
  /** Short stable name of what it is. */
  readonly kind: string;
  /** The beginning of it, and its length. */
  readonly excerpt: string;
}

interface Find {
  readonly kind: string;
  readonly match: string;
}

const PLAIN_KEY = /^[\w$-]+$/;
/** How much before a match in plain text is searched for the key that it stands under. */
const KEY_REACH = 200;

/** Leaks in a text; `known` are secrets that must not be in it, whatever they look like. */
export function findLeaks(text: string, known: readonly string[] = []): Generator<Leak, void> {
  return findLeaksInLines(text.split('\n'), known);
}

/** Leaks in the lines of a text. */
export function* findLeaksInLines(lines: Iterable<string>, known: readonly string[]): Generator<Leak, void> {
  let line = 0;
  for (const row of lines) {
    line += 1;
    const told = new Set<string>();
    for (const { path, find } of findInRow(row, known)) {
      const name = `${find.kind} ${find.match}`;
      if (path === null && told.has(name)) continue;
      told.add(name);
      yield { line, path, kind: find.kind, excerpt: elided(find.match) };
    }
  }
}

interface Found {
  readonly path: string | null;
  readonly find: Find;
}

function* findInRow(row: string, known: readonly string[]): Generator<Found, void> {
  let rest = row;
  // In a HAR of gatetape each message has a line of its own, behind a comma.
  const value = parsed(row.replace(/^,/, ''));
  const leaves = value === undefined ? [] : listLeaves(value);
  for (const leaf of leaves) {
    if (leaf.isBytes) rest = rest.replace(leaf.text, '');
    yield* leaf.isBytes ? findsInBytes(leaf, known) : findsInLeaf(leaf, known);
  }
  const cell = value === undefined ? bytesCell(row) : null;
  if (cell !== null) {
    rest = rest.replace(cell, '');
    yield* findsInBytes({ path: 'bytes', text: cell }, known);
  }
  for (const find of findsInText(rest, known, (at) => keyBefore(rest, at))) yield { path: null, find };
}

/** Cell of bytes in a line of CSV that gatetape wrote, behind the session and before the rows that end the line; or null. */
function bytesCell(row: string): string | null {
  // Within a cell quotes are doubled, so that this begins one.
  const rowsAt = row.indexOf(',"[');
  const line = row.endsWith('\r') ? row.slice(0, -1) : row;
  const end = rowsAt >= 0 || !line.endsWith(',') ? rowsAt : line.length - 1;
  const start = row.lastIndexOf(',', end - 1) + 1;
  if (end < 0 || start < 2) return null;
  const session = row.slice(row.lastIndexOf(',', start - 2) + 1, start - 1);
  const cell = row.slice(start, end);
  return cell !== '' && IS_BASE64.test(cell) && /^\d{0,16}$/.test(session) ? cell : null;
}

/** How many texts of JSON one within the other are looked into. */
const MAX_WITHIN = 3;

/** Finds in a value, and in the JSON that it may be the text of. */
function* findsInLeaf(leaf: Leaf, known: readonly string[], within = 0): Generator<Found, void> {
  const { path, key, text } = leaf;
  const value = within < MAX_WITHIN ? parsed(text) : undefined;
  if (value !== undefined) {
    for (const inner of listLeaves(value)) {
      yield* findsInLeaf({ ...inner, path: joined(path, inner.path) }, known, within + 1);
    }
    return;
  }
  for (const find of findsInText(text, known, () => key)) yield { path, find };
  if (isNamedSecret(text, key)) yield { path, find: { kind: 'named-secret', match: text } };
}

/** Most that a term of ETF may inflate to. */
const LIMITS = { maxPayloadBytes: 2 ** 26 };

/** Finds in bytes that stand as base64; those of a payload in ETF are read as such. */
function* findsInBytes(
  { path, text }: Pick<Leaf, 'path' | 'text'>,
  known: readonly string[],
): Generator<Found, void> {
  const bytes = Buffer.from(text, 'base64');
  const etf = decodeEtf(bytes, LIMITS);
  const decoded = etf.ok ? Buffer.from(etf.json).toString() : bytes.toString('latin1');
  yield* findsInLeaf({ path, key: '', text: decoded, isBytes: false }, known);
}

function* findsInText(
  text: string,
  known: readonly string[],
  keyAt: (at: number) => string,
): Generator<Find, void> {
  for (const secret of known) if (text.includes(secret)) yield { kind: 'known-secret', match: secret };
  let taken: Uint8Array | null = null; // a byte for each character that is part of a find
  for (const { kind, pattern, isHarmless } of LEAK_PATTERNS) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const end = index + match.length;
      if (taken?.subarray(index, end).includes(1) === true) continue;
      if (isHarmless?.(match, keyAt(index), text.slice(end, end + 8)) === true) continue;
      taken ??= new Uint8Array(text.length);
      taken.fill(1, index, end);
      yield { kind, match };
    }
  }
}

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly text: string;
  /** Whether it is base64 in which gatetape wrote the bytes of a frame. */
  readonly isBytes: boolean;
}

/** Keys of the objects that have such bytes, under `bytes`. */
const BYTES_WITHIN: readonly string[] = ['_gatetape', 'frame_bytes'];
const IS_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

// Strings, keys and numbers, with a stack of our own: a line may be nested as deeply as it likes.
function* listLeaves(root: JsonValue): Generator<Leaf, void> {
  const open: { path: string; key: string; value: JsonValue; around: string }[] = [
    { path: '', key: '', value: root, around: '' },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, key, value, around } = next;
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value);
      const isBytes = key === 'bytes' && BYTES_WITHIN.includes(around) && IS_BASE64.test(text);
      yield { path, key, text, isBytes };
    } else if (Array.isArray(value)) {
      (value as readonly JsonValue[]).forEach((item, index) =>
        open.push({ path: `${path}[${index}]`, key, value: item, around }),
      );
    } else if (value !== null && typeof value === 'object') {
      for (const [name, item] of Object.entries(value)) {
        // What is wrong with a key is told at its object, because the path would tell it whole.
        yield { path, key: '', text: name, isBytes: false };
        open.push({
          path: PLAIN_KEY.test(name) && name.length < 40 ? joined(path, name) : `${path}[…]`,
          key: name,
          value: item,
          around: key,
        });
      }
    }
  }
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** Key of the text that a match is in; within a text its quotes are escaped, or doubled as CSV has them. */
function keyBefore(text: string, at: number): string {
  const before = text
    .slice(Math.max(0, at - KEY_REACH), at)
    .replaceAll('\\', '')
    .replaceAll('""', '"');
  const [, key] = /"([^"]*)"\s*:\s*\[?\s*"[^"]*$/.exec(before) ?? [];
  return key ?? '';
}

function elided(match: string): string {
  const start = match.length < 12 ? 1 : 4;
  return `${match.slice(0, start)}… (${match.length} characters)`;
}

function parsed(row: string): JsonValue | undefined {
  return /^\s*[[{]/.test(row) ? parseJson(row) : undefined;
}
