import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameWalk } from '../../../src/gateway/rewrite/frame-walk.js';
import { cutAt, cutPlaces } from '../../support/splits.js';
import { wsFrame } from '../../support/ws-internals.js';

const INVALID = '{"t":null,"s":null,"op":9,"d":false}';
const text = (data: string): Buffer => wsFrame(Buffer.from(data), { opcode: 1 });
const etfInvalid = Buffer.from('837400000002' + '73026f706109' + '730164730566616c7365', 'hex');

describe('FrameWalk', () => {
  const innocent = [
    text('{"op":11}'),
    text(`{"op":0,"t":"MESSAGE_CREATE","d":${JSON.stringify(INVALID)}}`),
    text(`{"op":0,"d":"${'x'.repeat(70_000)}"}`),
    wsFrame(Buffer.from(INVALID), { opcode: 9 }),
    wsFrame(Buffer.from('{"op":'), { opcode: 1, fin: false }),
    wsFrame(Buffer.from('9}'), { opcode: 0 }),
    wsFrame(Buffer.alloc(130, 7), { opcode: 2 }),
    text(''),
  ];

  it.each([
    ['JSON', 'json', text(INVALID)],
    ['JSON in a binary message', 'json', wsFrame(Buffer.from(INVALID), { opcode: 2 })],
    ['JSON of 125 bytes', 'json', text(INVALID.padEnd(125))],
    // None of its bytes is a digit nine, by which others are found.
    ['JSON in a zlib buffer', 'json', wsFrame(deflateSync(INVALID), { opcode: 2 })],
    ['ETF', 'etf', wsFrame(etfInvalid, { opcode: 2 })],
  ] as const)(
    'finds the end of an INVALID_SESSION in %s, however the stream is cut',
    (_, encoding, invalid) => {
      const before = Buffer.concat([...innocent, invalid]);
      const stream = Buffer.concat([before, ...innocent]);
      fc.assert(
        fc.property(cutPlaces, (places) => {
          const walk = new FrameWalk(encoding, 3);
          let passed = 0;
          for (const piece of cutAt(stream, places)) {
            const chunk = Buffer.from(piece);
            const end = walk.find(chunk);
            chunk.fill(0xee); // the relay reads the next bytes into the same memory
            if (end !== -1) {
              expect(passed + end).toBe(before.length);
              // One of the innocent frames is a fragment, which counts with its message.
              expect(walk.frames).toBe(3 + innocent.length - 1 + 1);
              return;
            }
            passed += chunk.length;
          }
          expect.unreachable();
        }),
      );
    },
  );

  it.each([126, 70_000])('does not look into a frame of %d bytes, whole or cut', (bytes) => {
    const long = text(INVALID.padEnd(bytes));
    expect(new FrameWalk('json', 0).find(long)).toBe(-1);
    expect(new FrameWalk('json', 0).find(long.subarray(0, -1))).toBe(-1);
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const walk = new FrameWalk('json', 0);
        for (const chunk of chunks) expect(walk.find(chunk)).toBeLessThanOrEqual(chunk.length);
      }),
    );
  });
});
