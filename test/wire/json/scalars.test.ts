/** Values of strings and numbers; JSON.parse is the referee. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberAt, stringAt } from '../../../src/wire/json/scalars.js';

/** Makes strings that no earlier run has looked up. */
let count = 0;

describe('stringAt', () => {
  it('gives what JSON.parse gives, the second time too', () => {
    const unit = fc.constantFrom('a', 'B', '7', '"', '\\', '\n', '\u0001', 'é', '😀', '\ud800');
    const text = fc.string({ unit, maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(text, fc.boolean(), (drawn, isEscaped) => {
        const value = `${drawn}${(count += 1)}`;
        const plain = JSON.stringify(value);
        const json = isEscaped
          ? `"${Array.from(value, (_, i) => value.charCodeAt(i))
              .map(unicodeEscape)
              .join('')}"`
          : plain;
        const bytes = Buffer.from(` ${json} `);
        expect(stringAt(bytes, 1, bytes.length - 1)).toBe(JSON.parse(bytes.toString()));
        expect(stringAt(bytes, 1, bytes.length - 1)).toBe(JSON.parse(bytes.toString()));
      }),
      { numRuns: 200 },
    );
  });

  it('tells strings of equal hash apart', () => {
    // 31 * 65 + 97 is 31 * 66 + 66.
    for (const text of ['Aa', 'BB', 'Aa']) expect(stringAt(Buffer.from(`"${text}"`), 0, 4)).toBe(text);
  });

  it('keeps its own copy of what it looks up', () => {
    const bytes = Buffer.from('"READY"');
    expect(stringAt(bytes, 0, 7)).toBe('READY');
    bytes.write('"ZEBRA"');
    expect(stringAt(bytes, 0, 7)).toBe('ZEBRA');
    expect(stringAt(Buffer.from('"READY"'), 0, 7)).toBe('READY');
  });
});

describe('numberAt', () => {
  it('gives what JSON.parse gives for any number of digits', () => {
    const digits = fc.stringMatching(/^-?[1-9]\d{0,24}$/);
    fc.assert(
      fc.property(digits, (text) => {
        expect(numberAt(Buffer.from(text), 0, text.length)).toBe(JSON.parse(text));
      }),
    );
  });

  it.each(['0', '7', '-7', '999999999999999', '9007199254740993', '1.5', '1e3', '-0'])('reads %s', (text) => {
    expect(numberAt(Buffer.from(`[${text}]`), 1, text.length + 1)).toBe(JSON.parse(text));
  });
});

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
