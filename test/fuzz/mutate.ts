/** Mutations: an input becomes a similar one, as in AFL: flips, odd numbers, insertions, cuts, splices, known words. */
import type { Random } from '../sim/random.js';

/** What mutations are made of. */
export interface MutationSource {
  readonly random: Random;
  /** Other inputs, for splices. */
  readonly others: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly maxBytes: number;
}

type Mutation = (input: Buffer, source: MutationSource) => Buffer;

const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const ODD_NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0xffffffff];
const DIGITS = ['0', '-1', '1e400', '9007199254740993', '99999999999999999999', '0.5', '65536'];
const MAX_STACKED = 8;
const MAX_INSERTED = 16;

const MUTATIONS: readonly Mutation[] = [
  // A bit.
  (input, { random }) => changeByte(input, random, (byte) => byte ^ (1 << random.below(8))),
  // A byte.
  (input, { random }) => changeByte(input, random, () => random.below(256)),
  (input, { random }) => changeByte(input, random, () => random.pick(ODD_BYTES)),
  (input, { random }) => changeByte(input, random, (byte) => byte + random.pick([-1, 1, 16, -16])),
  // A number of 16 or 32 bits.
  (input, { random }) => {
    const width = random.pick([2, 4]);
    if (input.length < width) return input;
    const at = random.below(input.length - width + 1);
    const value = random.pick(ODD_NUMBERS);
    const changed = Buffer.from(input);
    if (random.chance(0.5)) changed.writeUIntBE(value % 2 ** (8 * width), at, width);
    else changed.writeUIntLE(value % 2 ** (8 * width), at, width);
    return changed;
  },
  // Digits of a text.
  (input, { random }) => {
    const numbers = [...input.toString('latin1').matchAll(/\d+/g)];
    if (numbers.length === 0) return input;
    const found = random.pick(numbers);
    return replaced(input, found.index, found[0].length, Buffer.from(random.pick(DIGITS)));
  },
  // More bytes.
  (input, { random }) =>
    replaced(input, random.below(input.length + 1), 0, random.bytes(1 + random.below(MAX_INSERTED))),
  (input, { random }) => {
    const [start, length] = stretch(input, random);
    const repeats = random.skewed(1, 200);
    const piece = input.subarray(start, start + length);
    return replaced(input, start, 0, Buffer.concat(Array.from({ length: repeats }, () => piece)));
  },
  // Fewer bytes.
  (input, { random }) => replaced(input, ...stretch(input, random), Buffer.alloc(0)),
  (input, { random }) => input.subarray(0, random.below(input.length + 1)),
  // A known word.
  (input, { random, words }) =>
    words.length === 0 ? input : replaced(input, random.below(input.length + 1), 0, random.pick(words)),
  (input, { random, words }) => {
    if (words.length === 0) return input;
    const word = random.pick(words);
    return replaced(input, random.below(input.length + 1), word.length, word);
  },
  // Parts of itself or of another input.
  (input, { random }) => {
    const [start, length] = stretch(input, random);
    return replaced(input, random.below(input.length + 1), 0, input.subarray(start, start + length));
  },
  (input, { random, others }) => {
    const other = Buffer.from(random.pick(others));
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
  (input, { random, others }) => {
    const other = Buffer.from(random.pick(others));
    const [start, length] = stretch(other, random);
    return replaced(input, ...stretch(input, random), other.subarray(start, start + length));
  },
];

/** A mutated copy of `input`. */
export function mutate(input: Uint8Array, source: MutationSource): Uint8Array {
  let changed: Buffer = Buffer.from(input);
  const count = source.random.skewed(1, MAX_STACKED);
  for (let done = 0; done < count; done += 1) changed = source.random.pick(MUTATIONS)(changed, source);
  return Uint8Array.from(changed.subarray(0, source.maxBytes));
}

function changeByte(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const changed = Buffer.from(input);
  const at = random.below(input.length);
  changed[at] = change(changed[at] ?? 0);
  return changed;
}

/** Start and length of a random stretch, more often a short one. */
function stretch(input: Buffer, random: Random): [start: number, length: number] {
  if (input.length === 0) return [0, 0];
  const length = random.skewed(1, input.length);
  return [random.below(input.length - length + 1), length];
}

function replaced(input: Buffer, start: number, length: number, piece: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, start), piece, input.subarray(start + length)]);
}
