/** Arbitrary JSON for properties of what reads `d`: objects with the names that the reader asks for, and any values under them. */
import fc from 'fast-check';
import type { JsonValue } from '../../src/gateway/payload.js';

/** Any JSON whose objects have some of these names. Values are few, so that ids meet each other. */
export function strangeJson(...names: readonly string[]): fc.Arbitrary<JsonValue> {
  const scalar = fc.constantFrom<JsonValue>(
    null,
    true,
    0,
    1,
    4,
    -1,
    0.5,
    2 ** 53,
    '',
    '0',
    '1',
    '5',
    '1024',
    'x',
  );
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
    ),
  }));
  return value;
}
