/**
 * Completions of the filter box: keys, their values, events, opcodes. They are requested at the start and whenever the box
 * opens.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { WordsAnswer } from '../../src/ui/answers.js';
import { fetchAnswer, formatDataAddress } from './fetch.js';

const known = signal<WordsAnswer | null>(null);

/** The words; null until they are loaded. */
export const words: ReadonlySignal<WordsAnswer | null> = known;

/** Requests the words. A failure is not shown, because the page works without them. */
export async function loadWords(): Promise<void> {
  try {
    known.value = await fetchAnswer<WordsAnswer>(formatDataAddress('/words'));
  } catch {
    // The words are requested again when the box opens.
  }
}

/** A completion of the word at the cursor. */
export interface Completion {
  /** Replacement of the word. */
  readonly text: string;
  readonly about: string;
  /** Whether the word is complete, so that a space follows. */
  readonly isWhole: boolean;
}

/** The word of a filter at a position. */
export interface WordAtCursor {
  readonly from: number;
  readonly until: number;
  readonly text: string;
}

/** Finds the word at a position: the text between blanks and parentheses, outside quotation marks. */
export function findWord(text: string, position: number): WordAtCursor {
  let from = position;
  while (from > 0 && !/[\s()]/.test(text[from - 1] ?? ' ')) from--;
  let until = position;
  while (until < text.length && !/[\s()]/.test(text[until] ?? ' ')) until++;
  return { from, until, text: text.slice(from, position) };
}

/** Most completions that are shown. */
const MAX_SHOWN = 12;

/** Completions of a word, the likeliest first. */
export function completeWord(word: string, answer: WordsAnswer): readonly Completion[] {
  const [, sign, name, list, begun] = /^(-?)(?:(\w+):)?((?:[^,]*,)*)(!?[^,]*)$/.exec(word) ?? [];
  if (begun === undefined) return [];
  const lead = sign ?? '';
  if (name === undefined || name === '') return list === '' ? completeKey(lead, begun, answer) : [];
  const key = answer.keys.find((one) => one.name === name);
  if (key === undefined) return [];
  const not = begun.startsWith('!') ? '!' : '';
  const wanted = begun.slice(not.length).toLowerCase();
  return listValues(name, key.values, answer)
    .filter(({ value }) => value.toLowerCase().includes(wanted) && value.toLowerCase() !== wanted)
    .toSorted((one, other) => rank(one.value, wanted) - rank(other.value, wanted))
    .slice(0, MAX_SHOWN)
    .map(({ value, about }) => ({
      text: `${lead}${name}:${list ?? ''}${not}${value}`,
      about,
      isWhole: true,
    }));
}

function completeKey(sign: string, begun: string, answer: WordsAnswer): readonly Completion[] {
  const wanted = begun.toLowerCase();
  const keys = answer.keys
    .filter(({ name }) => name.startsWith(wanted))
    .map(({ name, about, expected }) => ({
      text: `${sign}${name}:`,
      about: `${about}: ${expected}`,
      isWhole: false,
    }));
  if (wanted === '') return keys.slice(0, MAX_SHOWN);
  const events = answer.events
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .map(({ name, frames }) => ({
      text: `${sign}event:${name}`,
      about: `${frames} frames`,
      isWhole: true,
    }));
  const ops = answer.ops
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .map(({ name, op }) => ({ text: `${sign}op:${name}`, about: `opcode ${op}`, isWhole: true }));
  const views = answer.views
    .filter(({ name }) => sign === '' && name.startsWith(wanted))
    .map(({ name, filter }) => ({ text: filter, about: `view ${name}`, isWhole: true }));
  return [...keys, ...views, ...ops, ...events].slice(0, MAX_SHOWN);
}

function listValues(
  name: string,
  values: readonly string[],
  { events, ops }: WordsAnswer,
): readonly { readonly value: string; readonly about: string }[] {
  if (name === 'event')
    return events.map((event) => ({ value: event.name, about: `${event.frames} frames` }));
  if (name === 'op') return ops.map(({ op, name: value }) => ({ value, about: `opcode ${op}` }));
  return values.map((value) => ({ value, about: '' }));
}

/** Sorts words that begin with the typed text before words that contain it. */
function rank(value: string, wanted: string): number {
  return value.toLowerCase().startsWith(wanted) ? 0 : 1;
}
