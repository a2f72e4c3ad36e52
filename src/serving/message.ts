/**
 * HTTP messages as the proxy and the mock read them: the path below the API base, and a body of bounded length.
 */
import type { IncomingMessage } from 'node:http';

/** Path and query below the API base, which is `/api` or nothing. */
export function belowApi(url: string): string {
  const below = /^\/api(?=[/?]|$)/.test(url) ? url.slice('/api'.length) : url;
  return below.startsWith('/') ? below : `/${below}`;
}

/** Body of a message. Rejects when the peer goes away, or sends more than `maxBytes`. */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw new Error('its body is too long');
  }
  return Buffer.concat(chunks);
}
