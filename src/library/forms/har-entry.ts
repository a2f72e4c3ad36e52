/**
 * Entries of a HAR file, as far as they matter here: a WebSocket's handshake and its messages.
 *
 * Messages are an extension that Chrome DevTools made, and HTTP Toolkit and mitmproxy share: binary data is base64, times
 * are seconds since the Unix epoch (Playwright: ms). How the connection closed is HTTP Toolkit's. What a file says may be anything.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html; DevTools HARLog.ts; HTTP Toolkit http-har.ts;
 * mitmproxy savehar.py.
 */
import * as z from 'zod';

const header = z.object({ name: z.string(), value: z.string() });

/** Entry of a WebSocket, without its messages. */
export const harEntry = z.object({
  startedDateTime: z.string().refine((text) => Number.isFinite(Date.parse(text))),
  /** Length in ms; of a WebSocket, often that of the handshake alone. */
  time: z.number().catch(0),
  request: z.object({ url: z.url(), headers: z.array(header).catch([]) }),
  response: z.object({ status: z.number().catch(0), headers: z.array(header).catch([]) }),
  _webSocketClose: z
    .object({ code: z.number().nullish(), reason: z.string().nullish(), timestamp: z.number().nullish() })
    .nullish()
    .catch(null),
  /** What gatetape adds: what the connection spoke, where the messages are decoded payloads. */
  _gatetape: z
    .object({
      version: z.number().nullable(),
      encoding: z.enum(['json', 'etf', 'unknown']),
      compress: z.enum(['none', 'zlib-stream', 'zstd-stream', 'unknown']),
    })
    .nullish()
    .catch(null),
});

/** One message. */
export const harMessage = z.object({
  type: z.enum(['send', 'receive']),
  /** Since the Unix epoch, in seconds or ms. */
  time: z.number(),
  /** That of RFC 6455: 1 for text, 2 for binary data, in base64. */
  opcode: z.number(),
  data: z.string(),
});

export type HarEntry = z.output<typeof harEntry>;
export type HarMessage = z.output<typeof harMessage>;
