/**
 * JSON text, indented without being parsed: number formats, key order and escapes stay as recorded.
 */

import type { Paint, Style } from './paint.js';

/** Tokens of JSON: strings, punctuation, and runs of other characters. White space is left out. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}[\],:]+|[{}[\],:]/g;

/** Separator behind a key. */
const COLON = /\s*:/y;

/**
 * JSON text over several lines, two spaces a level. Invalid JSON is printed best-effort; never throws. `paint` gets every
 * token, with the style of its kind.
 */
export function indentJson(text: string, paint: Paint = (_style, token) => token): string {
  let depth = 0;
  let out = '';
  let previous = '';
  const newLine = (): string => `\n${'  '.repeat(Math.max(depth, 0))}`;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    const shown = paint(chooseStyle(token, isKey(text, match.index + token.length)), token);
    const isOpener = previous === '{' || previous === '[';
    if (token === '}' || token === ']') {
      depth--;
      out += isOpener ? shown : newLine() + shown;
    } else {
      if (isOpener) out += newLine();
      if (token === '{' || token === '[') depth++;
      out += token === ',' ? shown + newLine() : token === ':' ? `${shown} ` : shown;
    }
    previous = token;
  }
  return out;
}

/** Whether the string that ends at `end` is the key of a member. */
function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end;
  return COLON.test(text);
}

function chooseStyle(token: string, isBeforeColon: boolean): Style {
  if (token.startsWith('"')) return isBeforeColon ? 'cyan' : 'green';
  if (token.length === 1 && '{}[],:'.includes(token)) return 'dim';
  return 'yellow';
}
