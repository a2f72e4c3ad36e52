/**
 * Quantities as people type them: amounts of bytes, lengths of time, times.
 *
 * Text in, value out, or null for any other text; the caller says what was expected.
 */
import { parseOffset, toSeconds } from '../replay/rebase/time-shift.js';

const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/** Reads an amount such as `64MiB`, `1.5 GB` or `4096`, in bytes; null unless it is a whole number from 1. */
export function parseBytes(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = BYTE_UNITS.get(unit?.toLowerCase() ?? '?');
  if (amount === undefined || factor === undefined) return null;
  if (factor === 1 && amount.includes('.')) return null;
  const bytes = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(bytes) && bytes >= 1 ? bytes : null;
}

const DAY_US = 86_400e6;

/** Lengths of units of time, in µs. */
const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ['us', 1],
  ['µs', 1],
  ['ms', 1e3],
  ['s', 1e6],
  ['m', 60e6],
  ['min', 60e6],
  ['h', 3_600e6],
  ['d', DAY_US],
  ['w', 604_800e6],
]);

const ISO =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?<fraction>\d{1,9}))?)?(?:(?<utc>Z)|(?<hours>[+-]\d\d):?(?<minutes>\d\d))?$/i;

/**
 * A time in µs since the Unix epoch, from `2h` or `1h30m` (ago), `now`, `today` or `yesterday` (midnight, UTC), an
 * ISO 8601 date or time (UTC where it names no zone) or plain µs; null for any other text.
 */
export function parseTime(text: string, nowUs: number): number | null {
  if (text === 'now') return nowUs;
  if (text === 'today') return nowUs - (nowUs % DAY_US);
  if (text === 'yesterday') return nowUs - (nowUs % DAY_US) - DAY_US;
  if (/^\d+$/.test(text)) return toSafe(Number(text));
  const ago = parseDuration(text);
  return ago === null ? parseIso(text) : toSafe(nowUs - ago);
}

/** A span of time in µs, such as `15m`, `1h30m` or `250ms`; null for any other text. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?[a-zµ]+)+$/.test(text)) return null;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)) {
    sum += Number(amount) * (TIME_UNITS.get(unit ?? '') ?? Number.NaN);
  }
  return toSafe(Math.round(sum));
}

function parseIso(text: string): number | null {
  const groups = ISO.exec(text)?.groups;
  if (groups === undefined) return null;
  const { day = '', time = '00:00', fraction = '', hours, minutes } = groups;
  const seconds = toSeconds(`${day}T${time.length === 5 ? `${time}:00` : time}`);
  if (seconds === null) return null;
  const offset = hours === undefined ? 0 : parseOffset(`${hours}:${minutes ?? '00'}`);
  return toSafe((seconds - offset) * 1_000_000 + Math.floor(Number(`0.${fraction}0`) * 1_000_000));
}

function toSafe(us: number): number | null {
  return Number.isSafeInteger(us) ? us : null;
}
