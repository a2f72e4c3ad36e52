/**
 * Options of the library, validated before any work: a wrong or unknown one is a UsageError
 * that names it. TypeScript detects this earlier; plain JavaScript, and `as any`, only here.
 */
import { didYouMean } from '../closest.js';
import { UsageError } from '../errors.js';

/** Rule for an option. */
export interface OptionRule {
  /** Completes "expected …". */
  readonly expected: string;
  readonly allows: (value: unknown) => boolean;
}

/** A rule for each option. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

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
      throw new UsageError(`${call}: "${name}" is no option`, hint);
    }
    // An undefined option counts as omitted.
    if (value === undefined || rule.allows(value)) continue;
    throw new UsageError(`${call}: "${name}" is ${describeKind(value)}`, `expected ${rule.expected}`);
  }
  return Object.freeze({ ...options });
}

/** Makes rules such as `TEXT` and `FLAG`. */
const typed = (type: string, expected: string): OptionRule => ({
  expected,
  allows: (value) => typeof value === type,
});

/** A string. */
export const TEXT = typed('string', 'a string');
/** A boolean. */
export const FLAG = typed('boolean', 'true or false');
/** A function. */
export const FUNCTION = typed('function', 'a function');
/** A string or a URL object. */
export const ADDRESS: OptionRule = {
  expected: 'a URL',
  allows: (value) => typeof value === 'string' || value instanceof URL,
};

/** A whole number of at least `least`. */
export function wholeNumber(least: number): OptionRule {
  return {
    expected: `a whole number from ${least}`,
    allows: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  };
}

/** A number above 0, or one of some words. */
export function pace(...words: readonly string[]): OptionRule {
  return {
    expected: ['a number above 0', ...words].join(' or '),
    allows: (value) =>
      words.includes(value as string) || (typeof value === 'number' && value > 0 && Number.isFinite(value)),
  };
}

/** A value that one of several rules allows. */
export function anyRule(...rules: readonly OptionRule[]): OptionRule {
  return {
    expected: rules.map(({ expected }) => expected).join(' or '),
    allows: (value) => rules.some((rule) => rule.allows(value)),
  };
}

/** One of a few words. */
export function wordRule(...words: readonly string[]): OptionRule {
  return { expected: words.join(' or '), allows: (value) => words.includes(value as string) };
}

/** A list of values that a rule allows. */
export function listRule(rule: OptionRule): OptionRule {
  return {
    expected: `a list, each ${rule.expected}`,
    allows: (value) => Array.isArray(value) && value.every(rule.allows),
  };
}

/** A value that a rule allows, or a list of them. */
export function oneOrMore(rule: OptionRule): OptionRule {
  return anyRule(rule, listRule(rule));
}

// Not the value itself: it can be a secret.
function describeKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
