/**
 * Selections: the filter and the time span of an address, the same for all views. They are plain values, which can be
 * sent to a thread.
 */
import { UsageError } from '../errors.js';
import { printFilter } from '../filter/print.js';
import { readFilter, type FrameFilter } from '../store/filter.js';
import { readWhole } from './request.js';

/** Selection of an address. */
export interface Selection {
  /** The filters as one, in the spelling of gatetape; empty for everything. */
  readonly text: string;
  readonly fromUs: number | undefined;
  readonly untilUs: number | undefined;
}

/** Reads the selection of a query. Throws a FilterError, or a UsageError for an invalid time. */
export function readPageSelection(query: URLSearchParams): Selection {
  const fromUs = readWhole(query, 'from');
  const untilUs = readWhole(query, 'to');
  if (fromUs !== undefined && untilUs !== undefined && fromUs >= untilUs) {
    throw new UsageError('from is not before to', 'give the earlier time first, in µs since the Unix epoch');
  }
  const texts = query.getAll('f').filter((text) => text.trim() !== '');
  return { text: printFilter(readFilter(texts)), fromUs, untilUs };
}

/** The frames of a selection. */
export function selectFrames({ text, fromUs, untilUs }: Selection): FrameFilter {
  return { ...(text === '' ? {} : { filter: text }), sinceUs: fromUs, untilUs };
}
