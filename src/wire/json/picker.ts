/**
 * Picks values out of a JSON document in a stream of bytes, so that a document of any size can be read.
 *
 * A callback decides for each path whether to take the whole value, to descend into it, or to skip it. Skipped bytes
 * are not kept, and only their brackets and quotes are checked; taken values are fully validated.
 * Source: RFC 8259.
 */

import { isTooDeep } from './grammar.js';

/** Keys of objects and indexes of arrays, from the document down. */
export type JsonPath = readonly (string | number)[];

/** Treatment of the value at a path. */
export type Choice = 'take' | 'enter' | 'skip';

/** A taken value. */
export interface Picked {
  readonly path: JsonPath;
  readonly value: unknown;
}

/** Thrown for a document that is invalid or cut off. */
export class BrokenJson extends Error {}

/** Maximum length of a taken value, in bytes: about half of the longest JavaScript string. */
const MAX_TAKEN_BYTES = 2 ** 28;

interface Container {
  readonly isArray: boolean;
  /** Position in an array, or the key in an object; null if a key comes next. */
  at: string | number | null;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** Byte order mark of UTF-8, at the start of a document. */
const BYTE_ORDER_MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);
const OPENS: ReadonlySet<number> = new Set([OPEN_LIST, OPEN_OBJECT]);
const CLOSES: ReadonlySet<number> = new Set([CLOSE_LIST, CLOSE_OBJECT]);
const ENDS: ReadonlySet<number> = new Set([...SPACES, ...CLOSES, COMMA]);

/** What to do with the value at `path`, which begins `at` bytes into the document. */
export type Choose = (path: JsonPath, at: number) => Choice;

/** Reads one document, or one value in the middle of one. */
export class JsonPicker {
  readonly #choose: Choose;
  readonly #isPart: boolean;
  readonly #stack: Container[] = [];
  /** Bytes of the value that is being taken, or of a key; null if nothing is kept. */
  #kept: Uint8Array[] | null = null;
  #keptBytes = 0;
  /** Current state: between tokens, in a key, or in a value. */
  #state: 'between' | 'key' | 'value' = 'between';
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #hasEnded = false;
  /** Bytes of the pieces before the current one. */
  #readBytes = 0;

  /** `isPart`: the document is a value within another one, and the bytes after it are ignored. */
  constructor(choose: Choose, isPart = false) {
    this.#choose = choose;
    this.#isPart = isPart;
  }

  /** Whether the document is a part and complete, so that no more bytes are needed. */
  get isDone(): boolean {
    return this.#isPart && this.#hasEnded;
  }

  /** Takes the next bytes and yields what they complete. Throws BrokenJson. */
  *push(bytes: Uint8Array): Generator<Picked, void> {
    let at = 0;
    while (at < bytes.length && !this.isDone) {
      if (this.#state === 'between') at = this.#between(bytes, at);
      else {
        const end = this.#endOfValue(bytes, at);
        this.#keep(bytes, at, end ?? bytes.length);
        if (end === null) break;
        at = end;
        if (this.#state === 'key') this.#endKey();
        else yield* this.#endValue();
      }
    }
    this.#readBytes += bytes.length;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#kept === null) return;
    this.#keptBytes = (this.#kept.length === 0 ? 0 : this.#keptBytes) + end - start;
    if (this.#keptBytes > MAX_TAKEN_BYTES) throw new BrokenJson('a value is too large');
    this.#kept.push(new Uint8Array(bytes.subarray(start, end)));
  }

  /** Ends the document. Throws BrokenJson if it is incomplete. */
  end(): void {
    if (!this.#hasEnded) throw new BrokenJson('the document is cut off');
  }

  /** Reads one byte between values; returns where to continue. */
  #between(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0;
    if (this.#isNothing(byte)) return at + 1;
    const container = this.#stack.at(-1);
    if (byte === COMMA && container !== undefined) {
      if (typeof container.at === 'number') container.at += 1;
      else container.at = null;
      return at + 1;
    }
    if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (container?.isArray !== (byte === CLOSE_LIST)) throw new BrokenJson('a bracket closes nothing');
      this.#stack.pop();
      this.#hasEnded = this.#stack.length === 0;
      return at + 1;
    }
    if (this.#hasEnded) throw new BrokenJson('something follows the document');
    return this.#begin(byte, at, container);
  }

  #isNothing(byte: number): boolean {
    if (SPACES.has(byte) || byte === COLON) return true;
    return this.#stack.length === 0 && !this.#hasEnded && BYTE_ORDER_MARK.has(byte);
  }

  #begin(byte: number, at: number, container: Container | undefined): number {
    if (container?.at === null) {
      if (byte !== QUOTE) throw new BrokenJson('an object has no key here');
      this.#state = 'key';
      this.#kept = [];
      return at;
    }
    const pick = this.#choose(this.#path(), this.#readBytes + at);
    if (pick === 'enter' && (byte === OPEN_LIST || byte === OPEN_OBJECT)) {
      const isArray = byte === OPEN_LIST;
      this.#stack.push({ isArray, at: isArray ? 0 : null });
      return at + 1;
    }
    this.#state = 'value';
    this.#kept = pick === 'skip' ? null : [];
    return at;
  }

  #path(): JsonPath {
    return this.#stack.map(({ at }) => at ?? '');
  }

  /** Where the current value ends, or null if it continues after `bytes`. */
  #endOfValue(bytes: Uint8Array, start: number): number | null {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#isInString) {
        if (this.#endsString(byte) && this.#depth === 0) return at + 1;
      } else if (byte === QUOTE) this.#isInString = true;
      else if (OPENS.has(byte)) this.#depth += 1;
      // A bare number or literal ends at the first byte that cannot belong to it.
      else if (this.#depth === 0 && ENDS.has(byte)) return at;
      else if (CLOSES.has(byte)) {
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      }
    }
    return null;
  }

  #endsString(byte: number): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#isInString = false;
      return true;
    }
    return false;
  }

  #endKey(): void {
    const container = this.#stack.at(-1);
    const key = parsed(this.#kept ?? []);
    if (container !== undefined) container.at = String(key);
    this.#state = 'between';
    this.#kept = null;
  }

  *#endValue(): Generator<Picked, void> {
    const kept = this.#kept;
    this.#state = 'between';
    this.#kept = null;
    this.#hasEnded = this.#stack.length === 0;
    if (kept !== null) yield { path: this.#path(), value: parsed(kept) };
  }
}

function parsed(pieces: readonly Uint8Array[]): unknown {
  const text = Buffer.concat(pieces).toString('utf8');
  if (isTooDeep(text)) throw new BrokenJson('a value is nested too deeply');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BrokenJson('a value is not JSON', { cause });
  }
}
