/**
 * Terms of the External Term Format that hold no other terms: numbers, atoms, binaries and strings.
 *
 * Integers beyond ±(2^53-1) become decimal strings, exactly; from 1 KiB of digits on, hexadecimal strings (`0x…`),
 * because conversion to decimal takes quadratic time. Atoms become strings but for `true`, `false`, `nil` and `null`;
 * binaries strings where they are UTF-8, else `{"$binary":"base64…"}`, with `"$bits"`, the number of bits that count in
 * the last byte, where it is a bit string. A STRING is a list of small integers.
 * Source: erlang.org, "External Term Format"; discord/erlpack `js/decoder.h` for `nil` and `null`.
 */
import { isUtf8 } from 'node:buffer';
import { BOUNDS } from '../bounds.js';
import type { EtfReader, TermReader } from './reader.js';
import { COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/grammar.js';

/** Longest magnitude that is written in decimal, in bytes. */
const MAX_DECIMAL_BYTES = BOUNDS.etfDecimalBytes;
/** Bytes of magnitude that a double always holds exactly. */
const SAFE_BYTES = 6;
const FLOAT_BYTES = 31;
const FLOAT_TEXT = /^ *[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** SMALL_INTEGER. */
export const readSmallInteger: TermReader = (reader) => {
  const value = reader.u8();
  if (value < 0) return false;
  reader.out.number(value);
  return true;
};

/** INTEGER. */
export const readInteger: TermReader = (reader) => {
  const start = reader.take(4);
  if (start < 0) return false;
  reader.out.number(reader.int32At(start));
  return true;
};

/** SMALL_BIG. */
export const readSmallBig: TermReader = (reader) => readBig(reader, reader.u8());

/** LARGE_BIG. */
export const readLargeBig: TermReader = (reader) => readBig(reader, reader.u32());

/** NEW_FLOAT: IEEE 754, big-endian. */
export const readNewFloat: TermReader = (reader) => {
  const start = reader.take(8);
  return start >= 0 && writeFloat(reader, reader.float64At(start));
};

/** FLOAT: text of `%.20e`, padded with zero bytes. */
export const readFloat: TermReader = (reader) => {
  const start = reader.take(FLOAT_BYTES);
  if (start < 0) return false;
  const [text = ''] = toBuffer(reader, start, start + FLOAT_BYTES)
    .toString('latin1')
    .split('\0');
  return FLOAT_TEXT.test(text) ? writeFloat(reader, Number(text)) : reader.fail('bad_float');
};

/** ATOM and SMALL_ATOM, in Latin-1. */
export const readAtom: TermReader = (reader) => readLatin1Atom(reader, reader.u16());
export const readSmallAtom: TermReader = (reader) => readLatin1Atom(reader, reader.u8());

/** ATOM_UTF8 and SMALL_ATOM_UTF8. */
export const readAtomUtf8: TermReader = (reader) => readUtf8Atom(reader, reader.u16());
export const readSmallAtomUtf8: TermReader = (reader) => readUtf8Atom(reader, reader.u8());

/** BINARY. */
export const readBinary: TermReader = (reader) => {
  const start = reader.take(reader.u32());
  if (start < 0) return false;
  const mark = reader.out.length;
  const isAscii = !reader.out.string(reader.bytes, start, reader.at);
  if (isAscii || isUtf8(reader.bytes.subarray(start, reader.at))) return true;
  reader.out.cutTo(mark);
  return writeBinary(reader, start, reader.at, null);
};

/** BIT_BINARY. */
export const readBitBinary: TermReader = (reader) => {
  const length = reader.u32();
  const bits = reader.u8();
  const start = reader.take(length);
  if (start < 0) return false;
  return bits > 8 ? reader.fail('bad_binary') : writeBinary(reader, start, reader.at, bits);
};

/** STRING: a list of bytes. */
export const readString: TermReader = (reader) =>
  reader.open(OPEN_BRACKET) && readBytes(reader, false) && reader.close(OPEN_BRACKET);

/** Reads the bytes of a STRING and writes them as numbers; `isTail`: after elements that are already in the list. */
export function readBytes(reader: EtfReader, isTail: boolean): boolean {
  const length = reader.u16();
  const start = reader.take(length);
  if (start < 0 || !reader.count(length)) return false;
  for (let i = start; i < reader.at; i++) {
    if (i > start || isTail) reader.out.byte(COMMA);
    reader.out.number(reader.bytes[i] ?? 0);
  }
  return true;
}

/** Writes an unsigned integer of 64 bits: a number if it is a safe integer, else a string. */
export function writeBig(reader: EtfReader, value: bigint): void {
  const isSafe = BigInt.asIntN(54, value) === value && value !== -(2n ** 53n);
  reader.out.ascii(isSafe ? value.toString() : `"${value}"`);
}

function readBig(reader: EtfReader, length: number): boolean {
  const sign = reader.u8();
  const start = reader.take(length);
  if (start < 0) return false;
  if (length <= SAFE_BYTES) {
    const magnitude = smallMagnitude(reader.bytes, start, reader.at);
    reader.out.number(sign === 0 || magnitude === 0 ? magnitude : -magnitude);
    return true;
  }
  const hex = formatHex(reader, start, reader.at);
  if (length > MAX_DECIMAL_BYTES) reader.out.ascii(`"${sign === 0 ? '' : '-'}0x${hex}"`);
  else writeBig(reader, sign === 0 ? BigInt(`0x${hex}`) : -BigInt(`0x${hex}`));
  return true;
}

/** Magnitude of at most six bytes, little-endian. */
function smallMagnitude(bytes: Uint8Array, start: number, end: number): number {
  let magnitude = 0;
  for (let i = end - 1; i >= start; i--) magnitude = magnitude * 256 + (bytes[i] ?? 0);
  return magnitude;
}

/** Magnitude in hexadecimal, most significant digit first. */
function formatHex(reader: EtfReader, start: number, end: number): string {
  return Buffer.from(reader.bytes.subarray(start, end)).reverse().toString('hex');
}

function writeFloat(reader: EtfReader, value: number): boolean {
  if (!Number.isFinite(value)) return reader.fail('bad_float');
  reader.out.number(value);
  return true;
}

function readLatin1Atom(reader: EtfReader, length: number): boolean {
  const start = reader.take(length);
  if (start < 0) return false;
  const mark = reader.out.length;
  if (writeLiteral(reader, start, reader.at) || !reader.out.string(reader.bytes, start, reader.at))
    return true;
  reader.out.cutTo(mark);
  const text = Buffer.from(toBuffer(reader, start, reader.at).toString('latin1'));
  reader.out.string(text, 0, text.length);
  return true;
}

function readUtf8Atom(reader: EtfReader, length: number): boolean {
  const start = reader.take(length);
  if (start < 0) return false;
  if (writeLiteral(reader, start, reader.at) || !reader.out.string(reader.bytes, start, reader.at))
    return true;
  return isUtf8(reader.bytes.subarray(start, reader.at)) || reader.fail('bad_atom');
}

/** Writes the atoms that are JSON literals; returns false for all others. */
function writeLiteral(reader: EtfReader, start: number, end: number): boolean {
  const length = end - start;
  if (length < 3 || length > 5) return false;
  for (const [atom, word] of LITERALS) {
    if (atom.length === length && isAt(reader.bytes, start, atom)) {
      reader.out.ascii(word);
      return true;
    }
  }
  return false;
}

const LITERALS: readonly (readonly [Uint8Array, string])[] = [
  [Buffer.from('nil'), 'null'],
  [Buffer.from('null'), 'null'],
  [Buffer.from('true'), 'true'],
  [Buffer.from('false'), 'false'],
];

function isAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

function writeBinary(reader: EtfReader, start: number, end: number, bits: number | null): boolean {
  if (!reader.open(OPEN_BRACE)) return false;
  reader.out.ascii('"$binary":"');
  reader.out.ascii(toBuffer(reader, start, end).toString('base64'));
  reader.out.byte(QUOTE);
  if (bits !== null) reader.out.ascii(`,"$bits":${bits}`);
  return reader.close(OPEN_BRACE);
}

function toBuffer({ bytes }: EtfReader, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}
