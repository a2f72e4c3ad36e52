/**
 * Pattern matcher: whether a regular expression matches anywhere in a text, in time linear in the text.
 *
 * JavaScript's own regular expressions go back and try again, and some, such as (a+)+$, take years over a hundred
 * characters. This machine follows all ways at once and remembers where they lead (a lazy DFA), so that a character
 * mostly costs one look-up. Its memory is bounded, and a text on which it has to work harder than MAX_WORK is
 * refused. It only says whether a text matches, not where.
 * Source: Russ Cox, "Regular Expression Matching in the Wild" (swtch.com/~rsc/regexp/regexp3.html).
 */
import { hasChar, LINE_ENDS, WORD_CHARS, type CharSet } from './characters.js';
import { compilePattern, type Program } from './program.js';
import { parsePattern, type Assertion } from './syntax.js';

/** Steps of the program that one text may take, apart from remembered ones: about half a second. */
export const MAX_WORK = 1_000_000;

/** Cells of the table of remembered states; it is emptied when it is full. */
const MAX_CELLS = 1_000_000;

// Results of a character beside the next state, whose numbers are from 0.
const UNKNOWN = -1;
const MATCH = -2;
const NO_MATCH = -3;

// What came before a place in the text.
const AT_START = 0;
const AFTER_WORD = 1;
const AFTER_LINE_END = 2;
const AFTER_OTHER = 3;

/** A state: the steps that the machine can be in, before a character. */
interface State {
  readonly steps: readonly number[];
  readonly before: number;
}

/** Thrown for a text that takes a pattern too much work. */
export class PatternTooCostly extends Error {}

/** A regular expression, ready to be tried on texts. */
export class PatternMatcher {
  readonly #program: Program;
  readonly #classes: CharClasses;
  readonly #hasAssertions: boolean;
  readonly #maxStates: number;
  readonly #visited: Uint32Array;
  #visit = 0;
  #work = 0;
  #states: State[] = [];
  /** Next states: a row for each state, by class of character, the end of the text last. */
  #table: Int32Array;
  readonly #width: number;
  #numbers = new Map<string, number>();

  /** Throws a PatternError when the source is not a regular expression that is supported. */
  constructor(source: string, flags = '') {
    this.#program = compilePattern(parsePattern(source, flags));
    const { steps } = this.#program;
    this.#classes = new CharClasses(steps.map((step) => (step.type === 'set' ? step.set : null)));
    this.#hasAssertions = steps.some(({ type }) => type === 'assertion');
    this.#width = this.#classes.count + 1;
    this.#table = new Int32Array(this.#width * 8).fill(UNKNOWN);
    this.#maxStates = Math.max(2, Math.floor(MAX_CELLS / (this.#classes.count + 1)));
    this.#visited = new Uint32Array(steps.length);
  }

