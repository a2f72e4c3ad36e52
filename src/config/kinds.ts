/**
 * Kinds of values: what a setting, a flag or an option of the library accepts, and the one error for everything else.
 *
 * A validator of our own, because every command reads its settings first: loading zod took a quarter of the time from the
 * start of `record` until it listens.
 */
import { closest } from '../closest.js';
import { UsageError } from '../errors.js';

/** Values that one place accepts. */
export interface Kind<Value> {
  /** Completes "expected …". */
  readonly expected: string;
  /** The value that was meant, or undefined if `given` is not one. */
  readonly read: (given: unknown) => Value | undefined;
  /** Schema (json-schema.org/draft/2020-12) of what a config file can hold; empty for other values. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Words to choose from, if there are any. */
  readonly choices?: readonly string[];
  /** Words that a list in text is made of, if there are any. */
  readonly listed?: readonly string[];
}

/** A kind of values that no config file holds. */
export function makeKind<Value>(expected: string, read: (given: unknown) => Value | undefined): Kind<Value> {
  return { expected, read, json: {} };
}

/** The same kind in the words of one place. */
export function expecting<Value>(expected: string, kind: Kind<Value>): Kind<Value> {
  return { ...kind, expected };
}

/** Text that `parse` understands; it returns null for any other. */
export function text<Value>(
  expected: string,
  parse: (given: string) => Value | null,
  json: Readonly<Record<string, unknown>> = {},
): Kind<Value> {
  return {
    expected,
    read: (given) => (typeof given === 'string' ? (parse(given) ?? undefined) : undefined),
    json: { type: 'string', ...json },
  };
}

/** Any text. */
export const anyText: Kind<string> = text('a string', (given) => given);

/** Text that is not empty. */
export const someText: Kind<string> = text('text', (given) => (given === '' ? null : given), {
  minLength: 1,
});

/** An id of Discord, as text, because it can have more digits than a number keeps. */
export const SNOWFLAKE: Kind<string> = text('an id of Discord, all digits', (given) =>
  /^\d{1,20}$/.test(given) ? given : null,
);

/** True or false. */
export const yesOrNo: Kind<boolean> = {
  expected: 'true or false',
  read: (given) => (typeof given === 'boolean' ? given : undefined),
  json: { type: 'boolean' },
};

/** Null. */
export const nothing: Kind<null> = {
  expected: 'null',
  read: (given) => (given === null ? null : undefined),
  json: { type: 'null' },
};

/** One of some words. */
export function choiceKind<const Word extends string>(...choices: readonly Word[]): Kind<Word> {
  return {
    expected: joinWords(choices),
    read: (given) => choices.find((word) => word === given),
    json: { type: 'string', enum: choices },
    choices,
  };
}

/** A whole number of at least `least`. */
export function integer(least: number): Kind<number> {
  return {
    expected: `a whole number from ${least}`,
    read: (given) => (Number.isSafeInteger(given) && Number(given) >= least ? Number(given) : undefined),
    json: { type: 'integer', minimum: least, maximum: Number.MAX_SAFE_INTEGER },
  };
}

/** A whole number of at least `least`, in digits. */
export function digits(least: number, expected = integer(least).expected): Kind<number> {
  const pattern = least < 0 ? /^-?\d+$/ : /^\d+$/;
  return text(expected, (given) =>
    pattern.test(given) ? (integer(least).read(Number(given)) ?? null) : null,
  );
}

/** A factor on the recorded pace: a number above 0, or one of some words. */
export function paceKind<const Word extends string>(...words: readonly Word[]): Kind<number | Word> {
  return anyKind<number | Word>(
    makeKind('a number above 0', (given) =>
      typeof given === 'number' && given > 0 && Number.isFinite(given) ? given : undefined,
    ),
    ...words.map((word) => choiceKind(word)),
  );
}

