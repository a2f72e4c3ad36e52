/**
 * The External Term Format for users of the library: bytes in, values out, and back.
 */
import { decodeEtf as decode, type EtfResult } from '../wire/etf/decode.js';

export { encodeEtf } from '../wire/etf/encode.js';

/** Default limit of the size of a decompressed COMPRESSED term. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/**
 * Decodes the document at the start of `bytes`. Returns `value`, its text `json`, and its length in bytes; or the
 * reason why it is invalid. `maxPayloadBytes` bounds the inflated size of a COMPRESSED term. Never throws.
 */
export function decodeEtfDocument(
  bytes: Uint8Array,
  { maxPayloadBytes = MAX_PAYLOAD_BYTES } = {},
): EtfResult {
  return decode(bytes, { maxPayloadBytes });
}
