/** Arbitrary JSON texts for properties: as people and programs write them, and damaged ones. */
import fc from 'fast-check';

const STRINGS = [
  '""',
  '"op"',
  '"\\u006fp"',
  '"é😀"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"\u007f"',
];
const NUMBERS = [
  '0',
  '-0',
  '-1',
  '10',
  '1.5',
  '-0.25',
  '1e2',
  '1E+2',
  '2e-7',
  '12345678901234567890',
  '9007199254740991',
  '1e400',
];
const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n ');

const { text } = fc.letrec<{ text: string; array: string; object: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...STRINGS, ...NUMBERS, 'true', 'false', 'null'),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(space, fc.array(fc.tuple(tie('text'), space), { maxLength: 4 }))
    .map(([before, items]) => `[${before}${items.map(([item, after]) => after + item + after).join(',')}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(keyText(), space, tie('text')), { maxLength: 5 }))
    .map(
      ([before, members]) =>
        `{${before}${members.map(([key, gap, value]) => `${gap}${key}${gap}:${gap}${value}${gap}`).join(',')}}`,
    ),
}));

function keyText(): fc.Arbitrary<string> {
  return fc.constantFrom(
    '"op"',
    '"op"',
    '"s"',
    '"t"',
    '"d"',
    '"\\u006fp"',
    '"\\u0074"',
    '"token"',
    '"tok\\u0065n"',
    '"id"',
    '"access_token"',
    '""',
    '"__proto__"',
  );
}

/** Valid JSON text of any type. */
export const jsonText: fc.Arbitrary<string> = text;

/** Valid JSON text with one stretch of it replaced; often not valid any more. */
export const damagedJsonText: fc.Arbitrary<string> = fc
  .tuple(
    text,
    fc.nat(),
    fc.nat(3),
    fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '.',
      'e',
      '-',
      '+',
      ' ',
      '\u0001',
      'n',
      'u',
      '\ufeff',
    ),
  )
  .map(([valid, at, removed, added]) => {
    const start = at % (valid.length + 1);
    return valid.slice(0, start) + added + valid.slice(start + removed);
  });
