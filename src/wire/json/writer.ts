/**
 * Writes JSON text as UTF-8 bytes into a growing buffer, without an intermediate JavaScript string.
 *
 * The caller writes commas, colons and brackets in the right places. Source: RFC 8259 section 7.
 */
import { BACKSLASH, isPlain, QUOTE } from './grammar.js';

const ZERO = 0x30;
/** Longest text for which a copy character by character is faster. */
const LONG_TEXT = 24;
const FIRST_BYTES = 16 * 1024;
/** Longest buffer that is kept for the next text, so that the memory of one large payload is released. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Short escapes of control characters. */
const SHORT_ESCAPES: readonly (readonly [number, string])[] = [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
];
/** Escapes of the bytes that must be escaped in a string. */
const ESCAPES: ReadonlyMap<number, string> = new Map([
  ...Array.from({ length: 0x20 }, (_, byte) => [byte, `\\u${byte.toString(16).padStart(4, '0')}`] as const),
  ...SHORT_ESCAPES.map(([byte, letter]) => [byte, `\\${letter}`] as const),
  [QUOTE, '\\"'],
  [BACKSLASH, '\\\\'],
]);

/** Writer of one JSON text at a time. */
export class JsonWriter {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Discards everything written from `length` on. */
  cutTo(length: number): void {
    this.#length = length;
  }

  /** Byte at `at` of what was written. */
  byteAt(at: number): number {
    return this.#buffer[at] ?? 0;
  }

  /** Copy of what was written from `start` on. */
  textFrom(start: number): string {
    return this.#buffer.toString('latin1', start, this.#length);
  }

  /** A copy of the whole text; the writer is empty afterwards. */
  take(): Uint8Array {
    const text = Buffer.from(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return text;
  }

  /** One byte as it is. */
  byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  /** ASCII text as it is. */
  ascii(text: string): void {
    this.#reserve(text.length);
    if (text.length > LONG_TEXT) {
      this.#length += this.#buffer.write(text, this.#length, 'latin1');
      return;
    }
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  /** Any finite number, in its shortest exact form. */
  number(value: number): void {
    if (Object.is(value, -0)) this.ascii('-0');
    else if (value >>> 0 === value) this.#digits(value);
    else this.ascii(String(value));
  }

  /**
   * Text in UTF-8 as a string: quoted and escaped, otherwise unchanged. Returns true if any byte is above 0x7F; the
   * caller must know that such text is UTF-8.
   */
  string(bytes: Uint8Array, start: number, end: number): boolean {
    this.#reserve(end - start + 2);
    this.#buffer[this.#length++] = QUOTE;
    let seen = 0;
    for (let i = start; ; i++) {
      const buffer = this.#buffer;
      let length = this.#length;
      let byte = 0;
      for (; i < end; i++) {
        byte = bytes[i] ?? 0;
        if (!isPlain(byte)) break;
        seen |= byte;
        buffer[length++] = byte;
      }
      this.#length = length;
      if (i === end) break;
      this.#escape(byte, end - i);
    }
    this.byte(QUOTE);
    return seen > 0x7f;
  }

  /** Makes room for `count` more bytes. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  /** Escape of a byte; `rest`: what must still fit behind it. */
  #escape(byte: number, rest: number): void {
    const text = ESCAPES.get(byte) ?? '';
    this.#reserve(text.length + rest);
    this.ascii(text);
  }

  #digits(value: number): void {
    let count = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count++;
    this.#reserve(count);
    let rest = value;
    for (let i = this.#length + count - 1; i >= this.#length; i--) {
      this.#buffer[i] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#length += count;
  }
}
