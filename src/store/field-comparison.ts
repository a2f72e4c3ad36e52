/**
 * Comparisons of a payload's field, as the flag `--where` and the library give them, in the words of filters.
 */
import type { FieldTest } from '../filter/field-values.js';
import type { FieldOperator } from './query-words.js';
import { negate, requireAll, requireAny, type Predicate } from '../filter/predicate.js';

/**
 * Value to compare a field with. A number also equals a string with these digits, because the gateway writes ids so.
 */
export interface FieldValue {
  readonly type: 'null' | 'boolean' | 'number' | 'string';
  readonly text: string;
}

/** A condition on one field of a payload, such as `d.author.bot = true`. */
export interface FieldComparison {
  /** Keys of objects and indexes of arrays, from the payload down; -1 is the last element. */
  readonly path: readonly (string | number)[];
  readonly operator: FieldOperator;
  readonly value: FieldValue;
}

/** Holds for frames with a payload. */
const HAS_PAYLOAD: Predicate = { type: 'column', column: 'status', test: { type: 'equal', value: 'ok' } };

/** Predicate of a comparison. It holds for no frame without a payload; a field that is missing equals null. */
export function comparisonPredicate({ path, operator, value }: FieldComparison): Predicate {
  const field = (test: FieldTest): Predicate => ({ type: 'field', path, test });
  const { type, text } = value;
  switch (operator) {
    case '=':
    case '!=': {
      const isNull = requireAny([field({ type: 'literal', value: null }), negate(field({ type: 'exists' }))]);
      const isEqual = type === 'null' ? isNull : field(equalTest(type, text));
      return requireAll([HAS_PAYLOAD, operator === '=' ? isEqual : negate(isEqual)]);
    }
    case '~':
      return field({ type: 'glob', pattern: text });
    default:
      if (type !== 'number') return field({ type: 'strings', operator, text });
      return field({ type: 'numbers', limits: [{ operator, text }] });
  }
}

function equalTest(type: 'boolean' | 'number' | 'string', text: string): FieldTest {
  return type === 'boolean' ? { type: 'literal', value: text === 'true' } : { type, text };
}
