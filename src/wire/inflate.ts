/**
 * Decompresses the gateway's WebSocket messages into the bytes of payloads.
 *
 * One `Inflater` per connection and sender, since the context lives as long as the socket. Data that does not inflate
 * yields a status, never an exception, and uses little more memory than `maxPayloadBytes`. Does not parse the bytes:
 * JSON and ETF are decoded later.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; RFC 1950; RFC 1951; RFC 8878.
 */
import { openZlibContext } from './zlib/context.js';
import type { Inflated, InflateLimits, Inflater } from './inflated.js';
import type { Compression } from './transport.js';
import { ZlibStreamInflater } from './zlib/stream.js';
import { ZstdStreamInflater } from './zstd/stream.js';

/** Inflater for a transport's `compress`; the client's messages are never compressed, so use `none` there. */
export function createInflater(compress: Compression, limits: InflateLimits): Inflater {
  switch (compress) {
    case 'none':
      return { push: (message) => withinLimit(message, limits), close };
    case 'zlib-stream':
      return new ZlibStreamInflater(openZlibContext(), limits);
    case 'zstd-stream':
      return new ZstdStreamInflater(limits);
    case 'unknown':
      return { push: () => ({ status: 'unsupported_compression' }), close };
  }
}

function close(): void {
  // Nothing is held between messages.
}

function withinLimit(message: Uint8Array, { maxPayloadBytes }: InflateLimits): Inflated {
  return message.length > maxPayloadBytes ? { status: 'too_large' } : { status: 'ok', bytes: message };
}
