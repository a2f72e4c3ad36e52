import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyMask,
  FRAME_KINDS,
  maskFromBytes,
  readFrameHeader,
  SENDERS,
  writeFrameHeader,
} from '../../src/wire/frame.js';
import { wsFrame } from '../support/ws-internals.js';

it('senders and kinds have the names that recordings have', () => {
  expect(SENDERS).toEqual(['client', 'gateway']);
  expect(FRAME_KINDS).toEqual(['text', 'binary', 'ping', 'pong', 'close']);
});

describe('readFrameHeader', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('reads what ws writes for %i bytes', (length) => {
    for (const mask of [null, Uint8Array.of(0xde, 0xad, 0xbe, 0xef)]) {
      const frame = wsFrame(new Uint8Array(length), { opcode: 2, mask });
      expect(readFrameHeader(frame, 0)).toEqual({
        isFinal: true,
        reserved: 0,
        opcode: 2,
        mask: mask === null ? null : 0xdeadbeef,
        length,
        headerBytes: frame.length - length,
      });
    }
  });

  it('returns null for every header that is cut short', () => {
    const header = wsFrame(new Uint8Array(65_536), { opcode: 1, mask: Uint8Array.of(1, 2, 3, 4) }).subarray(
      0,
      14,
    );
    for (let end = 0; end < header.length; end += 1) {
      expect(readFrameHeader(header.subarray(0, end), 0)).toBeNull();
    }
    expect(readFrameHeader(header, 0)?.headerBytes).toBe(14);
  });

  it('reads FIN, the reserved bits and the opcode of any first byte', () => {
    for (let first = 0; first < 256; first += 1) {
      const bits = first.toString(2).padStart(8, '0');
      expect(readFrameHeader(Uint8Array.of(first, 0), 0)).toMatchObject({
        isFinal: bits.startsWith('1'),
        reserved: parseInt(bits.slice(1, 4), 2),
        opcode: parseInt(bits.slice(4), 2),
      });
    }
  });

  it('reads any length that a number holds, at any place', () => {
    const lengths = fc.maxSafeNat().filter((length) => length >= 65_536);
    fc.assert(
      fc.property(lengths, fc.nat(5), (length, at) => {
        const header = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
        header.writeBigUInt64BE(BigInt(length), 2);
        expect(readFrameHeader(Buffer.concat([Buffer.alloc(at), header]), at)?.length).toBe(length);
        expect(Buffer.from(writeFrameHeader(0x82, length, null))).toEqual(header);
      }),
    );
  });

  it('calls a length that no number holds infinite', () => {
    const header = Uint8Array.of(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1);
    expect(readFrameHeader(header, 0)?.length).toBe(Infinity);
  });
});

describe('writeFrameHeader', () => {
  it.each([0, 125, 126, 65_535, 65_536])('writes the shortest form for %i bytes, as ws does', (length) => {
    for (const mask of [null, Uint8Array.of(9, 8, 7, 6)]) {
      const theirs = wsFrame(new Uint8Array(length), { opcode: 1, mask });
      const ours = writeFrameHeader(0x81, length, mask);
      expect(Buffer.from(ours)).toEqual(Buffer.from(theirs.subarray(0, theirs.length - length)));
    }
  });
});

describe('applyMask', () => {
  it('unmasks what ws masked, in pieces of any size', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.nat(70),
        (plain, mask, cut) => {
          const masked = wsFrame(plain, { opcode: 2, mask }).subarray(6);
          const at = Math.min(cut, masked.length);
          applyMask(masked.subarray(0, at), maskFromBytes(mask), 0);
          applyMask(masked.subarray(at), maskFromBytes(mask), at);
          expect(masked).toEqual(Buffer.from(plain));
        },
      ),
    );
  });
});
