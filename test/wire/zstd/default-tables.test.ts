/** The default tables of sequences, state by state, as libzstd has them (RFC 8878 appendix A). */
import { expect, it } from 'vitest';
import { readSequences } from '../../../src/wire/zstd/sequences.js';

/** Of each state: the bits that are added, and the shortest length. */
type Lengths = readonly (readonly [bits: number, base: number])[];

// prettier-ignore
const LITERAL_LENGTHS: Lengths = [[0, 0], [0, 0], [0, 1], [0, 3], [0, 4], [0, 6], [0, 7], [0, 9], [0, 10], [0, 12], [0, 14], [1, 16], [1, 20], [1, 22], [2, 28], [3, 32], [4, 48], [6, 64], [7, 128], [8, 256], [10, 1024], [12, 4096], [0, 0], [0, 1], [0, 2], [0, 4], [0, 5], [0, 7], [0, 8], [0, 10], [0, 11], [0, 13], [1, 16], [1, 18], [1, 22], [2, 24], [3, 32], [3, 40], [6, 64], [6, 64], [7, 128], [9, 512], [11, 2048], [0, 0], [0, 1], [0, 2], [0, 3], [0, 5], [0, 6], [0, 8], [0, 9], [0, 11], [0, 12], [0, 15], [1, 18], [1, 20], [2, 24], [2, 28], [3, 40], [4, 48], [16, 65536], [15, 32768], [14, 16384], [13, 8192]];
// prettier-ignore
const MATCH_LENGTHS: Lengths = [[0, 3], [0, 4], [0, 5], [0, 6], [0, 8], [0, 9], [0, 11], [0, 13], [0, 16], [0, 19], [0, 22], [0, 25], [0, 28], [0, 31], [0, 34], [1, 37], [1, 41], [2, 47], [3, 59], [4, 83], [7, 131], [9, 515], [0, 4], [0, 5], [0, 6], [0, 7], [0, 9], [0, 10], [0, 12], [0, 15], [0, 18], [0, 21], [0, 24], [0, 27], [0, 30], [0, 33], [1, 35], [1, 39], [2, 43], [3, 51], [4, 67], [5, 99], [8, 259], [0, 4], [0, 4], [0, 5], [0, 7], [0, 8], [0, 10], [0, 11], [0, 14], [0, 17], [0, 20], [0, 23], [0, 26], [0, 29], [0, 32], [16, 65539], [15, 32771], [14, 16387], [13, 8195], [12, 4099], [11, 2051], [10, 1027]];
/** Of each state: the bits that are added. */
// prettier-ignore
const OFFSETS = [0, 6, 9, 15, 21, 3, 7, 12, 18, 23, 5, 8, 14, 20, 2, 7, 11, 17, 22, 4, 8, 13, 19, 1, 6, 10, 16, 28, 27, 26, 25, 24];

/** A section of one sequence that begins in these states, with all added bits 0 or 1. */
function sectionOf(literal: number, offset: number, match: number, bit: 0 | 1): Buffer {
  const added =
    (OFFSETS[offset] ?? 0) + (MATCH_LENGTHS[match]?.[0] ?? 0) + (LITERAL_LENGTHS[literal]?.[0] ?? 0);
  // Read from the highest bit on, which marks the start: 6, 5 and 6 bits of states, and the added bits.
  const bits = `1${[literal, offset, match].map((state, at) => state.toString(2).padStart(at === 1 ? 5 : 6, '0')).join('')}${`${bit}`.repeat(added)}`;
  const stream = Buffer.from(
    BigInt(`0b${bits}`)
      .toString(16)
      .padStart(Math.ceil(bits.length / 8) * 2, '0'),
    'hex',
  );
  return Buffer.concat([Buffer.from('0100', 'hex'), stream.reverse()]);
}

it.each([0, 1] as const)('each state has the length or offset of its table, with added bits of %i', (bit) => {
  const longest = (bits: number): number => bit * (2 ** bits - 1);
  for (let state = 0; state < 64; state += 1) {
    const section = sectionOf(state, state % 32, 63 - state, bit);
    const tables = { literalLengths: null, offsets: null, matchLengths: null };
    const { count, literalLengths, offsetValues, matchLengths } = readSequences(
      section,
      0,
      section.length,
      tables,
    );
    const [literalBits, literalBase] = LITERAL_LENGTHS[state]!;
    const [matchBits, matchBase] = MATCH_LENGTHS[63 - state]!;
    const offsetBits = OFFSETS[state % 32]!;
    expect([count, literalLengths[0], offsetValues[0], matchLengths[0]]).toEqual([
      1,
      literalBase + longest(literalBits),
      2 ** offsetBits + longest(offsetBits),
      matchBase + longest(matchBits),
    ]);
  }
});
