/**
 * Time shift: the moments in a JSON text moved by a whole number of seconds, every other byte kept.
 *
 *   "1234567890123456789"   an id whose time lies in the recording, or after it    ─► the same id, so much later
 *   "2026-08-06T12:00:00.123000+00:00"   fraction and offset kept                  ─► so much later
 *   "timestamp":1785974400123            known names only, ms or s by their digits ─► so much later
 *
 * What lies before the recording stays: the ids of guilds, channels and users, and when somebody joined. A minute of
 * grace goes to the clocks of others. So what was equal stays equal, and moving forward keeps every order; moving
 * back can pass what stays. Source: Discord Docs/Reference, "Snowflakes" and "ISO8601 Date/Time".
 */

import { formatLocal, parseOffset, toSeconds } from './calendar.js';

/** What the clocks of others may be off. */
export const GRACE_MS = 60_000;
const EPOCH_MS = 1_420_070_400_000; // of snowflakes: the first second of 2015
const TIME_BITS = 22n;
const MAX_SNOWFLAKE = (1n << 63n) - 1n;

// A quote behind a backslash stands within a string; no other can open a string with digits in it.
const ID = /(?<!\\)"(?<id>\d{17,19})"/;
const ISO =
  /(?<!\\)"(?<local>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?<fraction>(?:\.\d{1,9})?)(?<zone>Z|[+-]\d\d:\d\d)"/;
const EPOCH_KEYS = 'timestamp|since|start|end|created_at|voice_start_time|initialization_timestamp';
const NUMBER = String.raw`(?<!\\)(?<key>"(?:${EPOCH_KEYS})"\s*:\s*)(?<epoch>\d{13}|\d{10})(?![\d.eE])`;
const MOMENT = new RegExp(`${ID.source}|${ISO.source}|${NUMBER}`, 'g');
const MOMENT_ALONE = new RegExp(`^(?:${ID.source}|${ISO.source})$`);
const EPOCH_ALONE = new RegExp(`^"(?:${EPOCH_KEYS})" (?<epoch>\\d{13}|\\d{10})$`);
const ID_IN_PATH = /(?<=[/=])\d{17,19}(?=[/?&]|$)/g;

/** Moves moments from a time on. */
export class TimeShift {
  readonly #fromMs: number;
  readonly #deltaMs: number;

  /** `startMs` is when the recording began; `deltaS` by how many seconds its moments move. */
  constructor(startMs: number, deltaS: number) {
    this.#fromMs = startMs - GRACE_MS;
    this.#deltaMs = deltaS * 1_000;
  }

  /** The same text with its moments moved. */
  text(text: string): string {
    return text.replace(MOMENT, (token: string, ...rest: readonly unknown[]) => {
      const {
        id,
        local,
        fraction = '',
        zone = '',
        key = '',
        epoch,
      } = rest.at(-1) as Partial<Record<string, string>>;
      if (id !== undefined) return `"${this.#id(id)}"`;
      if (local !== undefined) return `"${this.#local(local, zone)}${fraction}${zone}"`;
      return epoch === undefined ? token : `${key}${this.#epoch(epoch)}`;
    });
  }

  /** The same path of a request, its query included, with its ids moved. */
  path(path: string): string {
    return path.replace(ID_IN_PATH, (id) => this.#id(id));
  }

  #id(id: string): string {
    const value = BigInt(id);
    if (readSnowflakeMs(id) < this.#fromMs) return id;
    const moved = value + (BigInt(this.#deltaMs) << TIME_BITS);
    return moved > 0n && moved <= MAX_SNOWFLAKE ? moved.toString() : id;
  }

  #local(local: string, zone: string): string {
    const seconds = toSeconds(local);
    if (seconds === null || (seconds - parseOffset(zone)) * 1_000 < this.#fromMs) return local;
    const moved = formatLocal(seconds + this.#deltaMs / 1_000);
    return moved.length === local.length ? moved : local;
  }

  #epoch(digits: string): string {
    const ms = Number(digits) * unitMs(digits);
    return ms < this.#fromMs ? digits : String((ms + this.#deltaMs) / unitMs(digits));
  }
}

// Ten digits are seconds, thirteen are ms.
function unitMs(digits: string): number {
  return digits.length === 10 ? 1_000 : 1;
}

/** The moment that a JSON value says, in ms since the Unix epoch, or null; `key` is its name in an object. */
export function momentMs(value: string | number, key: string): number | null {
  if (typeof value === 'number') {
    const { epoch } = EPOCH_ALONE.exec(`"${key}" ${value}`)?.groups ?? {};
    return epoch === undefined ? null : value * unitMs(epoch);
  }
  const { id, local = '', zone = '' } = MOMENT_ALONE.exec(`"${value}"`)?.groups ?? {};
  if (id !== undefined) return readSnowflakeMs(id);
  const seconds = toSeconds(local);
  return seconds === null ? null : (seconds - parseOffset(zone)) * 1_000;
}

/** When a snowflake was made, in ms since the Unix epoch. */
export function readSnowflakeMs(id: string): number {
  return Number(BigInt(id) >> TIME_BITS) + EPOCH_MS;
}
