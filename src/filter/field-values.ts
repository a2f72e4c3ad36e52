/**
 * Fields of a payload: the values at a path, and whether one of them is accepted.
 *
 * A name goes into every element of an array, and the values at the end of a path are those of arrays there, too:
 * `d.embeds.title` is the title of any embed. Ids are texts of digits; they are compared as the numbers they are.
 */
import type { JsonObject, JsonValue } from '../wire/json/value.js';
import { compileGlob } from './glob.js';
import type { CompareOperator } from './nodes.js';

/** What a value of a field accepts. */
export type FieldTest =
  /** Any value, null and empty ones too. */
  | { readonly type: 'exists' }
  | { readonly type: 'literal'; readonly value: boolean | null }
  /** A number, or a text with these digits. */
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'string'; readonly text: string }
  /** Texts, and numbers as they are written. */
  | { readonly type: 'glob'; readonly pattern: string }
  /** Numbers, and texts of digits; all limits hold. */
  | { readonly type: 'numbers'; readonly limits: readonly NumberLimit[] }
  /** Texts, in the order of their code units. */
  | { readonly type: 'strings'; readonly operator: CompareOperator; readonly text: string };

/** A limit of a number. */
export interface NumberLimit {
  readonly operator: CompareOperator;
  readonly text: string;
}

/** Path from the payload down; -1 is the last element of an array. */
export type FieldPath = readonly (string | number)[];

/** Test of payloads for a field that is accepted. */
export function compileFieldTest(path: FieldPath, test: FieldTest): (payload: JsonValue) => boolean {
  if (test.type === 'exists') return (payload) => findValues(payload, path).length > 0;
  const accepts = compileValueTest(test);
  return (payload) => flatten(findValues(payload, path)).some(accepts);
}

/** Values at a path. */
function findValues(payload: JsonValue, path: FieldPath): readonly JsonValue[] {
  let values: readonly JsonValue[] = [payload];
  for (const step of path) {
    values = typeof step === 'number' ? takeElements(values, step) : takeMembers(values, step);
    if (values.length === 0) break;
  }
  return values;
}

function takeElements(values: readonly JsonValue[], index: number): readonly JsonValue[] {
  const found: JsonValue[] = [];
  for (const value of values) {
    const element = isArray(value) ? value.at(index) : undefined;
    if (element !== undefined) found.push(element);
  }
  return found;
}

function takeMembers(values: readonly JsonValue[], name: string): readonly JsonValue[] {
  const found: JsonValue[] = [];
  for (const value of flatten(values)) {
    if (typeof value !== 'object' || value === null) continue;
    const member = Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
    if (member !== undefined) found.push(member);
  }
  return found;
}

/** Values, with the elements of arrays in their place, however deep they are. */
function flatten(values: readonly JsonValue[]): readonly JsonValue[] {
  if (!values.some(isArray)) return values;
  const flat: JsonValue[] = [];
  const stack = [...values];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (isArray(value)) for (const element of value) stack.push(element);
    else flat.push(value);
  }
  return flat;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function compileValueTest(
  test: Exclude<FieldTest, { readonly type: 'exists' }>,
): (value: JsonValue) => boolean {
  const { type } = test;
  if (type === 'literal') return (value) => value === test.value;
  if (type === 'string') return (value) => value === test.text;
  if (type === 'number') {
    const number = Number(test.text);
    return (value) => value === test.text || value === number;
  }
  if (type === 'glob') {
    const isLike = compileGlob(test.pattern);
    return (value) => (typeof value === 'string' || typeof value === 'number') && isLike(String(value));
  }
  if (type === 'strings') {
    const holds = ORDERS[test.operator];
    return (value) => typeof value === 'string' && holds(value < test.text ? -1 : value > test.text ? 1 : 0);
  }
  return (value) =>
    test.limits.every(({ operator, text }) => {
      const order = compareNumbers(value, text);
      return order !== null && ORDERS[operator](order);
    });
}

const ORDERS: Readonly<Record<CompareOperator, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Order of a value and a number, below 0 if the value is less; null if the value is not a number. */
function compareNumbers(value: JsonValue, text: string): number | null {
  if (typeof value === 'number') return value - Number(text);
  if (typeof value !== 'string' || !/^\d{1,400}$/.test(value)) return null;
  if (!/^-?\d+$/.test(text)) return Number(value) - Number(text);
  const [one, other] = [BigInt(value), BigInt(text)];
  return one < other ? -1 : one > other ? 1 : 0;
}
