/**
 * Payload streams as a rewriter sees them: turns messages into payloads, and a payload into a message again.
 *
 * A compressor refers back to what it sent before. After a change, the gateway's messages refer to text that the client
 * does not have; the stream is out of step, and its payloads must be re-encoded. For zlib-stream this is temporary (see
 * message-stream.ts). For zstd-stream it is permanent: entropy tables and repeat offsets live as long as the frame, so
 * it is re-encoded, as raw blocks, to its end.
 * Source: RFC 1951 section 3.2.4; RFC 8878 section 3.1.1; Discord Docs/Gateway, "Encoding and Compression".
 */
import { NO_BYTES } from '../../wire/no-bytes.js';
import {
  hasZstdMagic,
  MAX_ZSTD_BLOCK_BYTES,
  readZstdBlockBytes,
  ZSTD_HEADER,
} from '../../wire/zstd/frame-header.js';
import { deflateOnce, rawBlocks, storedBlocks } from '../../wire/deflate.js';
import type { Inflated, InflateLimits, Inflater, ZlibContext } from '../../wire/inflated.js';
import { createInflater } from '../../wire/inflate.js';
import { inflateOnce } from '../../wire/whole-buffer.js';
import type { Compression } from '../../wire/transport.js';
import { ZlibInflate } from '../../wire/zlib/context.js';
import { ZlibStreamInflater } from '../../wire/zlib/stream.js';
import { Lookback } from './message-stream.js';
import { ZLIB_HEADER, hasZlibHeader } from '../../wire/zlib/header.js';

/** One direction of a connection, at the level of its transport compression. */
export interface PayloadStream {
  /** True while the gateway's own messages mean to the client what they mean to us. */
  readonly isInStep: boolean;
  /** True once a message has been read. */
  readonly isOpened: boolean;
  /** Beginning of the payload that is not complete, as far as it can be read. */
  readonly begun: Uint8Array;
  /** Reads the gateway's next message. */
  decode(message: Uint8Array): Inflated;
  /**
   * Data of one message that says `payload`, in place of the messages decoded last. The last `unchangedBytes`
   * of it are as the gateway sent them: all of them if nothing was changed.
   */
  encode(payload: Uint8Array, unchangedBytes: number): Uint8Array;
  /** Releases its memory; the stream is unusable afterwards. */
  close(): void;
}

/** Length of a payload's beginning that identifies it. */
const BEGUN_BYTES = 128;

/** Stream of a transport's compression, or null if it is undocumented. */
export function openPayloadStream(compress: Compression, limits: InflateLimits): PayloadStream | null {
  switch (compress) {
    case 'none':
      return new PlainStream(limits);
    case 'zlib-stream':
      return new ZlibStream(limits);
    case 'zstd-stream':
      return new ZstdStream(limits);
    case 'unknown':
      return null;
  }
}

/** No transport compression: a payload is a message, some of them compressed each on its own. */
export class PlainStream implements PayloadStream {
  readonly isInStep = true;
  readonly isOpened = true;
  readonly begun = NO_BYTES;
  readonly #limits: InflateLimits;
  #isDeflated = false;

  constructor(limits: InflateLimits) {
    this.#limits = limits;
  }

  decode(message: Uint8Array): Inflated {
    this.#isDeflated = hasZlibHeader(message);
    return this.#isDeflated ? inflateOnce(message, this.#limits) : { status: 'ok', bytes: message };
  }

  encode(payload: Uint8Array): Uint8Array {
    return this.#isDeflated ? deflateOnce(payload) : payload;
  }

  close(): void {
    // It holds no memory.
  }
}

/** A zlib context that ends with a payload that is too long, and keeps how a payload begins. */
class BoundedContext implements ZlibContext {
  // Not zlib itself: until 32 KiB have passed, it would take 27 KiB more of each connection than ours, which reuses memory.
  readonly #context = new ZlibInflate();
  readonly #maxPayloadBytes: number;
  #payloadBytes = 0;
  #begun: Uint8Array = NO_BYTES;

  constructor({ maxPayloadBytes }: InflateLimits) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#payloadBytes > this.#maxPayloadBytes;
  }

  get begun(): Uint8Array {
    return this.#begun;
  }

  beginPayload(): void {
    this.#payloadBytes = 0;
    this.#begun = NO_BYTES;
  }

  push(piece: Uint8Array): Uint8Array | null {
    const bytes = this.#context.push(piece);
    if (bytes === null) return null;
    this.#payloadBytes += bytes.length;
    if (this.#begun.length < BEGUN_BYTES)
      this.#begun = Buffer.concat([this.#begun, bytes.subarray(0, BEGUN_BYTES)]);
    return this.isOver ? null : bytes;
  }

  close(): void {
    this.#context.close();
  }
}

/** zlib-stream, re-encoded as stored blocks until both windows are equal. */
class ZlibStream implements PayloadStream {
  readonly #context: BoundedContext;
  readonly #inflater: Inflater;
  readonly #lookback = new Lookback();
  /** Payloads decoded; the first one carries the stream's header. */
  #payloads = 0;
  isOpened = false;

  constructor(limits: InflateLimits) {
    this.#context = new BoundedContext(limits);
    this.#inflater = new ZlibStreamInflater(this.#context, limits);
  }

  get isInStep(): boolean {
    return this.#lookback.isEqual;
  }

  get begun(): Uint8Array {
    return this.#context.begun;
  }

  decode(message: Uint8Array): Inflated {
    this.isOpened = true;
    const inflated = this.#inflater.push(message);
    if (this.#context.isOver) return { status: 'too_large' };
    if (inflated.status !== 'ok') return inflated;
    this.#payloads += 1;
    this.#context.beginPayload();
    return inflated;
  }

  encode(payload: Uint8Array, unchangedBytes: number): Uint8Array {
    this.#lookback.advance(payload.length, unchangedBytes);
    const blocks = storedBlocks(payload);
    return this.#payloads === 1 ? Buffer.concat([ZLIB_HEADER, blocks]) : blocks;
  }

  close(): void {
    this.#context.close();
  }
}

/** zstd-stream, re-encoded as raw blocks from the first change on. */
class ZstdStream implements PayloadStream {
  readonly #inflater: Inflater;
  /** True if the last payload started a new frame, so that no frame is open before it. */
  #isFrameStart = false;
  #isPayloadOpen = false;
  /** Longest block that the open frame allows. */
  #blockBytes = MAX_ZSTD_BLOCK_BYTES;
  isInStep = true;
  isOpened = false;
  readonly begun = NO_BYTES;

  constructor(limits: InflateLimits) {
    this.#inflater = createInflater('zstd-stream', limits);
  }

  decode(message: Uint8Array): Inflated {
    this.isOpened = true;
    const isFrameStart = hasZstdMagic(message);
    if (isFrameStart && this.isInStep) this.#blockBytes = readZstdBlockBytes(message);
    this.#isFrameStart = isFrameStart || (this.#isPayloadOpen && this.#isFrameStart);
    const inflated = this.#inflater.push(message);
    this.#isPayloadOpen = inflated.status === 'partial';
    return inflated;
  }

  encode(payload: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    if (this.isInStep && this.#isFrameStart) {
      parts.push(ZSTD_HEADER);
      this.#blockBytes = MAX_ZSTD_BLOCK_BYTES;
    }
    this.isInStep = false;
    for (let start = 0; start < payload.length; start += this.#blockBytes) {
      parts.push(rawBlocks(payload.subarray(start, start + this.#blockBytes)));
    }
    return Buffer.concat(parts);
  }

  close(): void {
    this.#inflater.close();
  }
}
