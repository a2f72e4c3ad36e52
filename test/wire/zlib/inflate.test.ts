/** RFC 1950 streams without an end; node:zlib compresses. */
import { constants, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ZlibInflate } from '../../../src/wire/zlib/context.js';

const stream = (windowBits: number): Buffer =>
  deflateSync('{"op":11}', { windowBits, finishFlush: constants.Z_SYNC_FLUSH });

describe('ZlibInflate', () => {
  it.each([9, 12, 15])('reads a stream with a window of 2^%i bytes', (windowBits) => {
    expect(Buffer.from(new ZlibInflate().push(stream(windowBits))!).toString()).toBe('{"op":11}');
  });

  it('reads a header that comes a byte at a time', () => {
    const subject = new ZlibInflate();
    const pieces = Array.from(stream(15), (byte) => subject.push(Uint8Array.of(byte))!);
    expect(Buffer.concat(pieces).toString()).toBe('{"op":11}');
  });

  it.each([
    ['another method', '779c'],
    ['a window over 32 KiB', '889c'],
    ['a preset dictionary', '78bb'],
    ['a wrong check', '789d'],
    ['gzip', '1f8b'],
    ['JSON', '7b22'],
  ])('refuses %s', (_, header) => {
    const bytes = Buffer.concat([Buffer.from(header, 'hex'), stream(15).subarray(2)]);
    expect(new ZlibInflate().push(bytes)).toBeNull();
  });
});
