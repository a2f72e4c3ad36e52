/**
 * Filter words: completions for the filter box.
 */
import { EVENTS } from '../gateway/events.js';
import { OPCODES } from '../gateway/opcodes.js';
import { findKey, KEY_NAMES } from '../filter/keys.js';
import { HIDDEN, listViews, readHidden } from '../filter/views.js';
import { printFilter } from '../filter/print.js';
import type { WordsAnswer } from './answers.js';
import type { PageContext } from './context.js';

/** Answers `/words`. */
export function answerWords({ file, views }: PageContext): WordsAnswer {
  const { reader } = file.queries();
  const { groups } = reader.stats({ by: ['event'], hasSizes: false });
  const events = new Map(groups.map(({ event, count }) => [event ?? '', count]));
  const ops = reader.opcodeCounts();
  const unknown = [...ops.keys()].filter((op) => !OPCODES.some((known) => known.op === op));
  return {
    keys: KEY_NAMES.map((name) => {
      const { about, expected, values } = findKey(name);
      return { name, about, expected, values: 'words' in values ? values.words : [] };
    }),
    events: [...new Set([...events.keys(), ...EVENTS])]
      .filter((name) => name !== '')
      .map((name) => ({ name, frames: events.get(name) ?? 0 }))
      .sort((one, other) => other.frames - one.frames),
    ops: [...OPCODES, ...unknown.map((op) => ({ op, name: String(op) }))]
      .map(({ op, name }) => ({ op, name, frames: ops.get(op) ?? 0 }))
      .sort((one, other) => other.frames - one.frames),
    views: listViews(views).map(({ name, filter, source }) => ({ name, filter, source })),
    hidden: Object.keys(HIDDEN).flatMap((name) => {
      const filter = readHidden(name);
      return filter === null ? [] : [{ name, filter: printFilter(filter) }];
    }),
  };
}
