/**
 * Cursor over a term of the External Term Format; writes JSON text while it reads.
 *
 * Reads never throw and never pass the end. A read that fails records the fault, unless that is the end of the bytes, and
 * returns a failure value; after one that passes the end all later reads fail as well, so that only the last of several
 * is checked. The table given to the constructor has a reader for each tag.
 */
import { matchingCloser, MAX_JSON_DEPTH, type OPEN_BRACE, type OPEN_BRACKET } from '../json/grammar.js';
import type { JsonWriter } from '../json/writer.js';

/**
 * Why bytes are not a term. `not_etf`: no version byte in front. `truncated`: they end within the term.
 * `unknown_tag`; `too_deep`: nested deeper than JSON is read; `too_many`: more terms than one message may have.
 * `bad_float`: not a finite number.
 * `bad_atom`: not UTF-8. `bad_binary`: more bits than a byte has. `bad_compressed`: does not inflate to
 * one term of the length it names; `too_large`: names a length over the limit; `over_budget`: over the budget of work.
 */
export type EtfError =
  | 'not_etf'
  | 'truncated'
  | 'unknown_tag'
  | 'too_deep'
  | 'too_many'
  | 'bad_float'
  | 'bad_atom'
  | 'bad_binary'
  | 'bad_compressed'
  | 'too_large'
  | 'over_budget';

/** Reads the bytes after a tag; returns false if that fails. */
export type TermReader = (reader: EtfReader) => boolean;

/** Readers by tag. */
export type TermReaders = readonly (TermReader | undefined)[];

/** Position after a read that passes the end; a small integer, as all positions are. */
const PAST_END = 0x3fff_ffff;

/** Cursor over the terms in `bytes`. */
export class EtfReader {
  readonly bytes: Uint8Array;
  readonly out: JsonWriter;
  readonly #view: DataView;
  readonly #readers: TermReaders;
  /** Position of the next byte. */
  at: number;
  /** First fault; null if the bytes end. */
  fault: EtfError | null = null;
  /** Depth of nested map keys at the cursor. */
  keyDepth = 0;
  /** Terms read so far. */
  termCount = 0;
  readonly #maxTerms: number;
  #depth = 0;

  constructor(bytes: Uint8Array, at: number, out: JsonWriter, readers: TermReaders, maxTerms: number) {
    this.bytes = bytes;
    this.at = at;
    this.out = out;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#readers = readers;
    this.#maxTerms = maxTerms;
  }

  /** Reads one term and writes it. */
  term(): boolean {
    const tag = this.u8();
    if (tag < 0 || !this.count(1)) return false;
    const read = this.#readers[tag];
    return read === undefined ? this.fail('unknown_tag') : read(this);
  }

  /** Adds `terms` to the count; returns false if there are too many. */
  count(terms: number): boolean {
    this.termCount += terms;
    return this.termCount <= this.#maxTerms || this.fail('too_many');
  }

  /** Records a fault; returns false, for the caller to return. */
  fail(fault: EtfError): false {
    this.fault ??= fault;
    return false;
  }

  /** Advances by `count` bytes, -1 if their number could not be read; returns where they start, or -1 if there are fewer. */
  take(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) {
      this.at = PAST_END;
      return -1;
    }
    this.at = start + count;
    return start;
  }

  /** Unsigned integer of 8 bits, or -1. */
  u8(): number {
    const start = this.take(1);
    return start < 0 ? -1 : (this.bytes[start] ?? 0);
  }

  /** Unsigned integer of 16 bits, or -1. */
  u16(): number {
    const start = this.take(2);
    return start < 0 ? -1 : this.#view.getUint16(start);
  }

  /** Unsigned integer of 32 bits, or -1. */
  u32(): number {
    const start = this.take(4);
    return start < 0 ? -1 : this.#view.getUint32(start);
  }

  /** Signed integer of 32 bits at `start`, which must have been taken. */
  int32At(start: number): number {
    return this.#view.getInt32(start);
  }

  /** Float of 64 bits at `start`, which must have been taken. */
  float64At(start: number): number {
    return this.#view.getFloat64(start);
  }

  /** Writes the opening bracket of a container; returns false if it is nested too deep. */
  open(bracket: typeof OPEN_BRACE | typeof OPEN_BRACKET): boolean {
    if (this.#depth === MAX_JSON_DEPTH) return this.fail('too_deep');
    this.#depth++;
    this.out.byte(bracket);
    return true;
  }

  /** Writes the bracket that closes what `open` opened. */
  close(bracket: typeof OPEN_BRACE | typeof OPEN_BRACKET): boolean {
    this.#depth--;
    this.out.byte(matchingCloser(bracket));
    return true;
  }
}

/** First byte of a document. */
export const ETF_VERSION = 131;

/**
 * Tags, the bytes that terms start with, by the names of the User's Guide without their `_EXT`. Only those of
 * standalone terms; those of distribution connections are left out. Source: erlang.org, ERTS User's Guide, "External
 * Term Format".
 */
export const ETF_TAG = Object.freeze({
  NEW_FLOAT: 70,
  BIT_BINARY: 77,
  COMPRESSED: 80,
  NEW_PID: 88,
  NEW_PORT: 89,
  NEWER_REFERENCE: 90,
  SMALL_INTEGER: 97,
  INTEGER: 98,
  FLOAT: 99,
  ATOM: 100,
  REFERENCE: 101,
  PORT: 102,
  PID: 103,
  SMALL_TUPLE: 104,
  LARGE_TUPLE: 105,
  NIL: 106,
  STRING: 107,
  LIST: 108,
  BINARY: 109,
  SMALL_BIG: 110,
  LARGE_BIG: 111,
  NEW_FUN: 112,
  EXPORT: 113,
  NEW_REFERENCE: 114,
  SMALL_ATOM: 115,
  MAP: 116,
  FUN: 117,
  ATOM_UTF8: 118,
  SMALL_ATOM_UTF8: 119,
  V4_PORT: 120,
});
