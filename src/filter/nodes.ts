/**
 * Filters as trees: what the language of filters can say.
 *
 * Values are kept as they were typed (`2h`, `4KiB`, `latest`), so that a filter can be printed as it was meant.
 * Text to tree: parse.ts; tree to text: print.ts; what it means for a frame: predicate.ts.
 */
import type { KeyName } from './keys.js';

/** A filter of frames, or of what has other keys. */
export type Filter<Key extends string = KeyName> =
  AllOf<Key> | AnyOf<Key> | Excluded<Key> | KeyTerm<Key> | FieldTerm | TextTerm | PatternTerm;

/** All parts hold; with no part, it lets everything through. */
export interface AllOf<Key extends string = KeyName> {
  readonly type: 'all';
  readonly parts: readonly Filter<Key>[];
}

/** One part holds at least. */
export interface AnyOf<Key extends string = KeyName> {
  readonly type: 'any';
  readonly parts: readonly Filter<Key>[];
}

/** The part does not hold. */
export interface Excluded<Key extends string = KeyName> {
  readonly type: 'not';
  readonly part: Filter<Key>;
}

/** Values of a term: one of those included, where there are any, and none of those excluded. */
interface Values {
  readonly include: readonly FilterValue[];
  readonly exclude: readonly FilterValue[];
}

/** `event:MESSAGE_*,!MESSAGE_DELETE`. */
export interface KeyTerm<Key extends string = KeyName> extends Values {
  readonly type: 'key';
  readonly key: Key;
}

/** `d.author.bot:true`: a field of the payload. */
export interface FieldTerm extends Values {
  readonly type: 'field';
  /** Keys of objects and indexes of arrays, from the payload down; -1 is the last element. */
  readonly path: readonly (string | number)[];
}

/** `deploy`: a text that the payload's JSON has, as it was recorded or with its escapes resolved. */
export interface TextTerm {
  readonly type: 'text';
  readonly text: string;
}

/** `/deploy(ed)?/i`: a regular expression that matches in the payload's JSON, in either of those forms. */
export interface PatternTerm {
  readonly type: 'pattern';
  readonly source: string;
  readonly flags: string;
}

/** How a value is compared. */
export type CompareOperator = '<' | '<=' | '>' | '>=';

/** A value of a term. */
export type FilterValue =
  /** `*`: there is a value. */
  | { readonly type: 'any' }
  /** Without quotes, `true`, `null` and `5` in a payload mean those values of JSON. */
  | { readonly type: 'is'; readonly text: string; readonly isQuoted: boolean }
  /** With `*`, `?` and `[…]` as in file names. */
  | { readonly type: 'glob'; readonly text: string }
  | {
      readonly type: 'compare';
      readonly operator: CompareOperator;
      readonly text: string;
      readonly isQuoted: boolean;
    }
  /** `4000..4014`, both ends included. */
  | { readonly type: 'between'; readonly low: string; readonly high: string };

/** Lets everything through. */
export const ALL_FRAMES: AllOf<never> = Object.freeze({ type: 'all', parts: Object.freeze([]) });

/** Filter that holds where all of `parts` do; parts that are such filters themselves become one with it. */
export function allOf<Key extends string = KeyName>(parts: readonly Filter<Key>[]): Filter<Key> {
  const flat = parts.flatMap((part) => (part.type === 'all' ? part.parts : [part]));
  const [only, ...others] = flat;
  if (only === undefined) return ALL_FRAMES;
  return others.length === 0 ? only : { type: 'all', parts: flat };
}

/** Filter that holds where one of `parts` does; without parts, it holds for no frame. */
export function anyOf<Key extends string = KeyName>(parts: readonly Filter<Key>[]): Filter<Key> {
  const flat = parts.flatMap((part) => (part.type === 'any' ? part.parts : [part]));
  const [only, ...others] = flat;
  if (only === undefined) return exclude(ALL_FRAMES);
  return others.length === 0 ? only : { type: 'any', parts: flat };
}

/** Filter that holds where `part` does not. */
export function exclude<Key extends string = KeyName>(part: Filter<Key>): Filter<Key> {
  return { type: 'not', part };
}
