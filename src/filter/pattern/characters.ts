/**
 * Sets of UTF-16 code units, as regular expressions of JavaScript without the flag `u` have them.
 *
 * Source: ECMA-262, CharacterClassEscape and Canonicalize.
 */

/** Ranges of code units, both ends included, in ascending order and without overlap. */
export type CharSet = readonly (readonly [first: number, last: number])[];

const LAST = 0xffff;

/** Digits of ASCII: `\d`. */
export const DIGITS: CharSet = [[0x30, 0x39]];

/** Letters and digits of ASCII, and the underscore: `\w`. */
export const WORD_CHARS: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** Ends of lines, which `.` leaves out. */
export const LINE_ENDS: CharSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** White space: `\s`. */
export const SPACES: CharSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** Every code unit. */
export const ANY_CHAR: CharSet = [[0, LAST]];

/** All code units of some sets. */
export function uniteSets(...sets: readonly CharSet[]): CharSet {
  const ranges = sets.flat().sort(([one], [other]) => one - other);
  const united: [number, number][] = [];
  for (const [first, last] of ranges) {
    const before = united.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else united.push([first, last]);
  }
  return united;
}

/** All other code units. */
export function invertSet(set: CharSet): CharSet {
  const inverted: [number, number][] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) inverted.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) inverted.push([next, LAST]);
  return inverted;
}

/** Whether a set has a code unit. */
export function hasChar(set: CharSet, char: number): boolean {
  return set.some(([first, last]) => first <= char && char <= last);
}

/** The set with all other cases of its letters. */
export function foldCase(set: CharSet): CharSet {
  const others: [number, number][] = [];
  for (const [char, group] of caseGroups()) {
    if (hasChar(set, char)) for (const other of group) others.push([other, other]);
  }
  return uniteSets(set, others);
}

/** Code units that have other cases, each with all of its cases; computed when it is first needed. */
function caseGroups(): ReadonlyMap<number, readonly number[]> {
  if (groups !== null) return groups;
  const byCanonical = new Map<number, number[]>();
  for (let char = 0; char <= LAST; char++) {
    const canonical = canonicalize(char);
    if (canonical === char) continue;
    const group = byCanonical.get(canonical);
    if (group === undefined) byCanonical.set(canonical, [canonical, char]);
    else group.push(char);
  }
  groups = new Map([...byCanonical.values()].flatMap((group) => group.map((char) => [char, group] as const)));
  return groups;
}

let groups: ReadonlyMap<number, readonly number[]> | null = null;

/** ECMA-262 Canonicalize without the flag `u`: the upper case, where that is one code unit and no ASCII of non-ASCII. */
function canonicalize(char: number): number {
  const upper = String.fromCharCode(char).toUpperCase();
  if (upper.length !== 1) return char;
  const code = upper.charCodeAt(0);
  return char >= 0x80 && code < 0x80 ? char : code;
}
