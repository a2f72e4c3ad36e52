/**
 * Entries of a HAR file, as far as they matter here: a WebSocket's handshake and its messages, or a call and its
 * answer.
 *
 * Messages are an extension that Chrome DevTools made, and HTTP Toolkit and mitmproxy share: binary data is base64,
 * times are seconds since the Unix epoch (Playwright: ms). How the connection closed is HTTP Toolkit's. What a file
 * says may be anything.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html; DevTools HARLog.ts; HTTP Toolkit http-har.ts;
 * mitmproxy savehar.py.
 */
import * as z from 'zod';
import { parseHarTime } from './times.js';

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
/** 0 where there was no answer, for which Playwright writes -1. */
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
    /** File with the messages, which Playwright's `attach` puts beside the HAR. */
    _file: z.string().optional().catch(undefined),
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
