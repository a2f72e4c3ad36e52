/** Fields of queries and forms are read as a server reads them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeField, mapFields, readFields, withoutEscapes } from '../../../src/gateway/redact/fields.js';

it('names and values are those that URLSearchParams reads, but for brackets and spaces around a name', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'B', '_', '=', '+', '%20', '%41', '1'), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (words) => {
      const text = words.join('&');
      const expected = [...new URLSearchParams(text)].filter(([, value]) => value !== '');
      const fields = [...readFields(text)].map(({ name, value }) => [name, decodeField(value)]);
      expect(fields).toEqual(expected.map(([name, value]) => [name.trim(), value]));
    }),
  );
});

it.each([
  ['?a=1&b=2#c=3', ['a=1', 'b=2', 'c=3']],
  ['/path?a=x=y', ['a=x=y']],
  ['files[0]=x&list[]=y&a=&b', ['files=x', 'list=y']],
  ['+a =1', ['a=1']],
  ['%2561=1', ['a=1']],
])('the fields of %s', (text, fields) => {
  expect([...readFields(text)].map(({ name, value }) => `${name}=${value}`)).toEqual(fields);
  expect(mapFields(text, () => null)).toBe(text);
  for (const { value, valueStart, end } of readFields(text)) expect(text.slice(valueStart, end)).toBe(value);
});

it('values are replaced where they are', () => {
  expect(mapFields('?a=1&b=2&c=3#x', ({ name }) => (name === 'b' ? null : `<${name}>`))).toBe(
    '?a=<a>&b=2&c=<c>#x',
  );
});

it.each([
  ['%2561', 'a'],
  ['%25'.repeat(3) + '61', '%%%61'.replace('%61', 'a')],
  ['100 % of %zz', '100 % of %zz'],
  ['%e4', '%e4'],
  [`%${'25'.repeat(9)}41`, 'A'.replace('A', '%41')],
])('escapes of ASCII are read however often they were escaped: %s', (text, plain) => {
  expect(withoutEscapes(text)).toBe(plain);
});

it('the value of a form is as it is if its escapes are wrong', () => {
  expect(decodeField('a+b%20c')).toBe('a b c');
  expect(decodeField('a+%zz')).toBe('a+%zz');
});
