/**
 * HTTP content codings: decompresses a complete message body, or reports why it cannot.
 *
 * Bodies are short and rare compared with frames, so each is inflated in one call; the output is bounded. Several
 * codings are undone from the last to the first. Source: RFC 9110 section 8.4.1 (`deflate` is zlib there, but some
 * servers send it raw); RFC 7932 for `br`; RFC 8878 for `zstd`.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { errorCode } from '../errors.js';
import { BOUNDS } from './bounds.js';
import { InflateBudget } from './inflate-budget.js';
import type { Inflated, InflateLimits } from './inflated.js';
import { ZstdStreamInflater } from './zstd/stream.js';
import { hasZlibHeader } from './zlib/header.js';

type Decode = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['br', brotliDecompressSync],
  ['deflate', (bytes, options) => (hasZlibHeader(bytes) ? inflateSync : inflateRawSync)(bytes, options)],
]);

/**
 * Decodes a body by its `Content-Encoding` header (null if it has none): `ok`, `too_large`, `inflate_failed` for broken
 * bytes, or `unsupported_compression`.
 */
export function decodeContent(bytes: Uint8Array, codings: string | null, limits: InflateLimits): Inflated {
  const names = (codings ?? '').toLowerCase().split(/[\s,]+/);
  const used = names.filter((name) => name !== '' && name !== 'identity');
  if (used.length > BOUNDS.contentCodings) return { status: 'unsupported_compression' };
  let result: Inflated = { status: 'ok', bytes };
  for (const name of used.reverse()) {
    if (result.status !== 'ok') break;
    result = decodeOne(result.bytes, name, limits);
  }
  if (result.status === 'ok' && result.bytes.length > limits.maxPayloadBytes) return { status: 'too_large' };
  return result;
}

function decodeOne(bytes: Uint8Array, coding: string, limits: InflateLimits): Inflated {
  if (coding === 'zstd') return decodeZstd(bytes, limits);
  const decode = DECODERS.get(coding);
  if (decode === undefined) return { status: 'unsupported_compression' };
  try {
    return { status: 'ok', bytes: decode(bytes, { maxOutputLength: Math.max(1, limits.maxPayloadBytes) }) };
  } catch (error) {
    const isTooLarge = errorCode(error) === 'ERR_BUFFER_TOO_LARGE';
    return { status: isTooLarge ? 'too_large' : 'inflate_failed' };
  }
}

function decodeZstd(bytes: Uint8Array, limits: InflateLimits): Inflated {
  // No context survives a body, so nothing needs to be read beyond its limit.
  const budget = new InflateBudget(
    limits.maxPayloadBytes,
    Math.max(limits.maxPayloadBytes, BOUNDS.inflateGrant),
  );
  budget.earn(bytes.length);
  const inflated = new ZstdStreamInflater({ ...limits, budget }).push(bytes);
  if (inflated.status === 'too_complex') return { status: 'too_large' };
  return inflated.status === 'partial' ? { status: 'inflate_failed' } : inflated;
}
