/** JSON text written as bytes; JSON.parse is the referee. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonWriter } from '../../../src/wire/json/writer.js';

const written = (write: (writer: JsonWriter) => void): string => {
  const writer = new JsonWriter();
  write(writer);
  return Buffer.from(writer.take()).toString();
};

describe('JsonWriter', () => {
  it('writes strings that JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const bytes = Buffer.from(value);
        const text = written((writer) => writer.string(bytes, 0, bytes.length));
        expect(JSON.parse(text)).toBe(bytes.toString());
      }),
      { numRuns: 300 },
    );
  });

  it('escapes every byte that needs it, as JSON.stringify does', () => {
    const bytes = Buffer.from(Array.from({ length: 0x80 }, (_, byte) => byte));
    expect(written((writer) => writer.string(bytes, 0, bytes.length))).toBe(JSON.stringify(bytes.toString()));
  });

  it('reports whether a string has bytes above 0x7F', () => {
    const writer = new JsonWriter();
    expect(writer.string(Buffer.from('a\n\u007f'), 0, 3)).toBe(false);
    expect(writer.string(Buffer.from('aé'), 0, 3)).toBe(true);
    expect(writer.string(Buffer.from('aé'), 0, 1)).toBe(false);
  });

  it('writes numbers that JSON.parse reads', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.oneof(finite, fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, -0, 9, 10, 4294967295)),
        (value) => {
          expect(JSON.parse(written((writer) => writer.number(value)))).toBe(value);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps what it has when it grows, with any of its writes', () => {
    const ascii = fc.string({ unit: fc.constantFrom('a', '"', '\n', '\u0001'), maxLength: 60, size: 'max' });
    const write = fc.oneof(
      ascii.map((text) => ({ text, write: (writer: JsonWriter) => writer.ascii(text) })),
      ascii.map((text) => ({
        text: JSON.stringify(text),
        write: (writer: JsonWriter) => writer.string(Buffer.from(text), 0, text.length),
      })),
      fc.nat().map((value) => ({ text: `${value}`, write: (writer: JsonWriter) => writer.number(value) })),
      fc.constant({ text: ',', write: (writer: JsonWriter) => writer.byte(0x2c) }),
    );
    fc.assert(
      fc.property(fc.nat(64), fc.array(write, { minLength: 1, maxLength: 3 }), (roomBytes, writes) => {
        const before = 'x'.repeat(16 * 1024 - roomBytes);
        const text = written((writer) => {
          writer.ascii(before);
          for (const one of writes) one.write(writer);
        });
        expect(text).toBe(before + writes.map((one) => one.text).join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('grows, undoes writes and can be reset', () => {
    const writer = new JsonWriter();
    writer.ascii('x'.repeat(100_000));
    writer.cutTo(3);
    writer.ascii('[1]');
    expect([writer.length, writer.byteAt(3), writer.textFrom(2)]).toEqual([6, 0x5b, 'x[1]']);
    expect(Buffer.from(writer.take()).toString()).toBe('xxx[1]');
    expect(writer.length).toBe(0);
    writer.ascii('x'.repeat(9_000_000));
    expect(writer.take().length).toBe(9_000_000);
    writer.byte(0x30);
    expect(Buffer.from(writer.take()).toString()).toBe('0');
  });
});
