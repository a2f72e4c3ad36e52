/**
 * Leaves of a JSON text: replaces any string, key or number, and leaves every other byte unchanged.
 *
 * Parsing and writing again would change number formats, key order and spacing. The text is known to be valid. Source:
 * RFC 8259.
 */

/** Place of a leaf: `key` is the key of its value or, within an array, of the array; '' at the top. */
export interface LeafLocation {
  readonly key: string;
  /** Key of the enclosing object or array. */
  readonly parent: string;
}

/** Replacements of leaves; each returns its argument to keep it. */
export interface LeafMap {
  readonly string: (value: string, place: LeafLocation) => string;
  /** A key; `place` is that of the object that has it. */
  readonly key: (name: string, place: LeafLocation) => string;
  /** A number, in its original notation. */
  readonly number: (text: string, place: LeafLocation) => string;
}

const NUMBER = /-?\d[\d.eE+-]*/y;
const COLON_NEXT = /\s*:/y;

/** `text` with its leaves replaced by `map`. */
export function mapLeaves(text: string, map: LeafMap): string {
  const around: string[] = []; // keys of the containers that are open
  const parts: string[] = [];
  let [key, done] = ['', 0];
  const string = (token: string, end: number): string => {
    const value = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
    COLON_NEXT.lastIndex = end;
    const isKey = COLON_NEXT.test(text);
    const place = { key: isKey ? (around.at(-1) ?? '') : key, parent: around.at(isKey ? -2 : -1) ?? '' };
    if (isKey) key = value;
    const mapped = isKey ? map.key(value, place) : map.string(value, place);
    return mapped === value ? token : JSON.stringify(mapped);
  };
  for (let at = 0; at < text.length;) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    if (token === '{' || token === '[') around.push(key);
    else if (token === '}' || token === ']') key = around.pop() ?? '';
    else if (!/^[\s:,a-z]/.test(token)) {
      const mapped = token.startsWith('"')
        ? string(token, end)
        : map.number(token, { key, parent: around.at(-1) ?? '' });
      if (mapped !== token) {
        parts.push(text.slice(done, at), mapped);
        done = end;
      }
    }
    at = end;
  }
  parts.push(text.slice(done));
  return parts.join('');
}

/** End of the string, number or sign that begins at `at`; words go letter by letter. */
function tokenEnd(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at);
  NUMBER.lastIndex = at;
  return NUMBER.test(text) ? NUMBER.lastIndex : at + 1;
}

/** A regular expression over a string with millions of escapes would overflow the stack. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at += 1;
  }
  return text.length;
}
