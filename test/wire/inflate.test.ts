/** Choice of the inflater by transport, and payload compression. */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createInflater, inflateOnce } from '../../src/wire/inflate.js';
import { deflateStream, samplePayloads } from '../support/zlib-stream.js';

const limits = { maxPayloadBytes: 1000 };

describe('createInflater', () => {
  it('hands messages through without compression, up to the limit', () => {
    const inflater = createInflater('none', limits);
    const message = Buffer.alloc(1000, 'a');
    expect(inflater.push(message)).toEqual({ status: 'ok', bytes: message });
    expect(inflater.push(Buffer.alloc(1001))).toEqual({ status: 'too_large' });
    expect(inflater.push(message).status).toBe('ok');
    expect(inflater.pendingBytes).toBe(0);
  });

  it('inflates zlib-stream', async () => {
    const [payload] = samplePayloads(1);
    const [message] = await deflateStream([payload!]);
    const inflated = createInflater('zlib-stream', limits).push(message!);
    expect(inflated.status === 'ok' && Buffer.from(inflated.bytes)).toEqual(payload);
  });

  it('does not guess at an unknown compression', () => {
    expect(createInflater('unknown', limits).push(Buffer.from('{}'))).toEqual({
      status: 'unsupported_compression',
    });
  });
});

describe('inflateOnce', () => {
  it('inflates one complete buffer', () => {
    const inflated = inflateOnce(deflateSync('{"op":11}'), limits);
    expect(inflated.status === 'ok' && Buffer.from(inflated.bytes).toString()).toBe('{"op":11}');
  });

  it('bounds the output', () => {
    expect(inflateOnce(deflateSync(Buffer.alloc(1000)), limits).status).toBe('ok');
    expect(inflateOnce(deflateSync(Buffer.alloc(1001)), limits).status).toBe('too_large');
    expect(inflateOnce(deflateSync(Buffer.alloc(100_000_000)), limits).status).toBe('too_large');
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['text', Buffer.from('{"op":11}')],
    ['a cut buffer', deflateSync('{"op":11}').subarray(0, -3)],
    ['a wrong checksum', Buffer.concat([deflateSync('{"op":11}').subarray(0, -1), Buffer.of(0)])],
    ['gzip', gzipSync('{"op":11}')],
  ])('fails on %s', (_, bytes) => {
    expect(inflateOnce(bytes, limits)).toEqual({ status: 'inflate_failed' });
  });
});
