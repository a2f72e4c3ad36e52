/** Choice of the inflater by transport. */
import { describe, expect, it } from 'vitest';
import { rawBlocks, streamOpening } from '../../src/wire/deflate.js';
import { createInflater } from '../../src/wire/inflate.js';
import { deflateStream, samplePayloads } from '../support/zlib-stream.js';

const limits = { maxPayloadBytes: 1000 };

describe('createInflater', () => {
  it('hands messages through without compression, up to the limit', () => {
    const inflater = createInflater('none', limits);
    const message = Buffer.alloc(1000, 'a');
    expect(inflater.push(message)).toEqual({ status: 'ok', bytes: message });
    expect(inflater.push(Buffer.alloc(1001))).toEqual({ status: 'too_large' });
    expect(inflater.push(message).status).toBe('ok');
  });

  it('inflates zlib-stream', async () => {
    const [payload] = samplePayloads(1);
    const [message] = await deflateStream([payload!]);
    const inflated = createInflater('zlib-stream', limits).push(message!);
    expect(inflated.status === 'ok' && Buffer.from(inflated.bytes)).toEqual(payload);
  });

  it('inflates zstd-stream', () => {
    const payload = Buffer.from('{"op":11}');
    const message = Buffer.concat([streamOpening('zstd-stream'), rawBlocks(payload)]);
    expect(createInflater('zstd-stream', limits).push(message)).toMatchObject({
      status: 'ok',
      bytes: payload,
    });
  });

  it('does not guess at an unknown compression', () => {
    expect(createInflater('unknown', limits).push(Buffer.from('{}'))).toEqual({
      status: 'unsupported_compression',
    });
  });
});
