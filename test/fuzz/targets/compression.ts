/** Targets of decompression: our inflater against zlib's, our zstd against libzstd, and everything else against its bounds. */
import * as zlib from 'node:zlib';
import { BOUNDS } from '../../../src/wire/bounds.js';
import { decodeContent } from '../../../src/wire/content-coding.js';
import { rawBlocks, storedBlocks, streamMessage, streamOpening } from '../../../src/wire/deflate.js';
import { InflateBudget } from '../../../src/wire/inflate-budget.js';
import type { Inflated, ZlibContext } from '../../../src/wire/inflated.js';
import { packBytes, unpackBytes } from '../../../src/wire/packed-bytes.js';
import { createMessageInflater } from '../../../src/wire/permessage-deflate.js';
import { inflateOnce } from '../../../src/wire/whole-buffer.js';
import { ZlibInflate } from '../../../src/wire/zlib/context.js';
import { NodeInflate } from '../../../src/wire/zlib/node-inflate.js';
import { ZlibStreamInflater } from '../../../src/wire/zlib/stream.js';
import { ZstdStreamInflater } from '../../../src/wire/zstd/stream.js';
import { inPieces } from '../../support/splits.js';
import { samplePayloads } from '../../support/zlib-stream.js';
import { hasZstd, runZstd, zstdStreamMessages } from '../../support/zstd-stream.js';
import {
  type Disagreement,
  readMessages,
  requireSame,
  requireThat,
  type Target,
  writeMessages,
} from '../target.js';

const MAX_PAYLOAD_BYTES = 20_000;
const HEADER = Buffer.from('789c', 'hex');
const Z_SYNC_FLUSH = zlib.constants.Z_SYNC_FLUSH;

/** A stream of payloads with one context, cut behind the marker of each. */
function deflated(payloads: readonly Uint8Array[], options: zlib.ZlibOptions = {}): Buffer {
  const stream = zlib.deflateSync(Buffer.concat(payloads), { ...options, finishFlush: Z_SYNC_FLUSH });
  return Buffer.from(stream);
}

/** What is inflated until a fault, and at which piece that is. */
function inflateAll(
  context: ZlibContext,
  pieces: readonly Uint8Array[],
): { readonly output: Buffer; readonly failedAt: number } {
  const parts: Uint8Array[] = [];
  for (const [at, piece] of pieces.entries()) {
    const bytes = context.push(piece);
    if (bytes === null) return { output: Buffer.concat(parts), failedAt: at };
    // The memory of a result is the caller's.
    parts.push(Uint8Array.from(bytes));
  }
  context.close();
  return { output: Buffer.concat(parts), failedAt: Infinity };
}

/**
 * Bytes by which one of the two sees a fault later: of codes that cannot be right zlib first reads all 318 lengths, a bit
 * each, and we first read the head of 74 bits. zlib also reads the checksum of a stream that ends.
 */
const MAX_LATER_BYTES = 48;

/** Messages of one zlib stream. */
export const inflate: Target = {
  promise: 'our inflater and zlib read the same, fail at the same message, and keep the bounds of output',
  seeds: () => {
    const payloads = samplePayloads(4);
    const whole = deflated(payloads);
    return [
      writeMessages([whole]),
      writeMessages([whole.subarray(0, 30), whole.subarray(30)]),
      writeMessages(inPieces(deflated(payloads.slice(0, 1)), 1)),
      writeMessages([deflated(payloads, { strategy: zlib.constants.Z_FIXED })]),
      writeMessages([deflated(payloads, { level: 0 })]),
      writeMessages([HEADER, storedBlocks(Buffer.from('{"op":11}')), Buffer.from('000000ffff', 'hex')]),
      writeMessages([
        streamOpening('zlib-stream'),
        ...payloads.map((payload) => streamMessage('zlib-stream', payload)),
      ]),
      writeMessages([deflated([Buffer.alloc(60_000, 'ab')])]),
    ];
  },
  words: ['789c', '0000ffff', '000000ffff', '07', '030000', '0100feff', 'ed'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ),
  maxBytes: 2000,
  run: (input) => {
    const messages = readMessages(input).slice(0, 200);
    compareInflaters(messages);
    const pieces = inPieces(Buffer.concat(messages), 1);
    const { ours, theirs } = compareInflaters(pieces);
    const isAlike =
      ours.failedAt === theirs.failedAt ||
      Math.abs(Math.min(ours.failedAt, pieces.length) - Math.min(theirs.failedAt, pieces.length)) <=
        MAX_LATER_BYTES;
    requireThat(isAlike, `we refuse byte ${ours.failedAt}, zlib byte ${theirs.failedAt}`);
    for (const context of [new ZlibInflate(), new NodeInflate()]) {
      const budget = new InflateBudget(MAX_PAYLOAD_BYTES, 50_000);
      const limits = { maxPayloadBytes: MAX_PAYLOAD_BYTES, budget };
      checkBounds(new ZlibStreamInflater(context, limits), messages, budget);
    }
  },
};

