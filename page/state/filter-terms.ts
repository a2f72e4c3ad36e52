/**
 * Adds and removes terms of a filter, in the language of `--filter` (docs/filters.md).
 */
/** Quotes a value with other characters than those of names and numbers. */
export function quoteValue(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Text of a filter with one more term. */
export function addTerm(text: string, term: string): string {
  if (text.trim() === '') return term;
  if (text.split(' ').includes(term)) return text;
  return /\sor\s/i.test(text) && !isInParentheses(text) ? `(${text}) ${term}` : `${text} ${term}`;
}

/** Whether all alternatives are within one pair of parentheses, with only terms after it. */
function isInParentheses(text: string): boolean {
  return /^\([^()"]*\)(?:\s+(?!or\s)[^\s()"]+)*$/i.test(text);
}

/** Whether a filter has a term, as `addTerm` has written it. */
export function hasTerm(text: string, term: string): boolean {
  return ` ${text} `.includes(` ${term} `);
}

/** Text of a filter without a term. */
export function removeTerm(text: string, term: string): string {
  return ` ${text} `.replace(` ${term} `, ' ').trim();
}
