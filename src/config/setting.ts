/**
 * Settings: what one accepts, what that becomes, and what editors are told of it.
 *
 * Three dozen lines instead of a library, because every command reads its settings first: loading a validator took a
 * quarter of the time from the start of `record` until it listens.
 * Source: json-schema.org/draft/2020-12.
 */

/** What a setting accepts. */
export interface Kind<Value> {
  /** The value that was meant, or undefined where what was given is none. */
  readonly read: (given: unknown) => Value | undefined;
  /** Schema of what may stand in a file. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Words to choose from, where there are any. */
  readonly choices?: readonly string[];
}

/** Form that a default has in the config file. */
type Initial = string | boolean | null | readonly string[];

/** One setting. */
export interface Setting<Value> extends Kind<Value> {
  /** What it is when nobody gives it, in the form of the config file. */
  readonly initially: Initial;
  /** `PURPOSE: WHAT IS EXPECTED`, for editors, for `--help` and, the second half, for errors. */
  readonly about: string;
}

/** A kind with its default and its description. */
export function setting<Value>(
  kind: Kind<Value>,
  initially: Initial,
  purpose: string,
  expected: string,
): Setting<Value> {
  return { ...kind, initially, about: `${purpose}: ${expected}` };
}

/** Text that `parse` understands; it returns null for any other. */
export function text<Value>(
  parse: (given: string) => Value | null,
  json: Readonly<Record<string, unknown>> = {},
): Kind<Value> {
  return {
    read: (given) => (typeof given === 'string' ? (parse(given) ?? undefined) : undefined),
    json: { type: 'string', ...json },
  };
}

/** Text that is not empty. */
export const someText: Kind<string> = text((given) => (given === '' ? null : given), { minLength: 1 });

/** True or false. */
export const yesOrNo: Kind<boolean> = {
  read: (given) => (typeof given === 'boolean' ? given : undefined),
  json: { type: 'boolean' },
};

/** Nothing. */
export const nothing: Kind<null> = {
  read: (given) => (given === null ? null : undefined),
  json: { type: 'null' },
};

/** One of some words. */
export function choiceKind<const Word extends string>(...choices: readonly Word[]): Kind<Word> {
  return {
    read: (given) => choices.find((word) => word === given),
    json: { type: 'string', enum: choices },
    choices,
  };
}

/** A whole number from `least` on. */
export function integer(least: number): Kind<number> {
  return {
    read: (given) => (Number.isSafeInteger(given) && Number(given) >= least ? Number(given) : undefined),
    json: { type: 'integer', minimum: least, maximum: Number.MAX_SAFE_INTEGER },
  };
}

/** What either of two kinds accepts. */
export function anyKind<First, Second>(first: Kind<First>, second: Kind<Second>): Kind<First | Second> {
  return {
    read: (given) => {
      const value = first.read(given);
      return value === undefined ? second.read(given) : value;
    },
    json: { anyOf: [first.json, second.json] },
  };
}

/** A list. */
export function list<Value>(element: Kind<Value>): Kind<readonly Value[]> {
  return {
    read: (given) => {
      if (!Array.isArray(given)) return undefined;
      const values = given.map((one) => element.read(one)).filter((value) => value !== undefined);
      return values.length === given.length ? Object.freeze(values) : undefined;
    },
    json: { type: 'array', items: element.json },
  };
}
