/**
 * Comparisons as people type them for `--where`: `d.author.bot=true`, `d.embeds[0].title~*sale*`.
 *
 * Text in, comparison out, or null for any other text. Keys that are not plain words are quoted: `d["a key"]`.
 */
import { FIELD_OPERATORS, type FieldComparison, type FieldValue } from '../../library/queries.js';

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const STEP = new RegExp(
  String.raw`(?:^|\.)(?<word>[\w$-]+)|\[(?:(?<index>-?\d{1,9})|(?<key>${QUOTED}))\]`,
  'y',
);

// Longer operators first, because `<=` begins with `<`.
const OPERATOR = new RegExp(
  `^\\s*(${[...FIELD_OPERATORS].sort((one, other) => other.length - one.length).join('|')})\\s*`,
);

/** Reads a comparison; null for any other text. */
export function parseComparison(text: string): FieldComparison | null {
  const { path, end } = parsePath(text.trim());
  const rest = text.trim().slice(end);
  const [matched = '', sign] = OPERATOR.exec(rest) ?? [];
  const operator = FIELD_OPERATORS.find((known) => known === sign);
  const typed = rest.slice(matched.length);
  const value = parseValue(typed);
  if (path === null || operator === undefined || value === null) return null;
  // `==`, `!==` and `=~` are operators of other languages. A value that begins with `=` or `~` can be quoted.
  if (/^[=~]/.test(typed)) return null;
  const isOrdered = value.type === 'number' || value.type === 'string';
  return isOrdered || operator === '=' || operator === '!=' ? { path, operator, value } : null;
}

/** Steps at the start of `text`, and where they end; null for none. */
function parsePath(text: string): { readonly path: (string | number)[] | null; readonly end: number } {
  const path: (string | number)[] = [];
  let end = 0;
  for (;;) {
    STEP.lastIndex = end;
    const groups = STEP.exec(text)?.groups;
    if (groups === undefined) return { path: path.length === 0 ? null : path, end };
    const { word, index, key } = groups;
    const name = key === undefined ? word : parseString(key);
    if (name === null) return { path: null, end };
    path.push(name ?? Number(index));
    end = STEP.lastIndex;
  }
}

/** A JSON literal, or else unquoted text; null for a string that is not closed. */
function parseValue(text: string): FieldValue | null {
  if (text === 'null') return { type: 'null', text };
  if (text === 'true' || text === 'false') return { type: 'boolean', text };
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return { type: 'number', text };
  if (!text.startsWith('"')) return { type: 'string', text };
  const string = parseString(text);
  return string === null ? null : { type: 'string', text: string };
}

function parseString(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
