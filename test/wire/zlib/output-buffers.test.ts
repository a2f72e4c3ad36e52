import { expect, it } from 'vitest';
import { firstBuffer, FULL_BYTES, fullBuffer, giveBack, largerBuffer } from '../../../src/wire/zlib/raw.js';

it('an output buffer grows by doubling, then to full length, then to the needed size', () => {
  const { length } = firstBuffer();
  expect(largerBuffer(length, length + 1).length).toBe(2 * length);
  expect(largerBuffer(8192, 8193).length).toBe(FULL_BYTES);
  expect(largerBuffer(length, 50_000).length).toBe(FULL_BYTES);
  expect(largerBuffer(length, FULL_BYTES + 1).length).toBe(FULL_BYTES + 1);
});

it('a buffer of full length is reused by the next stream, and no other buffer is', () => {
  const buffer = fullBuffer();
  giveBack(Buffer.alloc(FULL_BYTES + 1));
  giveBack(buffer);
  expect(fullBuffer()).toBe(buffer);
  expect(fullBuffer()).not.toBe(buffer);
});
