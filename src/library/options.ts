/**
 * Options of the library, validated before any work: a wrong or unknown one is a UsageError
 * that names it. TypeScript detects this earlier; plain JavaScript, and `as any`, only here.
 */
import { didYouMean } from '../closest.js';
import { anyKind, choiceKind, describeWrong, integer, makeKind, type Kind } from '../config/kinds.js';
import { parseListen } from '../config/values.js';
import { UsageError } from '../errors.js';

/** A rule for each option. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: Kind<unknown> };

/** The same options, frozen, after all were validated; `call` names the function in errors. */
export function checkedOptions<Options extends object>(
  call: string,
  options: Options,
  rules: OptionRules<Options>,
): Readonly<Options> {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof Options] : undefined;
    if (rule === undefined) {
      const names = Object.keys(rules);
      const hint = didYouMean(name, names, `the options are ${names.join(', ')}`);
      throw new UsageError(`${call}: "${name}" is not an option`, hint);
    }
    // An undefined option counts as omitted.
    if (value === undefined || rule.read(value) !== undefined) continue;
    const { what, hint } = describeWrong(`${call}: "${name}"`, value, rule, describeType(value));
    throw new UsageError(what, hint);
  }
  return Object.freeze({ ...options });
}

/** Text or tree of a filter, or several. */
export const FILTER = makeKind('a filter', (given) =>
  typeof given === 'string' || (typeof given === 'object' && given !== null) ? given : undefined,
);

/** A function. */
export const FUNCTION = makeKind('a function', (given) => (typeof given === 'function' ? given : undefined));
/** Address to listen on, as text or as a value. */
export const LISTEN = makeKind('HOST:PORT', (given) =>
  typeof given === 'object' || (typeof given === 'string' && parseListen(given) !== null) ? given : undefined,
);
/** A string or a URL object. */
export const ADDRESS: Kind<string | URL> = makeKind('a URL', (given) =>
  typeof given === 'string' || given instanceof URL ? given : undefined,
);
/** Id of a session, or the newest. */
export const SESSION_ID = anyKind<number | 'latest'>(integer(1), choiceKind('latest'));

// Not the value itself: it can be a secret.
function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
