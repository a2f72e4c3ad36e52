/**
 * Flags with values, and the kinds of values that people type: ids, times, paces.
 *
 * A kind reads text; the error of a flag names the flag and what was expected (config/kinds.ts). Quantities are read by
 * filter/quantities.ts.
 */
import { Option } from 'commander';
import { anyKind, choiceKind, digits, requireKind, text, type Kind } from '../../config/kinds.js';
import { parseStatuses } from '../../config/values.js';
import { parseBytes, parseDuration, parseTime } from '../../filter/quantities.js';
import { systemNowUs } from '../../host.js';
import type { StatusRange } from '../../library/queries.js';

const choicesOf = new WeakMap<Option, readonly string[]>();

/** Notes the words that the value of a flag can be made of. */
export function noteChoices(option: Option, { choices, listed }: Kind<unknown>): Option {
  const words = choices ?? listed ?? [];
  if (words.length > 0) choicesOf.set(option, words);
  return option;
}

/** Words that the value of a flag can be made of; undefined if it is not made of words. */
export function listChoices(option: Option): readonly string[] | undefined {
  return option.argChoices ?? choicesOf.get(option);
}

/** A flag with a value of a kind; any other value is a UsageError that says what was expected. */
export function typed(flags: string, description: string, kind: Kind<unknown>): Option {
  const option = noteChoices(new Option(flags, `${description}: ${kind.expected}`), kind);
  return option.argParser((given: string) => requireKind(option.long ?? flags, given, kind));
}

/** A flag as `typed` makes it, that can be given several times; the values come as a list. */
export function each(flags: string, description: string, kind: Kind<unknown>): Option {
  const option = noteChoices(new Option(flags, `${description}: ${kind.expected}`), kind);
  return option.argParser((given: string, before: readonly unknown[] | undefined) => [
    ...(before ?? []),
    requireKind(option.long ?? flags, given, kind),
  ]);
}

/** A flag with one of a few words. */
export function choiceOption(flags: string, description: string, words: readonly string[]): Option {
  return typed(flags, description, choiceKind(...words));
}

/** A whole number from 1. */
export const COUNT: Kind<number> = digits(1, 'a whole number');

/** A whole number from 0. */
export const NUMBER: Kind<number> = digits(0, 'a number');

/** Any whole number. */
export const SEED: Kind<number> = digits(Number.MIN_SAFE_INTEGER, 'a whole number');

/** An id of the database, or `latest`. */
export const ID: Kind<number | 'latest'> = {
  ...anyKind<number | 'latest'>(digits(1), choiceKind('latest')),
  expected: 'an id or latest',
};

/** An amount of bytes. */
export const BYTES: Kind<number> = text('bytes, or as 4KiB', parseBytes);

/** A span of time, in µs. */
export const DURATION: Kind<number> = text('such as 30s or 500ms', parseDuration);

/** A time, in µs since the Unix epoch. */
export const TIME: Kind<number> = text('2h (ago), an ISO time, today, yesterday, now or µs', (given) =>
  parseTime(given, systemNowUs()),
);

/** A factor on the recorded pace (2 plays twice as fast), or `max`. */
export const PACE: Kind<number | 'max'> = text('a factor such as 10, or max for no pauses', (given) => {
  if (given === 'max') return given;
  const [, factor] = /^(\d+(?:\.\d+)?)x?$/.exec(given) ?? [];
  const pace = Number(factor ?? 0);
  return pace > 0 && Number.isFinite(pace) ? pace : null;
});

/** HTTP statuses, as a list such as `404,5xx,none`; null is "no answer". */
export const STATUSES: Kind<readonly (StatusRange | null)[]> = text(
  'numbers, 4xx or none, such as 404,5xx',
  parseStatuses,
);
