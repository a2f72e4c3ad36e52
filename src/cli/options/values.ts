/**
 * Values as people type them on the command line: opcodes, ids, speeds; times and amounts of bytes: filter/quantities.ts.
 *
 * Text in, value out, or null when the text is no such value. `typed` makes a flag out of such a parser, whose
 * error names the flag and says what was expected.
 */
import { Option } from 'commander';
import { didYouMean } from '../../closest.js';
import { UsageError } from '../../errors.js';
import { OPCODES, type StatusRange } from '../../library/queries.js';

/** A flag with a value: text that `parse` cannot read is a UsageError that says what was expected. */
export function typed(
  flags: string,
  description: string,
  expected: string,
  parse: (text: string) => unknown,
): Option {
  const option = new Option(flags, `${description}: ${expected}`);
  return option.argParser((text: string) => required(option.long ?? flags, text, expected, parse));
}

/** A flag as `typed` makes it, that can be given several times; the values come as a list. */
export function each(
  flags: string,
  description: string,
  expected: string,
  parse: (text: string) => unknown,
): Option {
  const option = new Option(flags, `${description}: ${expected}`);
  return option.argParser((text: string, before: readonly unknown[] | undefined) => [
    ...(before ?? []),
    required(option.long ?? flags, text, expected, parse),
  ]);
}

/** A flag with one of a few words. */
export function choiceOption(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, `${description}: ${words.join(', ')}`);
  return option.argParser((text: string) => {
    if (words.includes(text)) return text;
    throw new UsageError(
      `${option.long ?? flags} is "${text}"`,
      didYouMean(text, words, `expected ${words.join(', ')}`),
    );
  });
}

/** `text` as `parse` reads it; throws a UsageError when it cannot. `name` is a flag or an argument. */
export function required<Value>(
  name: string,
  text: string,
  expected: string,
  parse: (text: string) => Value | null,
): Value {
  const value = parse(text);
  if (value === null) throw new UsageError(`${name} is "${text}"`, `expected ${expected}`);
  return value;
}

/** Opcodes from a list of numbers and names, such as `0,HELLO,11`; null when one is neither. */
export function parseOps(text: string): readonly number[] | null {
  const ops = text.split(',').map((word) => parseOp(word.trim()));
  return ops.every((op) => op !== null) ? ops : null;
}

/** Parser of a list of some of `words`, each once; it returns null when one is another. */
export function parseWords<Word extends string>(
  words: readonly Word[],
): (text: string) => readonly Word[] | null {
  return (text) => {
    const found = text.split(',').map((part) => words.find((word) => word === part.trim()) ?? null);
    return found.every((word) => word !== null) ? [...new Set(found)] : null;
  };
}

function parseOp(word: string): number | null {
  if (/^-?\d+$/.test(word)) return safe(Number(word));
  const name = word.toUpperCase();
  return OPCODES.find((opcode) => opcode.name === name || opcode.otherNames.includes(name))?.op ?? null;
}

function safe(number: number): number | null {
  return Number.isSafeInteger(number) ? number : null;
}

/** Statuses from a list such as `404,5xx,none`, where none stands for no answer (null); null when one is none. */
export function parseStatuses(text: string): readonly (StatusRange | null)[] | null {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  if (!words.every((word) => /^(?:[1-9]\d\d|[1-9]xx|none)$/.test(word))) return null;
  return words.map((word) => {
    if (word === 'none') return null;
    return { from: Number(word.replace('xx', '00')), to: Number(word.replace('xx', '99')) };
  });
}

/** An id of the database, or `latest`; null when the text is neither. */
export function parseId(text: string): number | 'latest' | null {
  if (text === 'latest') return text;
  const id = /^\d+$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(id) && id >= 1 ? id : null;
}

/** An id of Discord's, as text since it may be longer than a number can say; null when it is none. */
export function parseSnowflake(text: string): string | null {
  return /^\d{1,20}$/.test(text) ? text : null;
}

/** A whole number from 0; null when the text is none. */
export function parseNumber(text: string): number | null {
  return /^\d+$/.test(text) ? safe(Number(text)) : null;
}

/** Whole numbers from 0, such as `4000,1006`; null when one of them is something else. */
export function parseNumbers(text: string): readonly number[] | null {
  const numbers = text.split(',').map((word) => parseNumber(word.trim()));
  return numbers.every((number) => number !== null) ? numbers : null;
}

/** A whole number from 1; null when the text is none. */
export function parseLimit(text: string): number | null {
  const id = parseId(text);
  return id === 'latest' ? null : id;
}

/** A whole number; null when the text is none. */
export function parseSeed(text: string): number | null {
  return /^-?\d+$/.test(text) ? safe(Number(text)) : null;
}

/** A speed of the mock: as `parseSpeed` reads it, or `step`; null when the text is neither. */
export function parseMockSpeed(text: string): number | 'max' | 'step' | null {
  return text === 'step' ? text : parseSpeed(text);
}

/** A speed: a number above 0 (2 plays twice as fast as it was recorded), or `max`; null when it is neither. */
export function parseSpeed(text: string): number | 'max' | null {
  if (text === 'max') return text;
  const [, digits] = /^(\d+(?:\.\d+)?)x?$/.exec(text) ?? [];
  const speed = Number(digits ?? 0);
  return speed > 0 && Number.isFinite(speed) ? speed : null;
}
