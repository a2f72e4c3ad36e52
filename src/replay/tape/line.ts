/**
 * One line of a tape and its place, so that an error says where to look. It never quotes the line, which can hold
 * anything.
 */
import { UsageError } from '../../errors.js';
import { asInteger, asObject, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { Sender } from '../../wire/frame.js';
import { isTooDeep, MAX_JSON_DEPTH } from '../../wire/json/grammar.js';

/** A line to be read; every reader throws a UsageError with the line's place. */
export class TapeLine {
  readonly text: string;
  readonly #place: string;

  constructor(text: string, place: string) {
    this.text = text;
    this.#place = place;
  }

  /** The line as a JSON object. */
  object(): JsonObject {
    const object = asObject(parseJson(this.text));
    if (object === null && isTooDeep(this.text)) {
      this.refuse(
        `is nested deeper than ${MAX_JSON_DEPTH}`,
        'no gateway sends such: check where it comes from',
      );
    }
    return object ?? this.refuse('is not a JSON object', 'every line of a tape is one JSON object');
  }

  /** Throws a UsageError: `what` is wrong with the line, `hint` is the remedy. */
  refuse(what: string, hint: string): never {
    throw new UsageError(`${this.#place} ${what}`, hint);
  }

  /** Non-negative integer under `key`. */
  count(object: JsonObject, key: string): number {
    const value = this.integer(object, key);
    if (value >= 0) return value;
    return this.refuse(`has no usable "${key}"`, `give "${key}" as a whole number from 0`);
  }

  /** Integer under `key`. */
  integer(object: JsonObject, key: string): number {
    const value = asInteger(object[key]);
    if (value !== null) return value;
    return this.refuse(`has no usable "${key}"`, `give "${key}" as a whole number`);
  }

  /** Sender of the line's step. */
  sender(object: JsonObject): Sender {
    const sender = object['sender'];
    if (sender === 'client' || sender === 'gateway') return sender;
    return this.refuse('has no usable "sender"', 'write "client" or "gateway"');
  }
}

/** Value of a JSON text, or undefined if it is invalid or nested too deeply; JSON.parse would quote the text. */
export function parseJson(text: string): JsonValue | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