/** Union of several kinds; the first that accepts a value reads it. */
export function anyKind<Value>(...kinds: readonly Kind<Value>[]): Kind<Value> {
  return {
    expected: kinds.map(({ expected }) => expected).join(' or '),
    read: (given) => {
      for (const kind of kinds) {
        const value = kind.read(given);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    json: { anyOf: kinds.map(({ json }) => json) },
    choices: kinds.flatMap(({ choices = [] }) => choices),
  };
}

/** A list. */
export function list<Value>(element: Kind<Value>): Kind<readonly Value[]> {
  return {
    expected: `a list, each ${element.expected}`,
    read: (given) => (Array.isArray(given) ? readAll(element, given) : undefined),
    json: { type: 'array', items: element.json },
  };
}

/** Some of `keys`, each with a value of one kind; from the environment and the command line as JSON. */
export function record<Key extends string, Value>(
  keys: readonly Key[],
  element: Kind<Value>,
): Kind<Readonly<Partial<Record<Key, Value>>>> {
  return {
    expected: `an object, of ${keys.join(', ')} each ${element.expected}`,
    read: (source) => {
      const given = typeof source === 'string' ? parseJson(source) : source;
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
      const entries = Object.entries(given).map(([key, value]) => [key, element.read(value)] as const);
      const isRight = entries.every(
        ([key, value]) => value !== undefined && keys.some((each) => each === key),
      );
      return isRight ? Object.freeze(Object.fromEntries(entries) as Partial<Record<Key, Value>>) : undefined;
    },
    json: {
      type: 'object',
      properties: Object.fromEntries(keys.map((key) => [key, element.json])),
      additionalProperties: false,
    },
  };
}

function parseJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** An object of values under names that match a pattern. */
export function named<Value>(pattern: string, value: Kind<Value>): Kind<Readonly<Record<string, Value>>> {
  const isName = new RegExp(pattern);
  return {
    expected: `an object, each ${value.expected}`,
    read: (source) => {
      const given = typeof source === 'string' ? parseJson(source) : source;
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
      const names = Object.keys(given);
      const values = readAll(value, Object.values(given));
      if (values === undefined || !names.every((name) => isName.test(name))) return undefined;
      return Object.freeze(Object.fromEntries(names.map((name, index) => [name, values[index] as Value])));
    },
    json: { type: 'object', propertyNames: { pattern }, additionalProperties: value.json },
  };
}

/** A list as text, with commas between; each value once. */
export function commaList<Value>(
  element: Kind<Value>,
  expected = `some of ${(element.choices ?? [element.expected]).join(',')}`,
): Kind<readonly Value[]> {
  const kind = text<readonly Value[]>(expected, (given) => {
    const parts = given.split(',').map((part) => part.trim());
    const values = readAll(element, parts);
    return values === undefined ? null : [...new Set(values)];
  });
  return element.choices === undefined ? kind : { ...kind, listed: element.choices };
}

/** A value, or a list of them. */
export function oneOrMore<Value>(kind: Kind<Value>): Kind<Value | readonly Value[]> {
  return anyKind<Value | readonly Value[]>(kind, list(kind));
}

function readAll<Value>(element: Kind<Value>, given: readonly unknown[]): readonly Value[] | undefined {
  const values = given.map((one) => element.read(one)).filter((value) => value !== undefined);
  return values.length === given.length ? Object.freeze(values) : undefined;
}

/** Fault of a value, and the hint for it. */
export interface WrongValue {
  readonly what: string;
  readonly hint: string;
}

/** `NAME is VALUE`, and the word that was probably meant, or what is expected. `shown` replaces a value that can be secret. */
export function describeWrong(
  name: string,
  given: unknown,
  { choices = [], expected }: Pick<Kind<unknown>, 'choices' | 'expected'>,
  shown = showValue(given),
): WrongValue {
  const near = closest(String(given), choices);
  return {
    what: `${name} is ${shown}`,
    hint: near === null ? `expected ${expected}` : `did you mean ${near}?`,
  };
}

/** `given` as the kind reads it; throws a UsageError if it does not. `name` is that of a flag, an argument or a variable. */
export function requireKind<Value>(name: string, given: unknown, kind: Kind<Value>): Value {
  const value = kind.read(given);
  if (value !== undefined) return value;
  const { what, hint } = describeWrong(name, given, kind);
  throw new UsageError(what, hint);
}

function showValue(value: unknown): string {
  let shown: string;
  try {
    shown = JSON.stringify(value);
  } catch {
    return 'nested too deep';
  }
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}

/** `a`, `a or b`, `a, b or c`. */
function joinWords(words: readonly string[]): string {
  const [last = ''] = words.slice(-1);
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
