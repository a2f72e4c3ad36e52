import { describe, expect, it } from 'vitest';
import { FrameAssembly } from '../../src/wire/websocket.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';

const held = new HeldBytes(Infinity);

describe('FrameAssembly', () => {
  it('does not copy a frame that came whole', () => {
    const piece = Uint8Array.of(1, 2, 3);
    const assembly = new FrameAssembly('binary', false, held);
    assembly.add(piece, 3, true);
    expect(assembly.finish(null).data).toBe(piece);
  });

  it('joins fragments and pieces, and sums their bytes', () => {
    const assembly = new FrameAssembly('text', true, held);
    assembly.add(Uint8Array.of(1), 2, false);
    assembly.add(Uint8Array.of(2), 1, false);
    assembly.add(Uint8Array.of(3, 4), 2, true);
    expect(assembly.finish(null)).toEqual({
      kind: 'text',
      data: Uint8Array.of(1, 2, 3, 4),
      wireBytes: 4,
      isDeflated: true,
      error: null,
    });
  });

  it('keeps the first error and counts what it discards', () => {
    const assembly = new FrameAssembly('text', false, held);
    assembly.add(Uint8Array.of(1, 2), 2, false);
    assembly.discard('too_large');
    assembly.add(Uint8Array.of(3, 4, 5), 3, true);
    expect(assembly.finish('truncated')).toMatchObject({
      data: new Uint8Array(0),
      wireBytes: 5,
      error: 'too_large',
    });
  });

  it('copies each byte of a long message a bounded number of times', () => {
    const assembly = new FrameAssembly('binary', false, held);
    const piece = new Uint8Array(64).fill(7);
    const pieces = 65_536; // growing by one piece at a time would copy 137 GB
    for (let count = 0; count < pieces; count += 1) assembly.add(piece, 64, false);
    const { data } = assembly.finish(null);
    expect(data.length).toBe(pieces * 64);
    expect(data.every((byte) => byte === 7)).toBe(true);
  });
});

it('a frame is counted and not kept where all connections together hold too much', () => {
  const assembly = new FrameAssembly('binary', false, new HeldBytes(4));
  for (let count = 0; count < 3; count += 1) assembly.add(Uint8Array.of(1, 2, 3), 3, false);
  expect(assembly.finish(null)).toMatchObject({
    wireBytes: 9,
    error: 'too_complex',
    data: new Uint8Array(0),
  });
});
