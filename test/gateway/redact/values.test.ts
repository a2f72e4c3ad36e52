/** Values go from strings, and the text stays JSON whatever the values are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueSplices } from '../../../src/gateway/redact/redact.js';
import { applySplices, type Splice } from '../../../src/wire/splices.js';
import { SecretValues } from '../../../src/gateway/redact/secret-values.js';

function mask(text: string, ...secrets: readonly string[]): string {
  const values = new SecretValues();
  for (const secret of secrets) values.remember(secret, true);
  const splices: Splice[] = [];
  valueSplices(Buffer.from(text), values, () => 'P', splices);
  return Buffer.from(applySplices(Buffer.from(text), splices)).toString();
}

describe('valueSplices', () => {
  it('masks in strings, keys included, several in one', () => {
    expect(mask('{"a":"x secret-1 secret-2","secret-1":["secret-1"]}', 'secret-1', 'secret-2')).toBe(
      '{"a":"x P P","P":["P"]}',
    );
    expect(mask('"secret-1secret-2"', 'secret-1', 'secret-2')).toBe('"PP"');
  });

  it.each([
    ['{"op":10000000,"d":1}', '10000000'],
    ['{"op":10,"s":null,"t":null}', '":null,"'],
    ['{"a":"b\\\\n123456"}', '\\\\n123456'],
    ['[null,null,null]', 'null,null'],
    ['{"a":12345678}', ':12345678}'],
  ])('leaves %s although %s is a secret', (text, secret) => {
    expect(mask(text, secret)).toBe(text);
  });

  it('leaves JSON of the same kind, whatever part of it is called a secret', () => {
    const texts = fc.json().filter((text) => text.length >= 8);
    fc.assert(
      fc.property(texts, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1 }), (text, cuts) => {
        const secrets = cuts.map(([at, length]) => text.slice(at % text.length).slice(0, 8 + (length % 30)));
        const masked = mask(text, ...secrets);
        expect(typeof JSON.parse(masked)).toBe(typeof JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });
});
