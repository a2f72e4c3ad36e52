/**
 * Decompression of what the gateway sends: WebSocket messages in, the bytes of payloads out.
 *
 * One `Inflater` per connection and sender, since the context lives as long as the socket. Data that does not
 * inflate is a status, never an exception, and costs no more memory than `maxPayloadBytes` allows by much.
 * Does not look at what the bytes say: JSON and ETF come later.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; RFC 1950; RFC 1951; RFC 8878.
 */
import { inflateSync } from 'node:zlib';
import type { Compression } from './transport.js';
import { ZlibStreamInflater } from './zlib-stream.js';
import { ZstdStreamInflater } from './zstd-stream.js';

/** What became of one message. */
export type Inflated =
  /** All payloads that this message completed, their bytes joined; usually one. */
  | { readonly status: 'ok'; readonly bytes: Uint8Array }
  /** More messages are needed. */
  | { readonly status: 'partial' }
  /**
   * No bytes. `inflate_failed`: broken data, said once; from then on a shared context is gone and each message
   * is `context_lost`. `too_large`: more than `maxPayloadBytes` once inflated; the context is still good.
   * `unsupported_compression`: nobody documents what the transport asked for.
   */
  | {
      readonly status: 'inflate_failed' | 'too_large' | 'context_lost' | 'unsupported_compression';
    };

/** Limits of decompression. */
export interface InflateLimits {
  /** Longest payload that is kept, in bytes after decompression. */
  readonly maxPayloadBytes: number;
}

/** Decompressor of one sender's messages on one connection. */
export interface Inflater {
  /** Bytes that came since the last complete payload: not 0 at the end of a connection means one was cut off. */
  readonly pendingBytes: number;
  /**
   * Takes the data of one whole message. Keeps no reference to it, except that with `none` the result is the
   * message itself; results stay valid after the next push.
   */
  push(message: Uint8Array): Inflated;
}

/** Inflater for a transport's `compress`; the client's messages are never compressed, so use `none` there. */
export function createInflater(compress: Compression, limits: InflateLimits): Inflater {
  switch (compress) {
    case 'none':
      return { pendingBytes: 0, push: (message) => withinLimit(message, limits) };
    case 'zlib-stream':
      return new ZlibStreamInflater(limits);
    case 'zstd-stream':
      return new ZstdStreamInflater(limits);
    case 'unknown':
      return { pendingBytes: 0, push: () => ({ status: 'unsupported_compression' }) };
  }
}

/** Inflates one complete RFC 1950 buffer (payload compression); no context survives it. */
export function inflateOnce(bytes: Uint8Array, limits: InflateLimits): Inflated {
  try {
    return { status: 'ok', bytes: inflateSync(bytes, { maxOutputLength: limits.maxPayloadBytes }) };
  } catch (error) {
    const isTooLarge =
      error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return { status: isTooLarge ? 'too_large' : 'inflate_failed' };
  }
}

function withinLimit(message: Uint8Array, { maxPayloadBytes }: InflateLimits): Inflated {
  return message.length > maxPayloadBytes ? { status: 'too_large' } : { status: 'ok', bytes: message };
}