  /** Whether the expression matches somewhere in `text`. Throws PatternTooCostly. */
  test(text: string): boolean {
    this.#work = 0;
    const { byChar, count } = this.#classes;
    const width = this.#width;
    let state = this.#number([this.#program.start], AT_START);
    let table = this.#table;
    for (let i = 0; i < text.length; i++) {
      const charClass = byChar[text.charCodeAt(i)] ?? 0;
      // The row of the state is looked up in one table for all: a character takes two reads.
      let next = table[state * width + charClass] ?? UNKNOWN;
      if (next === UNKNOWN) {
        next = this.#step(state, charClass);
        table = this.#table;
      }
      if (next === MATCH) return true;
      state = next;
    }
    const end = table[state * width + count] ?? UNKNOWN;
    return (end === UNKNOWN ? this.#step(state, count) : end) === MATCH;
  }

  /** Takes the machine over a character of a class, or the end, and remembers the outcome. */
  #step(number: number, charClass: number): number {
    const state = this.#states[number];
    if (state === undefined) return NO_MATCH;
    const reached = this.#advance(state, charClass);
    const isEnd = charClass === this.#classes.count;
    const next = reached === null ? MATCH : isEnd ? NO_MATCH : this.#number(reached, this.#after(charClass));
    // The number of the state means another state if the table was emptied.
    if (this.#states[number] === state) this.#table[number * this.#width + charClass] = next;
    return next;
  }

  /** Steps after a character; null if the expression has matched before it. */
  #advance(state: State, charClass: number): readonly number[] | null {
    const { steps, start } = this.#program;
    const reached = new Set([start]);
    const stack = [...state.steps];
    this.#visit += 1;
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (this.#visited[index] === this.#visit) continue;
      this.#visited[index] = this.#visit;
      if (++this.#work > MAX_WORK) throw new PatternTooCostly('the regular expression takes too long');
      const step = steps[index];
      if (step === undefined || step.type === 'match') return null;
      if (step.type === 'set') {
        if (this.#classes.has(charClass, index)) reached.add(step.next);
      } else if (step.type === 'either') {
        stack.push(step.next, step.other);
      } else if (this.#holds(step.assertion, state.before, charClass)) {
        stack.push(step.next);
      }
    }
    return [...reached].sort((one, other) => one - other);
  }

  #holds(assertion: Assertion, before: number, charClass: number): boolean {
    const isEnd = charClass === this.#classes.count;
    const isWordNext = !isEnd && this.#classes.kind(charClass) === AFTER_WORD;
    switch (assertion) {
      case 'start':
        return before === AT_START;
      case 'end':
        return isEnd;
      case 'lineStart':
        return before === AT_START || before === AFTER_LINE_END;
      case 'lineEnd':
        return isEnd || this.#classes.kind(charClass) === AFTER_LINE_END;
      case 'boundary':
        return (before === AFTER_WORD) !== isWordNext;
      case 'noBoundary':
        return (before === AFTER_WORD) === isWordNext;
    }
  }

  /** Doubles the table. */
  #grow(): void {
    const table = new Int32Array(this.#table.length * 2).fill(UNKNOWN);
    table.set(this.#table);
    this.#table = table;
  }

  #after(charClass: number): number {
    return this.#hasAssertions ? this.#classes.kind(charClass) : AFTER_OTHER;
  }

  /** Number of a state, which is made if it is new. */
  #number(steps: readonly number[], before: number): number {
    const key = `${before}:${steps.join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#states.length >= this.#maxStates) {
      this.#states = [];
      this.#numbers = new Map();
      this.#table.fill(UNKNOWN);
    }
    const number = this.#states.length;
    this.#states.push({ steps, before });
    this.#numbers.set(key, number);
    if (this.#states.length * this.#width > this.#table.length) this.#grow();
    return number;
  }
}

/** Classes of characters that a program does not tell apart. */
class CharClasses {
  /** Class of each code unit. */
  readonly byChar = new Uint16Array(0x1_0000);
  /** Number of classes. */
  readonly count: number;
  readonly #members: readonly (ReadonlySet<number> | null)[];
  readonly #kinds: readonly number[];

  /** `sets` of the steps of a program; null for a step without one. */
  constructor(sets: readonly (CharSet | null)[]) {
    const distinct = new Map<string, CharSet>();
    for (const set of [WORD_CHARS, LINE_ENDS, ...sets])
      if (set !== null) distinct.set(JSON.stringify(set), set);
    const starts = [...distinct.values()].flat().flatMap(([first, last]) => [first, last + 1]);
    const bounds = [...new Set([0, ...starts])]
      .filter((at) => at <= 0xffff)
      .sort((one, other) => one - other);
    const classes = new Map<string, number>();
    const samples: number[] = [];
    for (const [index, from] of bounds.entries()) {
      const signature = [...distinct.values()].map((set) => (hasChar(set, from) ? '1' : '0')).join('');
      const known = classes.get(signature) ?? classes.size;
      if (known === classes.size) samples.push(from);
      classes.set(signature, known);
      this.byChar.fill(known, from, bounds[index + 1] ?? 0x1_0000);
    }
    this.count = samples.length;
    const membersOf = new Map<string, ReadonlySet<number>>();
    for (const [key, set] of distinct) {
      membersOf.set(key, new Set(samples.flatMap((char, index) => (hasChar(set, char) ? [index] : []))));
    }
    this.#members = sets.map((set) => (set === null ? null : (membersOf.get(JSON.stringify(set)) ?? null)));
    this.#kinds = samples.map((char) =>
      hasChar(WORD_CHARS, char) ? AFTER_WORD : hasChar(LINE_ENDS, char) ? AFTER_LINE_END : AFTER_OTHER,
    );
  }

  /** Whether the set of the step `index` has the characters of a class; it has none of the end of a text. */
  has(charClass: number, index: number): boolean {
    return this.#members[index]?.has(charClass) ?? false;
  }

  /** What comes after a character of a class. */
  kind(charClass: number): number {
    return this.#kinds[charClass] ?? AFTER_OTHER;
  }
}
