/** Fragments go on before their message is whole, unless they may hold a part of READY's key. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OpenMessage } from '../../../src/gateway/rewrite/open-message.js';
import { cutAt, cutPlaces } from '../../support/splits.js';

const KEY = 'resume_gateway_url';

it('says of each fragment whether it goes on: those before the key do, and no byte of the key does', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('r', 'e', '_', '"', 'x') }),
      cutPlaces,
      (before, places) => {
        const text = Buffer.from(`${before}${KEY}":"wss://a"`);
        const message = new OpenMessage({ opcode: 1, isDeflated: false });
        for (const piece of cutAt(text, places)) {
          message.add(piece);
          const hasPassed = message.passesWithout(piece);
          expect(hasPassed).toBe(message.sentBytes === message.data().length);
        }
        expect(message.sentBytes).toBeLessThanOrEqual(text.indexOf(KEY));
        expect(Buffer.from(message.data())).toEqual(text);
      },
    ),
  );
});

it('all fragments are released if there is no key, except those of a zlib buffer', () => {
  const plain = new OpenMessage({ opcode: 1, isDeflated: false });
  for (const piece of ['{"op":', '11,"d"', ':null}'].map((one) => Buffer.from(one))) {
    plain.add(piece);
    expect(plain.passesWithout(piece)).toBe(true);
  }
  expect(plain.sentBytes).toBe(18);
  const deflated = new OpenMessage({ opcode: 2, isDeflated: false });
  deflated.add(Buffer.of(0x78, 0x9c));
  expect(deflated.passesWithout(Buffer.of(0x78, 0x9c))).toBe(false);
});
