/**
 * The External Term Format for users of the library: bytes in, values out, and back.
 */
import { decodeEtf as decode, type EtfResult } from '../wire/etf/decode.js';

export { encodeEtf } from '../wire/etf/encode.js';

/** Longest term that a COMPRESSED one may stand for, unless told otherwise. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/**
 * Decodes the document that `bytes` starts with: `value`, its text `json`, and how many bytes it takes; or why it
 * is none. `maxPayloadBytes` bounds what a COMPRESSED term may inflate to. Never throws.
 */
export function decodeEtfDocument(
  bytes: Uint8Array,
  { maxPayloadBytes = MAX_PAYLOAD_BYTES } = {},
): EtfResult {
  return decode(bytes, { maxPayloadBytes });
}
