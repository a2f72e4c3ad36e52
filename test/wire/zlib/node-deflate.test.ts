/** Messages by an engine that is used again, judged by `deflateRawSync`, which makes an engine for each. */
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deflateMessage } from '../../../src/wire/zlib/node-deflate.js';

it('makes the bytes that deflateRawSync makes, and leaves earlier messages alone', () => {
  const noise = fc.uint8Array({ maxLength: 5_000 });
  const repeated = fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 2_000 }))
    .map(([text, times]) => Buffer.from(text.repeat(times)));
  const large = fc
    .integer({ min: 30_000, max: 70_000 })
    .map((length) => Buffer.alloc(length, 'no two alike? all are'));
  fc.assert(
    fc.property(fc.array(fc.oneof(noise, repeated, large), { maxLength: 40 }), (payloads) => {
      const made = payloads.map(deflateMessage);
      const expected = payloads.map((payload) =>
        deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }),
      );
      expect(made.findIndex((message, index) => Buffer.compare(message, expected[index]!) !== 0)).toBe(-1);
    }),
    { numRuns: 60 },
  );
});

it('keeps no more memory than the messages take', () => {
  const messages = Array.from({ length: 200 }, (_, index) => deflateMessage(Buffer.from(`{"op":${index}}`)));
  const memory = new Set(messages.map(({ buffer }) => buffer));
  const noise = randomBytes(30_000);
  const first = deflateMessage(noise);
  for (let count = 0; count < 9; count += 1) expect(deflateMessage(noise)).toEqual(first);
  expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(1024 * 1024);
});
