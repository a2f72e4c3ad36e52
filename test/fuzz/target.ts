/** A target of the fuzzer: code that reads bytes of a stranger, with what must hold whatever the bytes are. */

/** One target. */
export interface Target {
  /** What must hold, in a line. */
  readonly promise: string;
  /** Valid inputs to start from. */
  readonly seeds: () => readonly Uint8Array[];
  /** Byte strings that mean something to the code. */
  readonly words: readonly (string | Uint8Array)[];
  /** Longest input, in bytes. */
  readonly maxBytes: number;
  /** Reads an input. Throws if the code threw, or if the promise was broken. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
  /** Names the inputs that a program outside of this process reads differently, and how; empty if none. */
  readonly judge?: (inputs: readonly Uint8Array[]) => readonly Disagreement[];
}

/** An input that two implementations read differently. */
export interface Disagreement {
  readonly input: Uint8Array;
  readonly what: string;
}

/** Thrown if a promise was broken. */
export class Broken extends Error {}

/** Throws unless `found` equals `expected`, compared as JSON. */
export function requireSame(found: unknown, expected: unknown, what: string): void {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Broken(`${what}\n  found    ${shorten(one)}\n  expected ${shorten(other)}`);
}

/** Throws unless `holds`. */
export function requireThat(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what);
}

/** Runs `read`; returns null if it throws an error of `refusal`. Other errors pass. */
export function unlessRefused<T>(
  read: () => T,
  ...refusals: readonly (abstract new (...args: never[]) => Error)[]
): T | null {
  try {
    return read();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return null;
    throw error;
  }
}

const LENGTH_BYTES = 2;

/** Messages of an input: a length of 16 bits before each; the last one ends with the input. */
export function readMessages(input: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + LENGTH_BYTES <= input.length;) {
    const start = at + LENGTH_BYTES;
    const length = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
    messages.push(input.slice(start, start + length));
    at = start + length;
  }
  return messages;
}

/** Inverse of `readMessages`. */
export function writeMessages(messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    messages.flatMap((message) => [Buffer.of(message.length >> 8, message.length & 0xff), message]),
  );
}

function shorten(text: string | undefined): string {
  const shown = text ?? 'undefined';
  return shown.length <= 400 ? shown : `${shown.slice(0, 400)}… (${shown.length} characters)`;
}

const leftovers: (() => void)[] = [];

/** Notes how a temporary file is removed once all inputs have been run. */
export function untilDone(remove: () => void): void {
  leftovers.push(remove);
}

/** Removes the temporary files of all targets. */
export function removeLeftovers(): void {
  for (const remove of leftovers.splice(0)) remove();
}
