/**
 * Entries of a HAR file, as far as they matter here: a WebSocket's handshake and its messages, or a call and its
 * answer; and their times in µs since the Unix epoch.
 *
 * Messages are an extension that Chrome DevTools made, and HTTP Toolkit and mitmproxy share: binary data is base64. How
 * the connection closed is HTTP Toolkit's. A field can have any value in a file.
 *
 * `startedDateTime` is a date and time of ISO 8601 with any number of digits after the second. A message has seconds
 * since the Unix epoch; or ms, as Playwright writes, and -1 if it was configured to omit times; or seconds since the start
 * of the browser or the machine, as the DevTools protocol has them; or a date and time.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html; DevTools HARLog.ts; HTTP Toolkit http-har.ts;
 * mitmproxy savehar.py; HAR 1.2, "entries"; RFC 3339 section 5.6; Chrome DevTools Protocol, "Network.MonotonicTime".
 */
import * as z from 'zod';

/** Gatetape's name in the files that it writes; the version is that of its fields. */
export const CREATOR = { name: 'gatetape', version: '1' } as const;

const header = z.object({ name: z.string(), value: z.string() });
const headers = z.array(header).catch([]);
const text = z.string().catch('');
/** -1, and any value that is not a number, means unknown. */
const size = z
  .int()
  .max(2 ** 40)
  .catch(-1);
/** Name of a file that has the content instead, which Playwright's `attach` puts beside the HAR. */
const attached = z.string().optional().catch(undefined);
/** 0 if there was no answer, for which Playwright writes -1. */
const status = z.int().min(100).max(599).catch(0);
const startedDateTime = z.string().refine((each) => parseHarTime(each) !== null);
/** Length in ms; of a WebSocket, often that of the handshake alone. */
const time = z.number().nonnegative().max(1e12).catch(0);

/** Header as HAR has it. */
export type HarHeader = z.output<typeof header>;

/** Entry of a WebSocket, without its messages. */
export const harSocket = z.object({
  startedDateTime,
  time,
  request: z.object({ url: z.url(), headers }),
  response: z.object({
    status,
    headers,
    _file: attached,
  }),
  _webSocketClose: z
    .object({ code: z.int().nullish(), reason: z.string().nullish(), timestamp: z.number().nullish() })
    .nullish()
    .catch(null),
});

/** Senders by the names that programs have for the direction; what a browser says of a broken frame is `error`. */
const DIRECTIONS = {
  send: 'send',
  request: 'send',
  receive: 'receive',
  response: 'receive',
  error: 'error',
} as const;

/** One message. */
export const harMessage = z.object({
  type: z
    .enum(['send', 'request', 'receive', 'response', 'error'])
    .transform((direction) => DIRECTIONS[direction]),
  time: z.union([z.number(), z.string()]).catch(-1),
  /** That of RFC 6455: 1 for text, 2 for binary data, in base64. */
  opcode: z.coerce.number().default(1),
  data: z.string(),
});

/** Entry of a call and its answer. */
export const harCall = z.object({
  startedDateTime,
  time,
  request: z.object({
    method: z.string(),
    headers,
    bodySize: size,
    postData: z
      .object({
        mimeType: text,
        text: z.string().nullish().catch(null),
        _file: attached,
        params: z.array(z.object({ name: z.string(), value: text })).catch([]),
      })
      .nullish()
      .catch(null),
  }),
  response: z.object({
    status,
    headers,
    bodySize: size,
    content: z
      .object({
        size,
        mimeType: text,
        text: z.string().nullish().catch(null),
        /** `base64`, or nothing for text. */
        encoding: z.string().nullish().catch(null),
        _file: attached,
      })
      .nullish()
      .catch(null),
  }),
});

export type HarSocket = z.output<typeof harSocket>;
export type HarMessage = z.output<typeof harMessage>;
export type HarCall = z.output<typeof harCall>;

/** Headers by their names in lower case, as node:http has them; those of one name joined. */
export function toHeaders(list: readonly HarHeader[]): Readonly<Record<string, string>> {
  const headers = Object.create(null) as Record<string, string>;
  for (const { name, value } of list) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

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
