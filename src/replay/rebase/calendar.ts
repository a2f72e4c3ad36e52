/**
 * Calendar: dates and times of day as seconds since the Unix epoch, and back; UTC, no clock.
 *
 * Source: RFC 3339 section 5.6; the days by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */

const DAY_S = 86_400;
const DAYS_PER_ERA = 146_097; // 400 years
const DAYS_TO_1970 = 719_468; // from the first of March of the year 0
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/;

/** Seconds of `2026-08-06T12:00:00`, or null when there is no such date. */
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
