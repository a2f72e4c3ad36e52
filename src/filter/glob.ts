/**
 * Globs: patterns with `*`, `?` and `[…]`, as SQLite's GLOB has them.
 *
 * In a class, `^` at the start inverts it, `]` at the start is itself, and a hyphen makes a range; a class that is not
 * closed matches nothing. Time is at most the length of the pattern times that of the text.
 * Source: sqlite.org/lang_expr.html#glob; patternCompare in SQLite's func.c.
 */

/** One character of a text: whether it is accepted. Null for `*`. */
type GlobPart = ((char: string) => boolean) | null;

/** Test of whole texts against a glob. */
export function compileGlob(pattern: string): (text: string) => boolean {
  const parts = readParts(Array.from(pattern));
  return parts === null ? () => false : (text) => matchParts(parts, Array.from(text));
}

/** Whether a text has a character that means something in a glob. */
export function hasGlobChars(text: string): boolean {
  return /[*?[]/.test(text);
}

function readParts(chars: readonly string[]): readonly GlobPart[] | null {
  const parts: GlobPart[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    if (char === '*') parts.push(null);
    else if (char === '?') parts.push(() => true);
    else if (char !== '[') parts.push((other) => other === char);
    else {
      const end = chars.indexOf(']', i + (chars[i + 1] === '^' ? 3 : 2));
      if (end < 0) return null;
      parts.push(readClass(chars.slice(i + 1, end)));
      i = end;
    }
  }
  return parts;
}

function readClass(chars: readonly string[]): (char: string) => boolean {
  const isInverted = chars[0] === '^';
  const { singles, ranges } = readMembers(isInverted ? chars.slice(1) : chars);
  return (char) => {
    const code = codeOf(char);
    const isMember =
      singles.has(char) || ranges.some(([first, last]) => codeOf(first) <= code && code <= codeOf(last));
    return isMember !== isInverted;
  };
}

/** Members of a class: single characters, and ranges, of which one whose end is before its start has none. */
export interface ClassMembers {
  readonly singles: ReadonlySet<string>;
  readonly ranges: readonly (readonly [first: string, last: string])[];
}

/** Members of a class by what is between its brackets, without `^`. */
export function readMembers(members: readonly string[]): ClassMembers {
  const singles = new Set<string>();
  const ranges: [string, string][] = [];
  let before: string | null = null;
  for (let i = 0; i < members.length; i++) {
    const char = members[i] ?? '';
    const next = members[i + 1];
    if (char === '-' && before !== null && next !== undefined) {
      ranges.push([before, next]);
      before = null;
      i += 1;
    } else {
      singles.add(char);
      before = i === 0 && char === ']' ? null : char;
    }
  }
  return { singles, ranges };
}

/** Code point of a character. */
export function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

/** Goes back to the last `*` only: one before it cannot do better. */
function matchParts(parts: readonly GlobPart[], chars: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < chars.length) {
    const accepts = parts[part];
    if (accepts === null) {
      star = part++;
      starAt = at;
    } else if (accepts?.(chars[at] ?? '') === true) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (parts[part] === null) part += 1;
  return part === parts.length;
}
