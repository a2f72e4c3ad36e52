/**
 * Clicks that narrow every view, or widen it again.
 */
import { filter, navigate } from './address.js';
import { addTerm, hasTerm, removeTerm } from './filter-terms.js';

/** Narrows every view by a term. */
export function narrow(term: string): void {
  navigate({ filter: addTerm(filter.value, term) });
}

/** Adds a term, or removes it if it is there. */
export function toggleTerm(term: string): void {
  const text = filter.value;
  navigate({ filter: hasTerm(text, term) ? removeTerm(text, term) : addTerm(text, term) });
}
