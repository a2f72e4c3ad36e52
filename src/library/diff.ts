/**
 * Diff: compares two recordings from any source payload by payload.
 */
import { UsageError } from '../errors.js';
import { compareRecordings, CLIENT_RULES } from '../replay/compare/compare.js';
import type { Diff } from '../replay/compare/payload-diff.js';
import { Mask, VOLATILE_RULES } from '../replay/compare/mask.js';
import { findStart } from '../replay/rebase/rebase.js';
import { SENDERS, type Sender } from '../wire/frame.js';
import { anyText, choiceKind, list } from '../config/kinds.js';
import { checkedOptions, FILTER, type OptionRules } from './options.js';
import type { FilterInput } from '../store/filter.js';
import { filterSteps } from './step-filter.js';
import { loadRecording, SOURCE, type RecordingSource } from './recording.js';

export type { Diff } from '../replay/compare/payload-diff.js';

/** Options of a comparison. */
export interface DiffOptions {
  readonly expected: RecordingSource;
  readonly actual: RecordingSource;
  /** Sender of the payloads; default: both. */
  readonly sender?: Sender;
  /** Payloads to compare, of both recordings (docs/filters.md); default: all. */
  readonly filter?: FilterInput;
  /** Fields that may differ, as `NAME:PATH`, or `made-meanwhile`, in addition to those that always may. */
  readonly ignore?: readonly string[];
}

/** Default source if plain JavaScript omits it: loading it reports the error. */
const NOWHERE: Pick<DiffOptions, 'expected' | 'actual'> = { expected: {}, actual: {} };
const RULES: OptionRules<DiffOptions> = {
  expected: SOURCE,
  actual: SOURCE,
  sender: choiceKind(...SENDERS),
  ignore: list(anyText),
  filter: FILTER,
};

/**
 * Compares two recordings. Throws a UsageError for wrong options and rules, an unknown session, or a file that is not
 * a tape, and a StoreError if a database cannot be read.
 */
export function diffRecordings(options: DiffOptions): Diff {
  const given = checkedOptions('diffRecordings', { ...NOWHERE, ...options }, RULES);
  const { expected, actual, sender, ignore = [], filter } = given;
  const [left, right] = [loadRecording(expected).recording, loadRecording(actual).recording];
  const starts = [left, right].map(findStart).filter((startUs) => startUs !== null);
  const startedAtUs = starts.length === 0 ? null : Math.min(...starts);
  const mask = new Mask([...VOLATILE_RULES, ...CLIENT_RULES, ...ignore], startedAtUs);
  const senders: readonly Sender[] = sender === undefined ? SENDERS : [sender];
  return compareRecordings(filterSteps(left, filter), filterSteps(right, filter), mask, senders);
}

const IN_DATABASE = /^(?:(?<file>.+)#)?(?<id>\d+|latest)$/;

/**
 * Source that a word names: `3` or `latest` is a session of the database `db`, `FILE#3` one of another database, and
 * anything else the path of a tape. Throws a UsageError for a session 0.
 */
export function parseRecordingSource(word: string, db: string): RecordingSource {
  const { file, id } = IN_DATABASE.exec(word)?.groups ?? {};
  if (id === undefined) return { tape: word };
  const session = id === 'latest' ? id : Number(id);
  if (session === 0)
    throw new UsageError(`${word} is not the id of a session`, 'ids count from 1: see gatetape sessions');
  return { session, db: file ?? db };
}
