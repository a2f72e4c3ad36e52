/**
 * Times of a HAR file in µs since the Unix epoch, and back.
 *
 * `startedDateTime` is a date and time of ISO 8601 with any number of digits behind the second; messages have seconds
 * since the Unix epoch, or ms where Playwright wrote them. Source: HAR 1.2, "entries"; RFC 3339 section 5.6.
 */

/** Seconds since the Unix epoch that no message has: the year 5138. As ms they are 1973. */
const LATEST_S = 1e11;
/** Digits behind the ms that are left of a second in µs. */
const SUB_MS = /\.\d{3}(\d{1,3})/;

/** Time of a `startedDateTime`, or null where it is none. */
export function timeOfText(text: string): number | null {
  const ms = Date.parse(text);
  if (!Number.isFinite(ms)) return null;
  const [, digits = ''] = SUB_MS.exec(text) ?? [];
  return ms * 1000 + Number(digits.padEnd(3, '0'));
}

/** Time as a `startedDateTime`, to the µs. */
export function textOfTime(atUs: number): string {
  const ms = Math.floor(atUs / 1000);
  const digits = String(atUs - ms * 1000).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${digits}Z`);
}

/** Time of a message. */
export function timeOfMessage(time: number): number {
  return Math.round(time * (time < LATEST_S ? 1e6 : 1e3));
}
