/**
 * Pinning: a filter with every `latest` and every time such as `2h` replaced by what it refers to now.
 *
 * A filter that is used for long, to follow a recording or in the address of a page, keeps its meaning this way.
 */
import type { FilterContext, LatestKey } from './key-values.js';
import { findKey } from './keys.js';
import type { Filter, FilterValue, KeyTerm } from './nodes.js';
import { parseTime } from './quantities.js';

/** A filter that no longer depends on when it is read. */
export function pinFilter(filter: Filter, context: FilterContext): Filter {
  switch (filter.type) {
    case 'all':
    case 'any':
      return { ...filter, parts: filter.parts.map((part) => pinFilter(part, context)) };
    case 'not':
      return { ...filter, part: pinFilter(filter.part, context) };
    case 'key':
      return pinTerm(filter, context);
    default:
      return filter;
  }
}

function pinTerm(term: KeyTerm, context: FilterContext): KeyTerm {
  const { type } = findKey(term.key).values;
  if (type !== 'id' && type !== 'time') return term;
  const pinText = (text: string): string => {
    if (type === 'time') return String(parseTime(text, context.nowUs) ?? text);
    return text === 'latest' ? String(context.findLatest(term.key as LatestKey) ?? 0) : text;
  };
  const pin = (value: FilterValue): FilterValue => pinValue(value, pinText);
  return { ...term, include: term.include.map(pin), exclude: term.exclude.map(pin) };
}

function pinValue(value: FilterValue, pinText: (text: string) => string): FilterValue {
  switch (value.type) {
    case 'any':
    case 'glob':
      return value;
    case 'between':
      return { type: 'between', low: pinText(value.low), high: pinText(value.high) };
    case 'is':
      return { type: 'is', text: pinText(value.text), isQuoted: false };
    case 'compare':
      return { ...value, text: pinText(value.text), isQuoted: false };
  }
}
