/**
 * Compression of what the mock and a rewriting proxy send: the bytes of payloads in, WebSocket messages out.
 *
 * Messages do not refer back to each other. This is legal, and the only state is whether the stream has been opened, so
 * one encoded message serves every connection. Stored and raw blocks carry uncompressed bytes, for a rewrite in a
 * stream that the gateway compressed.
 * Source: RFC 1950 section 2.2, RFC 1951 section 3.2.4, RFC 8878 section 3.1.1.
 */
import { deflateSync } from 'node:zlib';
import type { Compression } from './transport.js';
import { ZLIB_HEADER } from './zlib/header.js';
import { deflateMessage } from './zlib/node-deflate.js';
import { MAX_ZSTD_BLOCK_BYTES, ZSTD_HEADER } from './zstd/frame-header.js';

/** Longest stored block: its length has 16 bits (RFC 1951 section 3.2.4). */
const MAX_STORED_BYTES = 0xffff;

/** A transport compression that streams. */
export type StreamCompression = Exclude<Compression, 'unknown' | 'none'>;

/** Stream header, sent once, before a connection's first message. */
export function streamOpening(compress: StreamCompression): Uint8Array {
  return compress === 'zlib-stream' ? ZLIB_HEADER : ZSTD_HEADER;
}

/**
 * Message that carries `payload`. It does not depend on the position in the stream: one message serves every connection.
 */
export function streamMessage(compress: StreamCompression, payload: Uint8Array): Uint8Array {
  return compress === 'zlib-stream' ? deflateMessage(payload) : rawBlocks(payload);
}

/** Compresses one payload as a complete RFC 1950 buffer (payload compression). */
export function deflateOnce(payload: Uint8Array): Uint8Array {
  return deflateSync(payload);
}

/** `plain` as uncompressed deflate blocks that end in an empty one, as a sync flush does (00 00 FF FF). */
export function storedBlocks(plain: Uint8Array): Uint8Array {
  // From Node's pool: a rewritten login is many small payloads, each a separate allocation otherwise.
  const blocks = Buffer.allocUnsafe(plain.length + 5 * (Math.ceil(plain.length / MAX_STORED_BYTES) + 1));
  let end = 0;
  for (let start = 0; ; start += MAX_STORED_BYTES) {
    const data = plain.subarray(start, start + MAX_STORED_BYTES);
    const { length } = data;
    blocks.set([0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff], end);
    blocks.set(data, end + 5);
    end += 5 + length;
    if (length === 0) return blocks;
  }
}

/** `plain` as uncompressed zstd blocks; the last-block flag is never set. */
export function rawBlocks(plain: Uint8Array): Uint8Array {
  const count = Math.max(1, Math.ceil(plain.length / MAX_ZSTD_BLOCK_BYTES));
  const blocks = new Uint8Array(plain.length + 3 * count);
  for (let i = 0; i < count; i++) {
    const data = plain.subarray(i * MAX_ZSTD_BLOCK_BYTES, (i + 1) * MAX_ZSTD_BLOCK_BYTES);
    const end = i * (MAX_ZSTD_BLOCK_BYTES + 3);
    const header = data.length << 3;
    blocks.set([header & 0xff, (header >> 8) & 0xff, header >> 16], end);
    blocks.set(data, end + 3);
  }
  return blocks;
}
