import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasAtomKeys } from '../../../src/wire/etf/splice.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ofD = (inner: string): Buffer => hex(`83 74 00000001 6d 00000001 64 ${inner}`);

it.each([
  ['a small atom', hex('83 74 00000001 73 02 6f70 61 01'), true],
  ['an atom', hex('83 74 00000001 64 0002 6f70 61 01'), true],
  ['a small atom in UTF-8', hex('83 74 00000001 77 02 6f70 61 01'), true],
  ['an atom of a map within', ofD('74 00000001 73 01 61 61 01'), true],
  ['a binary, and an atom for the value', ofD('73 03 6e696c'), false],
  ['a binary of a map within', ofD('74 00000001 6d 00000001 61 61 01'), false],
  ['an atom of a map in a list', ofD('6c 00000001 74 00000001 73 01 61 61 01 6a'), true],
  ['an atom of a map in a tail', ofD('6c 00000001 61 01 74 00000001 73 01 61 61 01'), true],
  ['an atom of a map in a tuple', ofD('68 02 61 01 74 00000001 77 01 61 61 01'), true],
  ['an atom behind a list', hex('83 74 00000002 6d 00000001 64 6c 00000001 61 01 6a 73 01 61 61 01'), true],
  ['atoms in a list', ofD('6c 00000002 73 01 61 73 01 62 6a'), false],
  ['an atom behind a map that is a value', ofD('74 00000001 6d 00000001 61 73 01 61'), false],
  ['none: no map', hex('83 73 03 6e696c'), false],
  ['none: cut short', hex('83 74 00000001 73 02 6f'), false],
])('an atom is found as a key: %s', (_, document, expected) => {
  expect(hasAtomKeys(document)).toBe(expected);
});

it('the search for atom keys accepts any bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      (bytes) => void hasAtomKeys(Buffer.from([131, 116, ...bytes])),
    ),
  );
});
