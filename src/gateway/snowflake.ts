/**
 * Snowflakes: Discord's ids, decimal digits of a number whose upper bits are the moment of its making.
 *
 * Source: Discord Docs/Reference, "Snowflakes".
 */

/** First moment of snowflakes, in ms since the Unix epoch: the first second of 2015. */
const EPOCH_MS = 1_420_070_400_000;

/** Bits below the moment: worker, process and counter. */
export const SNOWFLAKE_LOW_BITS = 22n;

/**
 * Pattern of an id among other numbers: 17 digits from 28 January 2015 on, 19 until 2084, when 63 bits are full. Numbers
 * of 16 digits are often times in µs.
 */
export const SNOWFLAKE_DIGITS = String.raw`\d{17,19}`;

/** Pattern where ids are expected: also those of January 2015, and those that other services make of 64 bits. */
export const ID_DIGITS = String.raw`\d{15,20}`;

const ID = new RegExp(`^${ID_DIGITS}$`);
const SNOWFLAKE = new RegExp(`^${SNOWFLAKE_DIGITS}$`);

/** Whether a text where ids are expected is one. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** When the object with this id was made, in ms since the Unix epoch; null for a text that is not an id. */
export function readSnowflakeMs(id: string): number | null {
  return SNOWFLAKE.test(id) ? Number(BigInt(id) >> SNOWFLAKE_LOW_BITS) + EPOCH_MS : null;
}
