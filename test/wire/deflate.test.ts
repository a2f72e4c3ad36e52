/** Compression, judged by node:zlib and by fixed vectors. */
import { randomBytes } from 'node:crypto';
import { inflateRawSync, inflateSync, constants } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  deflateOnce,
  rawBlocks,
  storedBlocks,
  streamMessage,
  streamOpening,
} from '../../src/wire/deflate.js';
import { inflateStream, samplePayloads } from '../support/zlib-stream.js';

const SUFFIX = Buffer.from('0000ffff', 'hex');
const payloads = [...samplePayloads(30), randomBytes(200_000), Buffer.alloc(300_000, 'ab')];

describe('streamMessage', () => {
  it('makes zlib-stream messages that one inflater of node:zlib reads', async () => {
    const messages = payloads.map((payload) => Buffer.from(streamMessage('zlib-stream', payload)));
    const stream = [Buffer.concat([streamOpening('zlib-stream'), messages[0]!]), ...messages.slice(1)];
    expect((await inflateStream(stream)).map((bytes, i) => bytes.equals(payloads[i]!))).not.toContain(false);
    for (const message of messages) expect(message.subarray(-4)).toEqual(SUFFIX);
    expect(messages[31]!.length).toBeLessThan(1000);
  });

  it('makes the documented first zlib-stream message', () => {
    const message = streamMessage('zlib-stream', Buffer.from('{"op":10}'));
    const hex = Buffer.concat([streamOpening('zlib-stream'), message]).toString('hex');
    expect(hex).toBe('789caa56ca2f50b23234a805000000ffff');
  });

  it('makes raw blocks for a zstd stream', () => {
    const payload = Buffer.from('{"op":11}');
    expect(Buffer.from(streamOpening('zstd-stream')).toString('hex')).toBe('28b52ffd0040');
    expect(Buffer.from(streamMessage('zstd-stream', payload)).toString('hex')).toBe(
      `480000${payload.toString('hex')}`,
    );
  });

  it('makes messages that do not refer to earlier ones', () => {
    for (const payload of payloads) {
      const message = streamMessage('zlib-stream', payload);
      expect(inflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).equals(payload)).toBe(true);
    }
  });
});

describe('deflateOnce', () => {
  it('writes a complete buffer', () => {
    for (const payload of payloads) expect(inflateSync(deflateOnce(payload)).equals(payload)).toBe(true);
  });
});

describe('storedBlocks', () => {
  it.each([0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])('stores %i bytes', (length) => {
    const plain = randomBytes(length);
    const blocks = Buffer.from(storedBlocks(plain));
    expect(inflateRawSync(blocks, { finishFlush: constants.Z_SYNC_FLUSH }).equals(plain)).toBe(true);
    expect(blocks.subarray(-5)).toEqual(Buffer.from('000000ffff', 'hex'));
    expect(blocks.length).toBe(length + 5 * (Math.ceil(length / 65_535) + 1));
  });
});

describe('rawBlocks', () => {
  it.each([
    [0, ['000000']],
    [9, ['480000']],
    [1000, ['401f00']],
    [131_072, ['000010']],
    [131_073, ['000010', '080000']],
  ])('writes %i bytes as blocks of at most 128 KiB', (length, headers) => {
    const plain = randomBytes(length);
    const expected = headers.map((header, i) =>
      Buffer.concat([Buffer.from(header, 'hex'), plain.subarray(i * 131_072, (i + 1) * 131_072)]),
    );
    expect(Buffer.from(rawBlocks(plain)).equals(Buffer.concat(expected))).toBe(true);
  });
});
