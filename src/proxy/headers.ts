/**
 * Headers that cross the proxy: those of the message, without those of the connection that it came on.
 *
 * Each leg frames its own messages: what Node has undone on one leg (chunks, keep-alive) is not promised on the other.
 * Trailers are dropped, which intermediaries may do (RFC 9110 section 6.5.1), and so is what announces them.
 * Source: RFC 9110 section 7.6.1.
 */
import type { IncomingMessage } from 'node:http';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A header's name and value as they were sent. */
export type Header = readonly [name: string, value: string];

/**
 * Headers of a message that are meant for its other end: names, order and repetitions as sent. `kept` is passed on too:
 * an upgrade's own header, for one.
 */
export function endToEndHeaders({ rawHeaders, headers }: IncomingMessage, kept = ''): readonly Header[] {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/[\s,]+/));
  const passed: Header[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    const key = name.toLowerCase();
    if (key === kept || !(HOP_BY_HOP.has(key) || named.has(key))) passed.push([name, value]);
  }
  return passed;
}
