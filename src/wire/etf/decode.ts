/**
 * Decodes documents of the External Term Format to JSON text: the one mapping that gatetape uses everywhere.
 *
 * The output is text, not values, because text is scanned, redacted and stored, and because it keeps integers that
 * JavaScript's numbers cannot hold. The mapping of each kind of term is described in scalars.ts, containers.ts and
 * node-terms.ts. Never throws, whatever the bytes are; time and memory grow with their length.
 * Source: erlang.org, ERTS User's Guide, "External Term Format"; Discord Docs/Gateway, "Using ETF".
 */
import { inflateSync } from 'node:zlib';
import { BOUNDS } from '../bounds.js';
import * as containers from './containers.js';
import * as nodeTerms from './node-terms.js';
import { ETF_TAG, ETF_VERSION, type EtfError, EtfReader, type TermReaders } from './reader.js';
import * as scalars from './scalars.js';
import type { InflateLimits } from '../inflated.js';
import type { JsonValue } from '../json/value.js';
import { JsonWriter } from '../json/writer.js';

/** Limits of a document. */
export interface EtfLimits extends InflateLimits {
  /** Maximum number of terms; default: the bound of a message. */
  readonly maxTerms?: number;
}

/** One decoded document, or the reason why it could not be decoded. */
export type EtfResult = DecodedEtf | { readonly ok: false; readonly reason: EtfError };

/** One decoded document. */
export class DecodedEtf {
  readonly ok = true;
  /** JSON text, in UTF-8. */
  readonly json: Uint8Array;
  /** Length of the document in the input, in bytes; a message may hold several. */
  readonly byteCount: number;
  /** Number of terms, nested ones included. */
  readonly termCount: number;

  constructor(json: Uint8Array, byteCount: number, termCount: number) {
    this.json = json;
    this.byteCount = byteCount;
    this.termCount = termCount;
  }

  /** Parsed `json`; parsed again on each access. */
  get value(): JsonValue {
    return JSON.parse(Buffer.from(this.json).toString()) as JsonValue;
  }
}

const READERS: TermReaders = makeTable([
  [ETF_TAG.NEW_FLOAT, scalars.readNewFloat],
  [ETF_TAG.BIT_BINARY, scalars.readBitBinary],
  [ETF_TAG.NEW_PID, nodeTerms.readNewPid],
  [ETF_TAG.NEW_PORT, nodeTerms.readNewPort],
  [ETF_TAG.NEWER_REFERENCE, nodeTerms.readNewerReference],
  [ETF_TAG.SMALL_INTEGER, scalars.readSmallInteger],
  [ETF_TAG.INTEGER, scalars.readInteger],
  [ETF_TAG.FLOAT, scalars.readFloat],
  [ETF_TAG.ATOM, scalars.readAtom],
  [ETF_TAG.REFERENCE, nodeTerms.readReference],
  [ETF_TAG.PORT, nodeTerms.readPort],
  [ETF_TAG.PID, nodeTerms.readPid],
  [ETF_TAG.SMALL_TUPLE, containers.readSmallTuple],
  [ETF_TAG.LARGE_TUPLE, containers.readLargeTuple],
  [ETF_TAG.NIL, containers.readNil],
  [ETF_TAG.STRING, scalars.readString],
  [ETF_TAG.LIST, containers.readList],
  [ETF_TAG.BINARY, scalars.readBinary],
  [ETF_TAG.SMALL_BIG, scalars.readSmallBig],
  [ETF_TAG.LARGE_BIG, scalars.readLargeBig],
  [ETF_TAG.NEW_FUN, nodeTerms.readNewFun],
  [ETF_TAG.EXPORT, nodeTerms.readExport],
  [ETF_TAG.NEW_REFERENCE, nodeTerms.readNewReference],
  [ETF_TAG.SMALL_ATOM, scalars.readSmallAtom],
  [ETF_TAG.MAP, containers.readMap],
  [ETF_TAG.FUN, nodeTerms.readFun],
  [ETF_TAG.ATOM_UTF8, scalars.readAtomUtf8],
  [ETF_TAG.SMALL_ATOM_UTF8, scalars.readSmallAtomUtf8],
  [ETF_TAG.V4_PORT, nodeTerms.readV4Port],
]);

/** Bytes before the zlib data of a COMPRESSED term: version, tag, length. */
const COMPRESSED_HEADER_BYTES = 6;

/** Shared; empty between calls. */
const writer = new JsonWriter();

/** Decodes the document at the start of `bytes`; later bytes are ignored. */
export function decodeEtf(bytes: Uint8Array, limits: EtfLimits): EtfResult {
  if (bytes[0] !== ETF_VERSION) return { ok: false, reason: bytes.length === 0 ? 'truncated' : 'not_etf' };
  if (bytes[1] === ETF_TAG.COMPRESSED) return decodeCompressed(bytes, limits);
  return decodeTerm(bytes, 1, limits);
}

/** Decodes the term at `at`. */
function decodeTerm(
  bytes: Uint8Array,
  at: number,
  { maxTerms = BOUNDS.messageValues }: EtfLimits,
): EtfResult {
  const reader = new EtfReader(bytes, at, writer, READERS, maxTerms);
  if (reader.term()) return new DecodedEtf(writer.take(), reader.at, reader.termCount);
  writer.cutTo(0);
  return { ok: false, reason: reader.fault ?? 'truncated' };
}

/** Decodes a COMPRESSED term: its length once inflated, then zlib data. */
function decodeCompressed(bytes: Uint8Array, limits: EtfLimits): EtfResult {
  if (bytes.length < COMPRESSED_HEADER_BYTES) return { ok: false, reason: 'truncated' };
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2);
  if (length > limits.maxPayloadBytes) return { ok: false, reason: 'too_large' };
  if (limits.budget?.spend(length) === false) return { ok: false, reason: 'over_budget' };
  const inflated = inflate(bytes.subarray(COMPRESSED_HEADER_BYTES), length);
  if (inflated === null) return { ok: false, reason: 'bad_compressed' };
  const result = decodeTerm(inflated.buffer, 0, limits);
  if (!result.ok) return result;
  if (result.byteCount !== length) return { ok: false, reason: 'bad_compressed' };
  return new DecodedEtf(result.json, COMPRESSED_HEADER_BYTES + inflated.byteCount, result.termCount);
}

/** Inflates exactly `length` bytes; returns null if `data` holds another number of bytes. */
function inflate(data: Uint8Array, length: number): { buffer: Uint8Array; byteCount: number } | null {
  try {
    // With `info` the result also has the engine, which is missing from its types.
    const { buffer, engine } = inflateSync(data, {
      maxOutputLength: length,
      info: true,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
    return buffer.length === length ? { buffer, byteCount: engine.bytesWritten } : null;
  } catch {
    return null;
  }
}

function makeTable(entries: readonly (readonly [number, TermReaders[number]])[]): TermReaders {
  const table: TermReaders[number][] = Array.from({ length: 256 });
  for (const [tag, reader] of entries) table[tag] = reader;
  return table;
}
