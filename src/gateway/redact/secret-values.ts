/**
 * Secret values seen so far in a capture: which of them are remembered, and where they occur in a text.
 *
 * Their number is bounded: the least recently used are forgotten. A credential is never forgotten in favour of other
 * values, and not at all while the connection that uses it is open. Values of 16 bytes and more are in an index; shorter
 * ones are searched one by one, and there may only be a few of them. What every token of an interaction begins with is
 * always in the index.
 */
import { INTERACTION_MARK, withWholeTokens } from './token-patterns.js';
import { MIN_INDEXED_BYTES, type Occurrence, ValueIndex, withoutOverlaps } from './value-index.js';

/** Shortest value that is remembered, in bytes; masking anything shorter would hit innocent text. */
export const MIN_SECRET_BYTES = 8;
/** Longest value that is remembered: many times the length of any credential. */
export const MAX_SECRET_BYTES = 2048;
/** Values that are remembered. */
export const MAX_SECRET_VALUES = 4096;
/** Credentials that are remembered besides: what clients identify with, and their session ids. */
export const MAX_CREDENTIALS = 1024;
/** Values under `MIN_INDEXED_BYTES` that are remembered. */
export const MAX_SHORT_VALUES = 32;
/** Maximum number of credentials that one holder keeps remembered; a real client uses fewer. */
const MAX_HELD = 16;

