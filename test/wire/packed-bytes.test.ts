import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBytes, unpackBytes, unpackStart } from '../../src/wire/packed-bytes.js';

describe('packed bytes', () => {
  it('are zlib data: node unpacks ours, and we unpack what node packs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        expect(inflateSync(packBytes(bytes)).equals(bytes)).toBe(true);
        expect(unpackBytes(deflateSync(bytes), bytes.length)?.equals(bytes)).toBe(true);
      }),
    );
  });

  it('that are damaged are null', () => {
    const packed = packBytes(Buffer.from('some text, some text'));
    for (const broken of [
      packed.subarray(0, -1),
      packed.map((byte, i) => (i === 6 ? byte ^ 1 : byte)),
      new Uint8Array(),
    ])
      expect(unpackBytes(broken, 100)).toBeNull();
  });

  it('are read from their start as far as the first of them say', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat({ max: 6000 }), (bytes, packedBytes) => {
        const packed = packBytes(bytes);
        const start = unpackStart(packed, packedBytes, bytes.length);
        expect(start?.equals(bytes.subarray(0, start.length))).toBe(true);
        if (packedBytes >= packed.length) expect(start).toHaveLength(bytes.length);
      }),
    );
    const text = Buffer.from(Array.from({ length: 20_000 }, (_, index) => String(index)).join());
    const packed = packBytes(text);
    expect(unpackStart(packed, packed.length / 2, text.length)?.length).toBeGreaterThan(text.length / 4);
  });

  it('that hold more than they should are null', () => {
    const bomb = packBytes(Buffer.alloc(64 * 1024 * 1024));
    expect(unpackBytes(bomb, 100)).toBeNull();
    expect(unpackBytes(packBytes(Buffer.alloc(2)), 1)).toBeNull();
    expect(unpackStart(bomb, bomb.length / 2, 100)).toBeNull();
    expect(unpackBytes(packBytes(new Uint8Array()), 0)).toHaveLength(0);
  });
});
