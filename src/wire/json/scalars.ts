/**
 * Values of JSON strings and numbers that are already validated.
 *
 * The same few keys and event names repeat, so short strings are looked up in a cache by their bytes before they are
 * decoded. Bytes that are not UTF-8 become U+FFFD.
 * Source: RFC 8259 sections 6 and 7.
 */
import { byteAt, skipPlain } from './grammar.js';

const ZERO = 0x30;
const NINE = 0x39;
/** Digits that always make a safe integer. */
const SAFE_DIGITS = 15;
/** Longest string that is looked up, in bytes with its quotes. */
const MAX_CACHED_BYTES = 48;
const CACHE_SLOTS = 2048;

interface CachedString {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Cached strings by hash; a newer one replaces one of equal hash. */
const cache: (CachedString | undefined)[] = Array.from({ length: CACHE_SLOTS });

/** Text of the string from `start` to `end`, quotes included. */
export function stringAt(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > MAX_CACHED_BYTES) return decode(bytes, start, end);
  let hash = 0;
  for (let i = start + 1; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
  const slot = hash & (CACHE_SLOTS - 1);
  const cached = cache[slot];
  if (cached !== undefined && isSame(cached.bytes, bytes, start, end)) return cached.text;
  const text = decode(bytes, start, end);
  // A copy also of a Buffer, whose `slice` is a view: of memory that may be used again, and that would be kept.
  cache[slot] = { bytes: new Uint8Array(bytes.subarray(start, end)), text };
  return text;
}

/** Value of the number from `start` to `end`. */
export function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = byteAt(bytes, i);
    if (byte < ZERO || byte > NINE || end - start > SAFE_DIGITS) return Number(textAt(bytes, start, end));
    value = value * 10 + byte - ZERO;
  }
  return value;
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  const isPlain = skipPlain(bytes, start + 1) === end - 1;
  return isPlain ? textAt(bytes, start + 1, end - 1) : (JSON.parse(textAt(bytes, start, end)) as string);
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

function isSame(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (expected.length !== end - start) return false;
  for (let i = 0; i < expected.length; i++) if (expected[i] !== bytes[start + i]) return false;
  return true;
}
