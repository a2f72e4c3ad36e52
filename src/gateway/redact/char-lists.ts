/**
 * Finds secrets that are lists of bytes: Erlang writes a string as a list of small integers, and the JSON projection of
 * ETF shows it as an array of numbers.
 *
 * Masked numbers of such a list become zeros, so that its type and length stay.
 * Source: erlang.org, External Term Format, STRING_EXT and LIST_EXT.
 */
import { byteAt, COMMA, OPEN_BRACKET, skipSpace } from '../../wire/json/grammar.js';
import type { SecretValues } from './secret-values.js';
import { MIN_SECRET_BYTES } from './secret-values.js';
import type { Splice } from '../../wire/splices.js';

const CLOSE_BRACKET = 0x5d;
const MAX_BYTE = 255;

/** One list of bytes in a text. */
interface ByteList {
  readonly bytes: number[];
  /** Start and end of each number. */
  readonly spans: number[];
  /** Position after the list. */
  readonly end: number;
}

/** Adds the splices for values that occur in arrays of small numbers in the valid JSON text `json`. */
export function charListSplices(json: Buffer, values: SecretValues, splices: Splice[]): void {
  for (let at = json.indexOf(OPEN_BRACKET); at >= 0;) {
    const { bytes, spans, end } = readList(json, at);
    if (bytes.length >= MIN_SECRET_BYTES) {
      for (const found of values.findIn(Uint8Array.from(bytes))) {
        for (let i = found.start; i < found.end; i += 1) {
          splices.push({ start: spans[2 * i] ?? 0, end: spans[2 * i + 1] ?? 0, text: '0' });
        }
      }
    }
    at = json.indexOf(OPEN_BRACKET, end);
  }
}

/** Bytes of the array at `at` if it holds only bytes, and enough of them for a secret; else null. */
export function readCharList(json: Uint8Array, at: number): Buffer | null {
  const { bytes, end } = readList(json, at);
  const isWhole = byteAt(json, end) === CLOSE_BRACKET;
  return isWhole && bytes.length >= MIN_SECRET_BYTES ? Buffer.from(bytes) : null;
}

/** Numbers up to 255 after the bracket at `at`, up to the first other value. */
function readList(json: Uint8Array, at: number): ByteList {
  const bytes: number[] = [];
  const spans: number[] = [];
  let i = skipSpace(json, at + 1);
  for (;;) {
    const start = i;
    let value = 0;
    for (; isDigit(byteAt(json, i)) && i < start + 3; i += 1) value = value * 10 + byteAt(json, i) - 0x30;
    const end = i;
    i = skipSpace(json, i);
    const next = byteAt(json, i);
    if (end === start || value > MAX_BYTE || (next !== COMMA && next !== CLOSE_BRACKET)) break;
    bytes.push(value);
    spans.push(start, end);
    if (next === CLOSE_BRACKET) break;
    i = skipSpace(json, i + 1);
  }
  return { bytes, spans, end: i };
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
