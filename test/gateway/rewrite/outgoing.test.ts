import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OutputBuffer } from '../../../src/gateway/rewrite/held-frames.js';

const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

it('Outgoing joins its chunks, and returns bytes that do not change later', () => {
  fc.assert(
    fc.property(pieces, pieces, (first, second) => {
      const taken = [first, second].map((list) => {
        const outgoing = new OutputBuffer();
        for (const piece of list) outgoing.push(piece);
        return outgoing.take();
      });
      expect(Buffer.concat(first).equals(taken[0]!)).toBe(true);
      expect(Buffer.concat(second).equals(taken[1]!)).toBe(true);
    }),
  );
});

it('Outgoing grows beyond its initial size', () => {
  const large = Buffer.alloc(3_000_000, 'gatetape');
  const outgoing = new OutputBuffer();
  outgoing.push(Buffer.from('before'), large, Buffer.from('behind'));
  const expected = Buffer.concat([Buffer.from('before'), large, Buffer.from('behind')]);
  expect(expected.equals(outgoing.take())).toBe(true);
});
