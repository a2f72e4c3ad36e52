/**
 * Terms of the External Term Format that hold other terms: tuples, lists and maps.
 *
 * Tuples and lists become arrays; the tail of an improper list is its last element, as `{"$tail":…}`. Keys of maps
 * become strings: numbers in decimal, atoms and binaries by their text, and any other term `$etf:` and its document in
 * base64. Duplicate keys are all written; the last one counts.
 * Source: erlang.org, "External Term Format".
 */
import { ETF_TAG, ETF_VERSION, type EtfReader, type TermReader } from './reader.js';
import { readBytes } from './scalars.js';
import { COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/grammar.js';

/** NIL: the empty list. */
export const readNil: TermReader = (reader) => reader.open(OPEN_BRACKET) && reader.close(OPEN_BRACKET);

/** SMALL_TUPLE. */
export const readSmallTuple: TermReader = (reader) => readTuple(reader, reader.u8());

/** LARGE_TUPLE. */
export const readLargeTuple: TermReader = (reader) => readTuple(reader, reader.u32());

/**
 * LIST: elements and a tail, which is NIL in a proper list. A tail that is a list continues the list: [1|[2]] is [1,2].
 * Erlang reads a LIST without elements as its tail, whatever that is.
 */
export const readList: TermReader = (reader) => {
  let length = readFirstLength(reader);
  if (length === 0) return reader.term();
  if (!reader.open(OPEN_BRACKET)) return false;
  for (let count = 0; ;) {
    if (count > 0 && length > 0) reader.out.byte(COMMA);
    if (!readElements(reader, length)) return false;
    count += length;
    if (!passes(reader, ETF_TAG.LIST)) return readTail(reader) && reader.close(OPEN_BRACKET);
    length = reader.u32();
  }
};

/** Length of the first list with elements; 0 if another term comes first; -1 if the bytes end. */
function readFirstLength(reader: EtfReader): number {
  let length = reader.u32();
  while (length === 0 && passes(reader, ETF_TAG.LIST)) length = reader.u32();
  return length;
}

function readTail(reader: EtfReader): boolean {
  if (passes(reader, ETF_TAG.NIL)) return true;
  if (passes(reader, ETF_TAG.STRING)) return readBytes(reader, true);
  reader.out.byte(COMMA);
  if (!reader.open(OPEN_BRACE)) return false;
  reader.out.ascii('"$tail":');
  return reader.term() && reader.close(OPEN_BRACE);
}

/** Passes `tag` where it comes next. */
function passes(reader: EtfReader, tag: number): boolean {
  if (reader.bytes[reader.at] !== tag) return false;
  reader.at++;
  return true;
}

/** MAP. */
export const readMap: TermReader = (reader) => {
  const size = reader.u32();
  if (size < 0 || !reader.open(OPEN_BRACE)) return false;
  for (let i = 0; i < size; i++) {
    if (i > 0) reader.out.byte(COMMA);
    if (!readKey(reader)) return false;
    reader.out.byte(COLON);
    if (!reader.term()) return false;
  }
  return reader.close(OPEN_BRACE);
};

/** Reads terms and writes them with commas between, inside a bracket. */
export function readElements(reader: EtfReader, count: number): boolean {
  for (let i = 0; i < count; i++) {
    if (i > 0) reader.out.byte(COMMA);
    if (!reader.term()) return false;
  }
  return true;
}

function readTuple(reader: EtfReader, arity: number): boolean {
  if (arity < 0 || !reader.open(OPEN_BRACKET)) return false;
  return readElements(reader, arity) && reader.close(OPEN_BRACKET);
}

/** Reads a map's key and writes it as a string. */
function readKey(reader: EtfReader): boolean {
  const start = reader.at;
  const mark = reader.out.length;
  reader.keyDepth++;
  const isTerm = reader.term();
  reader.keyDepth--;
  if (!isTerm) return false;
  const first = reader.out.byteAt(mark);
  if (first === QUOTE) return true;
  const isContainer = first === OPEN_BRACE || first === OPEN_BRACKET;
  const text = isContainer ? containerKey(reader, start) : reader.out.textFrom(mark);
  reader.out.cutTo(mark);
  reader.out.ascii(`"${text}"`);
  return true;
}

/**
 * Name of a key that is not a scalar. It is written once for the outermost such key only: nested names would grow with
 * depth.
 */
function containerKey(reader: EtfReader, start: number): string {
  if (reader.keyDepth > 0) return '';
  const document = Buffer.concat([Uint8Array.of(ETF_VERSION), reader.bytes.subarray(start, reader.at)]);
  return `$etf:${document.toString('base64')}`;
}
