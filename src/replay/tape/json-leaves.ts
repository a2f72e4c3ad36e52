/**
 * Leaves of a JSON text: replaces any string, key or number, and leaves every other byte unchanged.
 *
 * Parsing and writing again would change number formats, key order and spacing. The text is known to be valid. Source:
 * RFC 8259.
 */

/** Place of a leaf: `key` is the key of its value or, within an array, of the array; '' at the top. */
export interface LeafLocation {
  readonly key: string;
  /** Key of the object around it, or of the array that holds that object. */
  readonly parent: string;
  /** Covers of the arrays and objects around it, by `LeafMap.cover`. */
  readonly cover: Cover | null;
  /** Where the enclosing object begins in the text; -1 without one. */
  readonly objectAt: number;
}

/** Meaning of everything below an array or object: written by people, or secret. */
export type Cover = 'content' | 'secret';

/** Replacements of leaves; each returns its argument to keep it. */
export interface LeafMap {
  readonly string: (value: string, place: LeafLocation) => string;
  /** A key; `place` is that of the object that has it. */
  readonly key: (name: string, place: LeafLocation) => string;
  /** A number, in its original notation. */
  readonly number: (text: string, place: LeafLocation) => string;
  /** Meaning of everything below the array or object at that place. */
  readonly cover: (place: LeafLocation) => Cover | null;
}

const NUMBER = /-?\d[\d.eE+-]*/y;
const COLON_NEXT = /\s*:/y;

/** `text` with its leaves replaced by `map`. */
export function mapLeaves(text: string, map: LeafMap): string {
  const around: LeafLocation[] = []; // places of the containers that are open
  const parts: string[] = [];
  let place: LeafLocation = { key: '', parent: '', cover: null, objectAt: -1 };
  let done = 0;
  const string = (token: string, end: number): string => {
    const value = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
    COLON_NEXT.lastIndex = end;
    const isKey = COLON_NEXT.test(text);
    const mapped = isKey ? map.key(value, around.at(-1) ?? place) : map.string(value, place);
    if (isKey) place = { ...place, key: value };
    return mapped === value ? token : JSON.stringify(mapped);
  };
  for (let at = 0; at < text.length;) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    if (token === '{' || token === '[') {
      around.push(place);
      place = enter(place, map.cover(place), token === '{' ? at : null);
    } else if (token === '}' || token === ']') place = around.pop() ?? place;
    else if (!/^[\s:,a-z]/.test(token)) {
      const mapped = token.startsWith('"') ? string(token, end) : map.number(token, place);
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

/** Place within an array, or within the object that begins at `objectAt`. */
function enter(place: LeafLocation, cover: Cover | null, objectAt: number | null): LeafLocation {
  if (objectAt === null) return { ...place, cover };
  return { key: place.key, parent: place.key, cover, objectAt };
}

/** Text of the object that begins at `start`; the text is known to be valid. */
export function sliceObject(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length;) {
    const end = tokenEnd(text, at);
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return text.slice(start, end);
    at = end;
  }
  return text.slice(start);
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
