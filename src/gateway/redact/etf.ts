/**
 * Redaction of an ETF document, after the redaction of its JSON projection.
 *
 * Strings that differ between the two projections are replaced in the document if they are whole binaries; ETF has no
 * lengths above a term's own, so nothing else changes. The result counts only if its projection is the redacted one,
 * byte for byte. If that fails (a masked number, a compressed term, or text that looks like a term), the ETF original
 * is dropped and only the projection is kept.
 * Source: erlang.org, External Term Format, BINARY_EXT.
 */
import { decodeEtf } from '../../wire/etf/decode.js';
import { ETF_TAG } from '../../wire/etf/reader.js';
import type { JsonValue } from '../payload.js';

const HEADER_BYTES = 5;

/** `etf` with the changes that lead from the projection `before` to `after`, or null if that is impossible. */
export function redactEtf(etf: Uint8Array, before: Uint8Array, after: Uint8Array): Uint8Array | null {
  const changes = new Map<string, string>();
  collectChanges(parse(before), parse(after), changes);
  const redacted = exchangeBinaries(etf, changes);
  const projection = decodeEtf(redacted, { maxPayloadBytes: Number.MAX_SAFE_INTEGER });
  const isRight = projection.ok && Buffer.compare(projection.json, after) === 0;
  return isRight && projection.byteCount === redacted.length ? redacted : null;
}

/** Notes every string and key that differs between two values of the same shape. */
function collectChanges(before: JsonValue, after: JsonValue, changes: Map<string, string>): void {
  if (typeof before === 'string' && typeof after === 'string') {
    if (before !== after) changes.set(before, after);
  } else if (typeof before === 'object' && typeof after === 'object' && before !== null && after !== null) {
    const entriesAfter = Object.entries(after) as readonly [string, JsonValue][];
    for (const [index, [key, value]] of (
      Object.entries(before) as readonly [string, JsonValue][]
    ).entries()) {
      const [keyAfter, valueAfter] = entriesAfter[index] ?? [key, value];
      if (key !== keyAfter) changes.set(key, keyAfter);
      collectChanges(value, valueAfter, changes);
    }
  }
}

/** `etf` with the text of whole binaries replaced. */
function exchangeBinaries(etf: Uint8Array, changes: ReadonlyMap<string, string>): Uint8Array {
  const document = Buffer.from(etf.buffer, etf.byteOffset, etf.length);
  const lengths = new Set([...changes.keys()].map((text) => Buffer.byteLength(text)));
  const pieces: Uint8Array[] = [];
  let kept = 0;
  let at = document.indexOf(ETF_TAG.BINARY);
  while (at >= 0 && at + HEADER_BYTES <= document.length) {
    const length = document.readUInt32BE(at + 1);
    const end = at + HEADER_BYTES + length;
    const text = lengths.has(length)
      ? changes.get(document.toString('utf8', at + HEADER_BYTES, end))
      : undefined;
    if (text !== undefined) {
      pieces.push(document.subarray(kept, at), binary(text));
      kept = end;
    }
    at = document.indexOf(ETF_TAG.BINARY, text === undefined ? at + 1 : end);
  }
  return Buffer.concat([...pieces, document.subarray(kept)]);
}

function binary(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(HEADER_BYTES, ETF_TAG.BINARY);
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

function parse(json: Uint8Array): JsonValue {
  return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.length).toString()) as JsonValue;
}
