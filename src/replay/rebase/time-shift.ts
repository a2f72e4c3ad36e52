/**
 * Time shift: moves the moments in a JSON text by a whole number of seconds, and keeps every other byte.
 *
 *   "1234567890123456789"   an id whose time is in the recording, or after it      ─► the same id, so much later
 *   "2026-08-06T12:00:00.123000+00:00"   fraction and offset kept                  ─► so much later
 *   "timestamp":1785974400123            known names only, ms or s by their digits ─► so much later
 *
 * Earlier moments are kept: the ids of guilds, channels and users, and when a user joined. One minute of tolerance
 * covers the clocks of other machines. Equal moments stay equal, and moving forward keeps every order; moving back can
 * pass kept moments. Source: Discord Docs/Reference, "Snowflakes" and "ISO8601 Date/Time".
 */
import { readSnowflakeMs, SNOWFLAKE_DIGITS, SNOWFLAKE_LOW_BITS } from '../../gateway/snowflake.js';

/** Tolerance for the clocks of other machines. */
export const GRACE_MS = 60_000;
const MAX_SNOWFLAKE = (1n << 63n) - 1n;

// A quote after a backslash is within a string; no other quote can open a string with digits in it.
const ID = new RegExp(String.raw`(?<!\\)"(?<id>${SNOWFLAKE_DIGITS})"`);
const ISO =
  /(?<!\\)"(?<local>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?<fraction>(?:\.\d{1,9})?)(?<zone>Z|[+-]\d\d:\d\d)"/;
const EPOCH_KEYS = 'timestamp|since|start|end|created_at|voice_start_time|initialization_timestamp';
const NUMBER = String.raw`(?<!\\)(?<key>"(?:${EPOCH_KEYS})"\s*:\s*)(?<epoch>\d{13}|\d{10})(?![\d.eE])`;
const MOMENT = new RegExp(`${ID.source}|${ISO.source}|${NUMBER}`, 'g');
const MOMENT_ALONE = new RegExp(`^(?:${ID.source}|${ISO.source})$`);
const EPOCH_ALONE = new RegExp(`^"(?:${EPOCH_KEYS})" (?<epoch>\\d{13}|\\d{10})$`);
const ID_IN_PATH = new RegExp(`(?<=[/=])${SNOWFLAKE_DIGITS}(?=[/?&]|$)`, 'g');

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
    return text.replace(MOMENT, (...rest: readonly unknown[]) => {
      const {
        id,
        local,
        fraction = '',
        zone = '',
        key = '',
        epoch = '',
      } = rest.at(-1) as Partial<Record<string, string>>;
      if (id !== undefined) return `"${this.#id(id)}"`;
      if (local !== undefined) return `"${this.#local(local, zone)}${fraction}${zone}"`;
      return `${key}${this.#epoch(epoch)}`;
    });
  }

  /** The same path of a request, its query included, with its ids moved. */
  path(path: string): string {
    return path.replace(ID_IN_PATH, (id) => this.#id(id));
  }

  #id(id: string): string {
    const madeAtMs = readSnowflakeMs(id);
    if (madeAtMs === null || madeAtMs < this.#fromMs) return id;
    const moved = BigInt(id) + (BigInt(this.#deltaMs) << SNOWFLAKE_LOW_BITS);
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

/** The moment in a JSON value, in ms since the Unix epoch, or null; `key` is its name in an object. */
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

const DAY_S = 86_400;
const DAYS_PER_ERA = 146_097; // 400 years
const DAYS_TO_1970 = 719_468; // from the first of March of the year 0
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/;

/**
 * Seconds since the Unix epoch of `2026-08-06T12:00:00` in UTC, or null if there is no such date. Source: RFC 3339
 * section 5.6; the days by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
export function toSeconds(local: string): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (LOCAL.exec(local) ?? [])
    .slice(1)
    .map(Number);
  const seconds = toDays(year, month, day) * DAY_S + hour * 3_600 + minute * 60 + second;
  return formatLocal(seconds) === local ? seconds : null;
}

/** Such a text for seconds since the epoch. */
export function formatLocal(seconds: number): string {
  const days = Math.floor(seconds / DAY_S);
  const time = seconds - days * DAY_S;
  const [hour, minute, second] = [Math.floor(time / 3_600), Math.floor(time / 60) % 60, time % 60];
  const { year, month, day } = toDate(days);
  return `${padded(year, 4)}-${padded(month)}-${padded(day)}T${padded(hour)}:${padded(minute)}:${padded(second)}`;
}

/** Seconds of `Z` or `+01:30`. */
export function parseOffset(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  return (Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60) * (sign === '-' ? -1 : 1);
}

// Years begin in March here, so that the leap day is the last of one.
function toDays(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_1970;
}

function toDate(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + DAYS_TO_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const leaps = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = ((marchMonth + 2) % 12) + 1;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}
