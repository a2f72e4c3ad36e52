/**
 * Entries of a HAR file, as far as they matter here: a WebSocket's handshake and its messages, or a call and its answer.
 *
 * Messages are an extension that Chrome DevTools made, and HTTP Toolkit and mitmproxy share: binary data is base64, times
 * are seconds since the Unix epoch (Playwright: ms). How the connection closed is HTTP Toolkit's. What a file says may be anything.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html; DevTools HARLog.ts; HTTP Toolkit http-har.ts;
 * mitmproxy savehar.py.
 */
import * as z from 'zod';
import { timeOfText } from './times.js';

/** What gatetape calls itself in the files that it writes; the version is that of its fields. */
export const CREATOR = { name: 'gatetape', version: '1' } as const;

const header = z.object({ name: z.string(), value: z.string() });
const headers = z.array(header).catch([]);
const text = z.string().catch('');
/** -1, and whatever is no number, is unknown. */
const size = z.number().catch(-1);
const startedDateTime = z.string().refine((each) => timeOfText(each) !== null);
/** Length in ms; of a WebSocket, often that of the handshake alone. */
const time = z.number().nonnegative().catch(0);

/** Header as HAR has it. */
export type HarHeader = z.output<typeof header>;

/** Entry of a WebSocket, without its messages. */
export const harSocket = z.object({
  startedDateTime,
  time,
  request: z.object({ url: z.url(), headers }),
  response: z.object({ status: z.number().catch(0), headers }),
  _webSocketClose: z
    .object({ code: z.number().nullish(), reason: z.string().nullish(), timestamp: z.number().nullish() })
    .nullish()
    .catch(null),
});

/** One message; what a browser says of a broken frame is of type `error`. */
export const harMessage = z.object({
  type: z.enum(['send', 'receive', 'error']),
  /** Since the Unix epoch, in seconds or ms. */
  time: z.number(),
  /** That of RFC 6455: 1 for text, 2 for binary data, in base64. */
  opcode: z.number(),
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
    /** 0 where there was no answer. */
    status: z.number().catch(0),
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
export function headersOf(list: readonly HarHeader[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { name, value } of list) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}
