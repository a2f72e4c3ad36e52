/**
 * JSON text, laid out anew without being parsed: number formats, key order and escapes stay as recorded.
 */

/** Tokens of JSON: strings, runs of anything else that is no punctuation, punctuation. White space is left out. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g;

/** JSON text over several lines, two spaces a level; what is no JSON comes out somehow, and never throws. */
export function indentJson(text: string): string {
  let depth = 0;
  let out = '';
  let previous = '';
  const newLine = (): string => `\n${'  '.repeat(Math.max(depth, 0))}`;
  for (const [token] of text.matchAll(TOKEN)) {
    const isOpener = previous === '{' || previous === '[';
    if (token === '}' || token === ']') {
      depth--;
      out += isOpener ? token : newLine() + token;
    } else {
      if (isOpener) out += newLine();
      if (token === '{' || token === '[') depth++;
      out += token === ',' ? token + newLine() : token === ':' ? ': ' : token;
    }
    previous = token;
  }
  return out;
}
