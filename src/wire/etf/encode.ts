/**
 * Encodes values as documents of the External Term Format, as a gateway sends them.
 *
 * Uses only what every known client reads: atoms with tag 100 (erlpack knows no UTF-8 atoms,
 * CloudStorm no other tag), no tuples, no large big
 * integers, no bit strings (JDA). `{"$binary":"base64…"}`, as the decoder writes it, becomes a binary again; the other
 * objects with `$` keys do not occur in gateway traffic and are encoded as the maps they are.
 * Source: erlang.org, "External Term Format"; discord/erlpack `js/decoder.h`; JDA `ExTermDecoder.java`.
 */
import { ETF_TAG, ETF_VERSION } from './reader.js';
import type { JsonObject, JsonValue } from '../json/value.js';

/** Memory that every document is written into first. */
const FIRST_BYTES = 16_384;
/** Length of texts that are written faster here than by a call into Node. */
const SHORT_CHARACTERS = 32;
/** Bytes of UTF-8 for a UTF-16 unit, at most. */
const UNIT_BYTES = 3;
/** Bytes of a tag and a length. */
const HEADER_BYTES = 5;

/** Document of `value`. Throws a RangeError if it is nested deeper than the call stack allows. */
export function encodeEtf(value: JsonValue): Uint8Array {
  return writer.write(value);
}

class TermWriter {
  readonly #first = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #buffer = this.#first;
  #length = 0;

  write(value: JsonValue): Uint8Array {
    this.#length = 0;
    try {
      this.byte(ETF_VERSION);
      this.term(value);
      return Buffer.from(this.#buffer.subarray(0, this.#length));
    } finally {
      this.#buffer = this.#first; // memory for a long document is not kept
    }
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  term(value: JsonValue): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') this.#atom(value ? 'true' : 'false');
    else if (value === null) this.#atom('nil');
    else if (isArray(value)) this.#list(value);
    else this.#object(value);
  }

  #object(value: JsonObject): void {
    const bytes = readBinaryTerm(value);
    if (bytes === null) this.#map(value);
    else this.#binary(bytes);
  }

  #list(items: readonly JsonValue[]): void {
    if (items.length > 0) {
      this.#header(ETF_TAG.LIST, items.length);
      for (const item of items) this.term(item);
    }
    this.byte(ETF_TAG.NIL);
  }

  #map(value: JsonObject): void {
    const keys = Object.keys(value);
    this.#header(ETF_TAG.MAP, keys.length);
    for (const key of keys) {
      this.#text(key);
      this.term(value[key] ?? null);
    }
  }

  #text(text: string): void {
    if (text.length <= SHORT_CHARACTERS && this.#ascii(text)) return;
    const maxBytes = text.length <= FIRST_BYTES ? text.length * UNIT_BYTES : Buffer.byteLength(text);
    const start = this.#reserve(HEADER_BYTES + maxBytes);
    const bytes = this.#buffer.write(text, start + HEADER_BYTES);
    this.#length = start;
    this.#header(ETF_TAG.BINARY, bytes);
    this.#length += bytes;
  }

  /** Writes `text`, unless it has a character that takes several bytes. */
  #ascii(text: string): boolean {
    const start = this.#length;
    this.#header(ETF_TAG.BINARY, text.length);
    const at = this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#length = start;
        return false;
      }
      this.#buffer[at + i] = code;
    }
    return true;
  }

  #binary(bytes: Uint8Array): void {
    this.#header(ETF_TAG.BINARY, bytes.length);
    const start = this.#reserve(bytes.length);
    this.#buffer.set(bytes, start);
  }

  #atom(name: 'true' | 'false' | 'nil'): void {
    this.byte(ETF_TAG.ATOM);
    this.byte(0);
    this.byte(name.length);
    for (let i = 0; i < name.length; i++) this.byte(name.charCodeAt(i));
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#float(value);
    } else if (value >= 0 && value <= 0xff) {
      this.byte(ETF_TAG.SMALL_INTEGER);
      this.byte(value);
    } else if (value >> 0 === value) {
      this.#header(ETF_TAG.INTEGER, value >>> 0);
    } else {
      this.#big(value);
    }
  }

  #float(value: number): void {
    this.byte(ETF_TAG.NEW_FLOAT);
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** SMALL_BIG: length, sign, little-endian magnitude without trailing zero bytes. */
  #big(value: number): void {
    this.byte(ETF_TAG.SMALL_BIG);
    const lengthAt = this.#reserve(1);
    this.byte(value < 0 ? 1 : 0);
    for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 256)) this.byte(rest % 256);
    this.#buffer[lengthAt] = this.#length - lengthAt - 2;
  }

  #header(tag: number, value: number): void {
    this.byte(tag);
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  /** Reserves `count` bytes, if necessary in a new buffer; returns where they start. */
  #reserve(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
    }
    return start;
  }
}

const writer = new TermWriter();

/** Bytes of `{"$binary":…}`, or null for any other object. */
function readBinaryTerm(value: JsonObject): Uint8Array | null {
  const base64 = value['$binary'];
  if (typeof base64 !== 'string' || Object.keys(value).length > 1) return null;
  return Buffer.from(base64, 'base64');
}

function isArray(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}