/** Such a value could match the structure of JSON instead of a string in it, so it is searched in decoded text only. */
const STRUCTURE = /["\\]/;
/** Values with a quote or backslash that are remembered; hardly any secret has one. */
const MAX_QUOTED_VALUES = 32;
/** A credential contains no control characters: a line end in one comes from a file or a terminal. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]+/;

type Kind = 'credential' | 'value';

/** Value that is remembered. */
export interface LearnedValue {
  readonly value: string;
  readonly isCredential: boolean;
}

/** Memory for values beyond the life of the set that knows them. */
export interface ValueMemory {
  /** Values that are in it, in the order in which they came. */
  read(): readonly LearnedValue[];
  /** Adds a value; returns false if the memory is full. */
  add(learned: LearnedValue): boolean;
  /** Replaces the content; of too many values the first ones are dropped. */
  rewrite(learned: readonly LearnedValue[]): void;
}

/** Bounded set of secret values with a fast search. */
export class SecretValues {
  /** In order of their last use. */
  readonly #long: Readonly<Record<Kind, Set<string>>> = { credential: new Set(), value: new Set() };
  readonly #short: Readonly<Record<Kind, Map<string, Uint8Array>>> = {
    credential: new Map(),
    value: new Map(),
  };
  /** Values that are in use, and by how many. */
  readonly #held = new Map<string, number>();
  readonly #index = new ValueIndex();
  /** Values with a quote or backslash in them. */
  readonly #quoted = new Map<string, Uint8Array>();
  readonly #memory: ValueMemory | null;

  /**
   * Set that starts with the content of `memory`, and keeps it up to date. The users of those credentials are unknown,
   * so they are not forgotten.
   */
  constructor(memory: ValueMemory | null = null) {
    this.#indexMark();
    const learned = memory?.read() ?? [];
    for (const { value, isCredential } of learned)
      this.#remember(value, isCredential ? 'credential' : 'value');
    const credentials = learned.filter(({ isCredential }) => isCredential).slice(-MAX_CREDENTIALS);
    for (const { value } of credentials) this.#held.set(value, 1);
    this.#memory = memory;
  }

  /**
   * Remembers a value, unless it is too short or too long.
   * One with line ends in it counts without them, and each of its lines counts, too.
   */
  remember(value: string, isCredential: boolean): void {
    for (const line of splitLines(value)) this.#remember(line, isCredential ? 'credential' : 'value');
  }

  /** Creates a holder, whose credentials are remembered until `Holder.release`. */
  hold(): Holder {
    return new Holder(this);
  }

  /** Adds or removes one user of a credential. */
  use(value: string, change: 1 | -1): void {
    for (const line of splitLines(value)) {
      const users = (this.#held.get(line) ?? 0) + change;
      if (users > 0) this.#held.set(line, users);
      else this.#held.delete(line);
      this.#remember(line, 'credential');
    }
  }

  /** Whether a value is remembered that JSON writes with an escaped quote or backslash. */
  get hasQuoted(): boolean {
    return this.#quoted.size > 0;
  }

  /** All occurrences in `bytes`, in order, without overlaps. */
  findIn(bytes: Uint8Array): readonly Occurrence[] {
    const found = this.findInJson(bytes);
    if (this.#quoted.size === 0) return found;
    const quoted: Occurrence[] = [];
    findEach(this.#quoted, bytes, quoted);
    return quoted.length === 0 ? found : withoutOverlaps([...found, ...quoted]);
  }

  /** The same without values with a quote or backslash, which would match the structure of a JSON text. */
  findInJson(bytes: Uint8Array): readonly Occurrence[] {
    const long = withWholeTokens(this.#index.findIn(bytes), bytes);
    if (long.length > 0) for (const { value } of long) this.#touch(value);
    if (this.#short.credential.size + this.#short.value.size === 0) return long;
    const short: Occurrence[] = [];
    findEach(this.#short.credential, bytes, short);
    findEach(this.#short.value, bytes, short);
    return short.length === 0 ? long : withoutOverlaps([...long, ...short]);
  }

  /** `text` with every occurrence replaced. */
  replaceIn(text: string, placeholder: (value: string) => string): string {
    const bytes = Buffer.from(text);
    const found = this.findIn(bytes);
    if (found.length === 0) return text;
    let result = '';
    let at = 0;
    for (const { start, end, value } of found) {
      result += bytes.toString('utf8', at, start) + placeholder(value);
      at = end;
    }
    return result + bytes.toString('utf8', at);
  }

  #remember(value: string, kind: Kind): void {
    if (this.#touch(value)) {
      if (kind === 'credential') this.#promote(value);
      return;
    }
    if (value.length > MAX_SECRET_BYTES) return;
    const bytes = Buffer.from(value);
    if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) return;
    this.#rememberNew(value, bytes, kind);
    this.#note(value, kind);
  }

  #rememberNew(value: string, bytes: Uint8Array, kind: Kind): void {
    if (STRUCTURE.test(value)) {
      this.#quoted.set(value, bytes);
      forgetOldest(this.#quoted, this.#quoted.size - MAX_QUOTED_VALUES - this.#held.size, this.#held);
      return;
    }
    if (bytes.length < MIN_INDEXED_BYTES) {
      this.#rememberShort(value, bytes, kind);
      return;
    }
    this.#long[kind].add(value);
    this.#index.add(value, bytes);
    this.#forgetLong(kind);
  }

  /** Keeps a new value beyond the life of this set. */
  #note(value: string, kind: Kind): void {
    if (this.#memory?.add({ value, isCredential: kind === 'credential' }) === false) {
      this.#memory.rewrite(this.#learned());
    }
  }

  /** All values; those to be kept longest come last. */
  #learned(): LearnedValue[] {
    const credentials = [
      ...this.#quoted.keys(),
      ...this.#short.credential.keys(),
      ...this.#long.credential,
    ].sort((a, b) => Number(this.#held.has(a)) - Number(this.#held.has(b)));
    const values = [...this.#short.value.keys(), ...this.#long.value];
    return [
      ...values.map((value) => ({ value, isCredential: false })),
      ...credentials.map((value) => ({ value, isCredential: true })),
    ];
  }

  #rememberShort(value: string, bytes: Uint8Array, kind: Kind): void {
    const set = this.#short[kind];
    set.set(value, bytes);
    forgetOldest(
      set,
      set.size - MAX_SHORT_VALUES - (kind === 'credential' ? this.#held.size : 0),
      this.#held,
    );
  }

  /** Lets the index find tokens of interactions that no payload has named as secret. */
  #indexMark(): void {
    this.#index.add(INTERACTION_MARK, Buffer.from(INTERACTION_MARK));
  }

  /** Forgets a quarter of the values of a kind when there are too many: building the index again takes a while. */
  #forgetLong(kind: Kind): void {
    const set = this.#long[kind];
    const limit = kind === 'credential' ? MAX_CREDENTIALS : MAX_SECRET_VALUES;
    if (set.size <= limit + (kind === 'credential' ? this.#held.size : 0)) return;
    forgetOldest(set, limit / 4, this.#held);
    this.#index.clear();
    this.#indexMark();
    for (const values of Object.values(this.#long)) {
      for (const value of values) this.#index.add(value, Buffer.from(value));
    }
  }

  /** Marks a value as used most recently; returns false if it is not remembered. */
  #touch(value: string): boolean {
    for (const set of Object.values(this.#long)) {
      if (set.delete(value)) return Boolean(set.add(value));
    }
    for (const set of [this.#short.credential, this.#short.value, this.#quoted]) {
      const bytes = set.get(value);
      if (bytes === undefined) continue;
      set.delete(value);
      set.set(value, bytes);
      return true;
    }
    return false;
  }

  /** Turns a remembered value into a credential. */
  #promote(value: string): void {
    if (this.#long.value.delete(value)) {
      this.#long.credential.add(value);
      this.#note(value, 'credential');
      this.#forgetLong('credential');
    }
    const bytes = this.#short.value.get(value);
    if (bytes === undefined) return;
    this.#short.value.delete(value);
    this.#rememberShort(value, bytes, 'credential');
    this.#note(value, 'credential');
  }
}

/** A user of credentials, such as an open connection: they are remembered until it releases them. */
export class Holder {
  readonly #values: SecretValues;
  readonly #held = new Set<string>();

  constructor(values: SecretValues) {
    this.#values = values;
  }

  /** Remembers a credential until `release`; of too many the first ones are released. */
  add(value: string): void {
    if (this.#held.has(value)) return;
    this.#held.add(value);
    this.#values.use(value, 1);
    for (const first of this.#held) {
      if (this.#held.size <= MAX_HELD) return;
      this.#held.delete(first);
      this.#values.use(first, -1);
    }
  }

  /** Releases all credentials: they may be forgotten from now on. */
  release(): void {
    for (const value of this.#held) this.#values.use(value, -1);
    this.#held.clear();
  }
}

/** A value by its lines, and without its line ends. */
function splitLines(value: string): readonly string[] {
  if (!CONTROL.test(value)) return [value];
  const lines = value.split(CONTROL);
  return [...lines, lines.join('')];
}

function findEach(values: ReadonlyMap<string, Uint8Array>, bytes: Uint8Array, found: Occurrence[]): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [value, wanted] of values) {
    let open: { start: number; end: number; value: string } | null = null;
    for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + 1)) {
      if (open !== null && start < open.end) open.end = start + wanted.length;
      else found.push((open = { start, end: start + wanted.length, value }));
    }
  }
}

/** Forgets up to `count` of the least recently used values without a holder. */
function forgetOldest(
  set: Set<string> | Map<string, unknown>,
  count: number,
  held: ReadonlyMap<string, number>,
): void {
  let left = count;
  for (const value of set.keys()) {
    if (left <= 0) return;
    if (held.has(value)) continue;
    set.delete(value);
    left -= 1;
  }
}