/** Inflates with both implementations; as far as both go, the output is the same. */
function compareInflaters(
  pieces: readonly Uint8Array[],
): Record<'ours' | 'theirs', ReturnType<typeof inflateAll>> {
  const ours = inflateAll(new ZlibInflate(), pieces);
  const theirs = inflateAll(new NodeInflate(), pieces);
  const common = Math.min(ours.output.length, theirs.output.length);
  requireThat(
    ours.output.subarray(0, common).equals(theirs.output.subarray(0, common)),
    'other output than zlib',
  );
  if (ours.failedAt === theirs.failedAt)
    requireSame(ours.output.length, theirs.output.length, 'length of the output');
  return { ours, theirs };
}

interface StreamInflater {
  push(message: Uint8Array): Inflated;
  close(): void;
}

/** Every result is within the limit, and after a fault the context is lost. */
function checkBounds(inflater: StreamInflater, messages: readonly Uint8Array[], budget: InflateBudget): void {
  let isLost = false;
  for (const message of messages) {
    budget.earn(message.length);
    const result = inflater.push(message);
    if (isLost) requireSame(result, { status: 'context_lost' }, 'after a fault');
    isLost ||= result.status === 'inflate_failed' || result.status === 'too_complex';
    if (result.status === 'ok')
      requireThat(result.bytes.length <= MAX_PAYLOAD_BYTES, 'a payload is too long');
  }
  inflater.close();
  requireSame(inflater.push(Buffer.alloc(1)), { status: 'context_lost' }, 'after the end');
}

const ZSTD_LIMITS = { maxPayloadBytes: 4 * 2 ** 20 };
const hasNodeZstd = 'zstdDecompressSync' in zlib;

/** Messages of one zstd stream. */
export const zstd: Target = {
  promise: 'the output is the same however the stream is cut, within the bounds, and what libzstd reads',
  seeds: () => {
    const messages = zstdStreamMessages();
    const opening = streamOpening('zstd-stream');
    const frames = hasZstd
      ? [['-1'], ['-19'], ['--no-check'], ['--fast=7'], ['-9', '--no-content-size']].flatMap((options) => {
          const frame = runZstd(options, Buffer.concat(samplePayloads(6)));
          return frame === null ? [] : [writeMessages([frame])];
        })
      : [];
    return [
      writeMessages(messages.slice(0, 6)),
      writeMessages(messages.slice(0, 1)),
      writeMessages([opening, rawBlocks(Buffer.from('{"op":11}')), rawBlocks(Buffer.alloc(3000, 7))]),
      writeMessages([Buffer.from('28b52ffd0040', 'hex'), Buffer.from('0200 1061'.replace(' ', ''), 'hex')]),
      writeMessages([Buffer.from('502a4d18030000000a0b0c', 'hex'), opening, rawBlocks(Buffer.from('x'))]),
      ...frames,
    ];
  },
  words: ['28b52ffd', '0040', '502a4d18', '010000', 'ffffff', '480000'].map((hex) => Buffer.from(hex, 'hex')),
  maxBytes: 4000,
  run: (input) => {
    const messages = readMessages(input).slice(0, 200);
    const whole = zstdOutput(messages);
    const pieces = zstdOutput(messages.flatMap((message) => inPieces(message, 1)));
    // A payload that is not complete is not returned, and byte by byte there are more ends of payloads.
    if (!whole.isFailed)
      requireThat(
        pieces.output.subarray(0, whole.output.length).equals(whole.output),
        'other output byte by byte',
      );
    requireSame(pieces.isFailed, whole.isFailed, 'failed byte by byte');
    const budget = new InflateBudget(MAX_PAYLOAD_BYTES, 50_000);
    checkBounds(new ZstdStreamInflater({ maxPayloadBytes: MAX_PAYLOAD_BYTES, budget }), messages, budget);
    if (hasNodeZstd) compareWithNode(Buffer.concat(messages), whole);
  },
  ...(hasZstd && !hasNodeZstd ? { judge: askZstd } : {}),
};

function zstdOutput(messages: readonly Uint8Array[]): { output: Buffer; isFailed: boolean } {
  const inflater = new ZstdStreamInflater(ZSTD_LIMITS);
  const parts: Uint8Array[] = [];
  for (const message of messages) {
    const result = inflater.push(message);
    if (result.status === 'ok') parts.push(Uint8Array.from(result.bytes));
    else if (result.status !== 'partial') return { output: Buffer.concat(parts), isFailed: true };
  }
  return { output: Buffer.concat(parts), isFailed: false };
}

/** Reads with libzstd what there is of a stream that may go on; null if it is refused. */
function nodeZstd(stream: Uint8Array): Buffer | null {
  const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync: typeof zlib.inflateSync };
  try {
    // 1: ZSTD_e_flush
    return zstdDecompressSync(stream, { finishFlush: 1, maxOutputLength: ZSTD_LIMITS.maxPayloadBytes });
  } catch {
    return null;
  }
}

