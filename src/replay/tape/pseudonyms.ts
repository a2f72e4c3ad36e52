/**
 * Pseudonyms: replaces ids, names and picture hashes of other people.
 *
 * Equal values have equal pseudonyms in every place, under one key; without the key they cannot be reversed. An id
 * keeps its moment, the upper 42 bits, so the order of time is kept, and so is the shard of a guild, `(id >> 22) %
 * shards`. Its lower 22 bits go through a keyed permutation, so that two ids never become one. The moment stays
 * visible: a reader who already knows it can recognise the account. Source: Discord Docs/Reference, "Snowflakes"; M.
 * Luby and C. Rackoff, "How to Construct Pseudorandom Permutations from Pseudorandom Functions" (1988), for four
 * rounds.
 */
import { SNOWFLAKE_DIGITS, SNOWFLAKE_LOW_BITS } from '../../gateway/snowflake.js';

/** Keyed hash of a text, at least 16 bytes. */
export type Digest = (text: string) => Uint8Array;

const ID = new RegExp(`(?<![0-9A-Za-z.])(?!0)${SNOWFLAKE_DIGITS}(?![0-9A-Za-z])`, 'g');
/** The year 2075. */
const LAST_ID = 8_000_000_000_000_000_000n;
const HALF_BITS = 11;
const HALF_MASK = 2 ** HALF_BITS - 1;
const ROUNDS = 4;

/** Pseudonyms under one key. */
export class Pseudonyms {
  readonly #digest: Digest;
  readonly #known = new Map<string, string>();

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  /** A text with pseudonyms for the ids in it. */
  ids(text: string): string {
    return text.length < 17 ? text : text.replace(ID, (id) => this.#once(id, () => this.#id(id)));
  }

  /** Name of an account, in the characters that such a name may have. */
  username(name: string): string {
    return this.#once(`name ${name}`, () => `user_${this.#hex(`name ${name}`, 8)}`);
  }

  /** Name that is shown; the same for all spellings of one name is not promised. */
  displayName(name: string): string {
    return this.#once(`shown ${name}`, () => `User ${this.#hex(`name ${name}`, 8)}`);
  }

  /** Four digits behind an old name; `0` is a name without them. */
  discriminator(digits: string): string {
    if (Number(digits) === 0) return digits;
    const [high = 0, low = 0] = this.#digest(`discriminator ${digits}`);
    return String(1 + (((high << 8) | low) % 9_999)).padStart(4, '0');
  }

  /** Hash of a picture, such as an avatar; `a_` for a moving one stays. */
  picture(hash: string): string {
    const start = hash.startsWith('a_') ? 'a_' : '';
    return this.#once(
      `picture ${hash}`,
      () => start + this.#hex(`picture ${hash}`, hash.length - start.length),
    );
  }

  #id(text: string): string {
    const id = BigInt(text);
    if (id > LAST_ID) return text;
    const moment = id >> SNOWFLAKE_LOW_BITS;
    const low = Number(BigInt.asUintN(Number(SNOWFLAKE_LOW_BITS), id));
    return String((moment << SNOWFLAKE_LOW_BITS) | BigInt(this.#permuted(String(moment), low)));
  }

  #permuted(moment: string, low: number): number {
    let [left, right] = [low >> HALF_BITS, low & HALF_MASK];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [high = 0, second = 0] = this.#digest(`id ${moment} ${round} ${right}`);
      [left, right] = [right, left ^ (((high << 8) | second) & HALF_MASK)];
    }
    return (left << HALF_BITS) | right;
  }

  #hex(text: string, length: number): string {
    const hex = Array.from(this.#digest(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.repeat(Math.ceil(length / hex.length)).slice(0, length);
  }

  #once(key: string, make: () => string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }
}
