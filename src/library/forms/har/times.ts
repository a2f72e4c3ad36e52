/**
 * Times of a HAR file in µs since the Unix epoch, and back.
 *
 * `startedDateTime` is a date and time of ISO 8601 with any number of digits behind the second. Messages have seconds
 * since the Unix epoch; ms where Playwright wrote them, and -1 where it was to leave times out; seconds since the
 * browser or the machine was started, where a program passed on what the DevTools protocol says; or a date and time.
 * Source: HAR 1.2, "entries"; RFC 3339 section 5.6; Chrome DevTools Protocol, "Network.MonotonicTime".
 */

/** Seconds since the Unix epoch that no message has: the year 5138. As ms they are 1973. */
const LATEST_S = 1e11;
/** Seconds since the Unix epoch before which nothing was recorded, 1973: a smaller value is relative to some start. */
const EARLIEST_S = 1e8;
/** The year 2223: no recording is later. */
const LATEST_US = 8e15;
/** Digits behind the ms that are left of a second in µs. */
const SUB_MS = /\.\d{3}(\d{1,3})/;

/** Time of a `startedDateTime`, or null if it is invalid. */
export function parseHarTime(text: string): number | null {
  const ms = Date.parse(text);
  const [, digits = ''] = SUB_MS.exec(text) ?? [];
  return withinReach(ms * 1000 + Number(digits.padEnd(3, '0')));
}

/** Time as a `startedDateTime`, to the µs. */
export function formatHarTime(atUs: number): string {
  const ms = Math.floor(atUs / 1000);
  const digits = String(atUs - ms * 1000).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${digits}Z`);
}

/** Time of a message that has seconds or ms since the Unix epoch. */
export function parseHarMessageTime(time: number): number {
  return Math.round(time * (time < LATEST_S ? 1e6 : 1e3));
}

/** Times of the messages of one WebSocket, in their order. */
export class MessageClock {
  #lastUs: number;
  /** First relative time, in s; it counts as the moment when the WebSocket began. Null before it. */
  #startS: number | null = null;
  readonly #beganUs: number;

  /** `beganUs` is the time of the WebSocket's request. */
  constructor(beganUs: number) {
    this.#beganUs = beganUs;
    this.#lastUs = beganUs;
  }

  /** Time of the next message; that of the last one if the file has none. */
  next(time: number | string): number {
    this.#lastUs = (typeof time === 'string' ? parseHarTime(time) : this.#toTime(time)) ?? this.#lastUs;
    return this.#lastUs;
  }

  #toTime(time: number): number | null {
    if (time < 0) return null;
    if (time >= EARLIEST_S) return withinReach(parseHarMessageTime(time));
    this.#startS ??= time;
    return withinReach(this.#beganUs + Math.round((time - this.#startS) * 1e6));
  }
}

/** `atUs`, or null if no recording can have that time. */
export function withinReach(atUs: number): number | null {
  return atUs >= 0 && atUs <= LATEST_US ? atUs : null;
}