/** Whether Node goes on behind the end of a frame, as 26 does; 22 and 24 return what the first one has. */
const readsFrames = ((): boolean => {
  const skippable = Buffer.from('502a4d1800000000', 'hex');
  const frame = Buffer.from('28b52ffd2001090000' + '78', 'hex'); // one raw block with an x
  return hasNodeZstd && nodeZstd(Buffer.concat([skippable, frame]))?.length === 1;
})();

function compareWithNode(stream: Uint8Array, ours: { output: Buffer; isFailed: boolean }): void {
  const theirs = nodeZstd(stream);
  if (theirs === null || ours.isFailed) return;
  const common = Math.min(theirs.length, ours.output.length);
  requireThat(
    theirs.subarray(0, common).equals(ours.output.subarray(0, common)),
    'other output than libzstd',
  );
  if (readsFrames) requireThat(theirs.length >= ours.output.length, 'libzstd reads less');
}

function askZstd(inputs: readonly Uint8Array[]): Disagreement[] {
  return inputs.slice(0, 500).flatMap((input) => {
    const stream = Buffer.concat(readMessages(input).slice(0, 200));
    const theirs = runZstd(['-d'], stream);
    if (theirs === null || stream.length === 0) return [];
    const ours = zstdOutput([stream]);
    if (theirs.length > ZSTD_LIMITS.maxPayloadBytes || (theirs.length === 0 && !ours.isFailed)) return [];
    return ours.output.equals(theirs) ? [] : [{ input, what: 'the zstd tool reads something else' }];
  });
}

const CODINGS = ['gzip', 'deflate', 'br', 'zstd', 'gzip, deflate', 'x-gzip, br, zstd, identity', 'lz4'];

/** First byte: which of the decoders of whole buffers. */
export const buffers: Target = {
  promise: 'a whole buffer becomes at most as many bytes as allowed, or a reason',
  seeds: () => {
    const payload = Buffer.concat(samplePayloads(3));
    const tail = 4;
    return [
      Buffer.concat([Buffer.of(0), zlib.gzipSync(payload)]),
      Buffer.concat([Buffer.of(1), zlib.deflateSync(payload)]),
      Buffer.concat([Buffer.of(1), zlib.deflateRawSync(payload)]),
      Buffer.concat([Buffer.of(2), zlib.brotliCompressSync(payload)]),
      Buffer.concat([Buffer.of(3), zstdStreamMessages()[0] ?? Buffer.alloc(0)]),
      Buffer.concat([Buffer.of(4), zlib.deflateSync(zlib.gzipSync(payload))]),
      Buffer.concat([Buffer.of(7), zlib.deflateSync(payload)]),
      Buffer.concat([Buffer.of(7), zlib.deflateSync('{"op":11}')]),
      Buffer.concat([Buffer.of(8), packBytes(payload)]),
      Buffer.concat([
        Buffer.of(9),
        writeMessages([zlib.deflateRawSync(payload, { finishFlush: Z_SYNC_FLUSH }).subarray(0, -tail)]),
      ]),
    ];
  },
  words: ['1f8b08', '789c', '0000ffff', '28b52ffd'].map((hex) => Buffer.from(hex, 'hex')),
  maxBytes: 2000,
  run: ([first = 0, ...rest]) => {
    const bytes = Uint8Array.from(rest);
    const limits = { maxPayloadBytes: MAX_PAYLOAD_BYTES };
    const kind = first % (CODINGS.length + 3);
    if (kind < CODINGS.length) checkLength(decodeContent(bytes, CODINGS[kind] ?? null, limits));
    else if (kind === CODINGS.length) {
      const result = inflateOnce(bytes, limits);
      checkLength(result);
      compareWhole(bytes, result);
    } else if (kind === CODINGS.length + 1) {
      requireThat(
        (unpackBytes(bytes, MAX_PAYLOAD_BYTES)?.length ?? 0) <= MAX_PAYLOAD_BYTES,
        'too many bytes',
      );
    } else {
      const budget = new InflateBudget(MAX_PAYLOAD_BYTES, BOUNDS.inflateGrant);
      const inflater = createMessageInflater('permessage-deflate', 'gateway', { ...limits, budget });
      for (const message of readMessages(bytes)) {
        budget.earn(message.length);
        checkLength(inflater?.push(message) ?? { status: 'partial' });
      }
    }
  },
};

function checkLength(result: Inflated): void {
  if (result.status === 'ok') requireThat(result.bytes.length <= MAX_PAYLOAD_BYTES, 'too many bytes');
}

/** zlib alone decides whether a buffer is intact, and of what length. */
function compareWhole(bytes: Uint8Array, result: Inflated): void {
  let expected: Buffer | null = null;
  try {
    const { buffer, engine } = zlib.inflateSync(bytes, { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten === bytes.length) expected = buffer;
  } catch {
    // Refused.
  }
  if (result.status === 'ok')
    requireThat(expected?.equals(result.bytes) === true, 'zlib does not read the same');
  else
    requireThat(
      expected === null || expected.length > MAX_PAYLOAD_BYTES,
      `zlib reads it, we say ${result.status}`,
    );
}
