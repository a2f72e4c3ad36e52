/**
 * Figures for people: scaled bytes, grouped counts, durations, times.
 *
 * For tables and status lines only; JSON and CSV have the plain numbers. Times are UTC.
 */

/** Cell of a table without a value. */
export const NOTHING = '–';

/** `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 frame`, `1,234 frames`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `734 B`, `1.2 KiB`, `64 MiB`: binary units, at most one decimal. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  // 1023.95 would be rounded to "1024.0", so that it gets the next unit.
  while (amount >= 1023.95 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${formatDecimal(amount)} ${BYTE_UNITS[unit] ?? 'B'}`;
}

/** `12.3/s`; small rates keep two decimals. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return `${formatCount(Math.round(perSecond))}/s`;
  return `${perSecond.toFixed(perSecond >= 10 ? 1 : 2)}/s`;
}

/** `2.9×`: size of the payloads divided by that on the wire. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? NOTHING : `${ratio.toFixed(ratio >= 100 ? 0 : 1)}×`;
}

/** `85 µs`, `1.2 ms`, `3.4 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`. */
export function formatDuration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${formatDecimal(us / 1_000)} ms`;
  if (us < 60_000_000) return `${formatDecimal(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3_600) return formatPair(seconds, 60, 'min', 's');
  if (seconds < 86_400) return formatPair(Math.round(seconds / 60), 60, 'h', 'min');
  return formatPair(Math.round(seconds / 3_600), 24, 'd', 'h');
}

/** `2026-08-06 12:00:00.123`, in UTC; the number itself if it is beyond the dates of JavaScript. */
export function formatTime(atUs: number): string {
  const date = new Date(atUs / 1_000);
  if (Number.isNaN(date.getTime())) return String(atUs);
  return date.toISOString().replace('T', ' ').replace('Z', '');
}

/** `2026-08-06 12:00`: start of a bucket of time, in UTC. */
export function formatMinute(atUs: number | undefined): string {
  return atUs === undefined ? NOTHING : formatTime(atUs).slice(0, 'YYYY-MM-DD HH:MM'.length);
}

/** `1.2`, `64`: at most one decimal. */
function formatDecimal(amount: number): string {
  return amount.toFixed(1).replace(/\.0$/, '');
}

/** `2 min 5 s`, `3 h`: `small` units in two sizes. */
function formatPair(small: number, perLarge: number, large: string, unit: string): string {
  const rest = small % perLarge;
  return `${Math.floor(small / perLarge)} ${large}${rest === 0 ? '' : ` ${rest} ${unit}`}`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** Bar of `share` (0 to 1) of `width` cells, in eighths of a cell; never empty for a share above 0. */
export function bar(share: number, width: number): string {
  const eighths = Math.max(Math.round(share * width * 8), share > 0 ? 1 : 0);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}
