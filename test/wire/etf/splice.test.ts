import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findEtfMember,
  hasAtomKeys,
  replaceWithBinary,
  rootMap,
  readSmallIntegerTerm,
  readTermText,
} from '../../../src/wire/etf/splice.js';

const uint = (size: number, value: number): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};
const term = (tag: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer =>
  Buffer.concat([Buffer.of(tag), ...parts.map((part) => Buffer.from(part))]);
const binary = (text: string): Buffer => term(109, uint(4, Buffer.byteLength(text)), Buffer.from(text));
const atom = (text: string): Buffer => term(100, uint(2, text.length), Buffer.from(text));

/** One term of every tag that is skipped, by its layout in the User's Guide. */
const TERMS: Readonly<Record<string, Buffer>> = {
  NEW_FLOAT: term(70, Buffer.alloc(8, 1)),
  BIT_BINARY: term(77, uint(4, 3), [5], [1, 2, 3]),
  SMALL_INTEGER: term(97, [255]),
  INTEGER: term(98, uint(4, 0x80000000)),
  FLOAT: term(99, Buffer.alloc(31, 48)),
  ATOM: atom('nil'),
  SMALL_TUPLE: term(104, [2], term(97, [1]), atom('x')),
  LARGE_TUPLE: term(105, uint(4, 1), term(106)),
  NIL: term(106),
  STRING: term(107, uint(2, 3), [1, 2, 3]),
  LIST: term(108, uint(4, 2), binary('a'), binary('b'), term(106)),
  'improper LIST': term(108, uint(4, 1), binary('a'), atom('b')),
  BINARY: binary('resume'),
  SMALL_BIG: term(110, [8], [1], Buffer.alloc(8, 9)),
  LARGE_BIG: term(111, uint(4, 300), [0], Buffer.alloc(300, 9)),
  SMALL_ATOM: term(115, [3], Buffer.from('nil')),
  MAP: term(116, uint(4, 1), binary('url'), binary('inner')),
  ATOM_UTF8: term(118, uint(2, 2), Buffer.from('é')),
  SMALL_ATOM_UTF8: term(119, [2], Buffer.from('é')),
};

const document = (...entries: readonly (readonly [Buffer, Buffer])[]): Buffer =>
  Buffer.concat([Buffer.of(131, 116), uint(4, entries.length), ...entries.flat()]);

function find(bytes: Buffer, name: string): string | null {
  const root = rootMap(bytes);
  const member = root === null ? null : findEtfMember(bytes, root, name);
  return member === null ? null : readTermText(bytes, member);
}

describe('findMember', () => {
  it.each(Object.entries(TERMS))('passes over a key and a value of %s', (_, skipped) => {
    const bytes = document(
      [binary('before'), skipped],
      [skipped, binary('x')],
      [binary('url'), binary('found')],
    );
    expect(find(bytes, 'url')).toBe('found');
  });

  it('takes the last of equal keys, whatever their form', () => {
    const [small, utf] = [term(115, [3], Buffer.from('url')), term(119, [3], Buffer.from('url'))];
    expect(find(document([binary('url'), binary('a')], [atom('url'), binary('b')]), 'url')).toBe('b');
    expect(find(document([small, binary('a')], [utf, binary('b')]), 'url')).toBe('b');
  });

  it('costs no stack for depth', () => {
    const depth = 100_000;
    const deep = Buffer.concat([
      ...Array.from({ length: depth }, () => Buffer.from([108, 0, 0, 0, 1])),
      Buffer.alloc(depth + 1, 106),
    ]);
    expect(find(document([binary('deep'), deep], [binary('url'), binary('found')]), 'url')).toBe('found');
  });

  it('finds nothing in what is cut short, longer than a document, or made of unknown terms', () => {
    const bytes = document([binary('x'), TERMS['LIST']!], [binary('url'), binary('found')]);
    for (let end = 0; end < bytes.length; end += 1) expect(rootMap(bytes.subarray(0, end))).toBeNull();
    expect(rootMap(Buffer.concat([bytes, Buffer.of(106)]))).toBeNull();
    expect(rootMap(document([binary('x'), term(112, [1])]))).toBeNull();
    expect(rootMap(Buffer.from('836a', 'hex'))).toBeNull();
    expect(findEtfMember(bytes, { start: 2, end: 4 }, 'url')).toBeNull();
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...Object.values(TERMS)), fc.uint8Array({ maxLength: 9 }))),
        (parts) => {
          const bytes = Buffer.concat([Buffer.from([131, 116, 0, 0, 0, 2]), ...parts]);
          find(bytes, 'url');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('smallIntegerOf', () => {
  it('reads one byte, and nothing else', () => {
    const bytes = document([binary('op'), term(97, [10])], [binary('t'), binary('x')]);
    const root = rootMap(bytes)!;
    expect(readSmallIntegerTerm(bytes, findEtfMember(bytes, root, 'op')!)).toBe(10);
    expect(readSmallIntegerTerm(bytes, findEtfMember(bytes, root, 't')!)).toBeNull();
    expect(readTermText(bytes, findEtfMember(bytes, root, 'op')!)).toBeNull();
  });
});

describe('replaceWithBinary', () => {
  it('changes one value and no other byte', () => {
    const around = (value: Buffer): Buffer =>
      document([binary('a'), TERMS['LARGE_BIG']!], [atom('url'), value], [TERMS['MAP']!, TERMS['FLOAT']!]);
    for (const before of [binary('old'), binary(''), atom('nil')]) {
      const bytes = around(before);
      const member = findEtfMember(bytes, rootMap(bytes)!, 'url')!;
      expect(
        Buffer.from(replaceWithBinary(bytes, member, 'wss://néw')).equals(around(binary('wss://néw'))),
      ).toBe(true);
    }
  });
});

describe('hasAtomKeys', () => {
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
});
