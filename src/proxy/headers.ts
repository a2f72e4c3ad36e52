/**
 * Headers that cross the proxy: those of the message, without those of its connection.
 *
 * Each leg frames its own messages: the framing that Node removed on one leg (chunks, keep-alive) can differ on the
 * other. Trailers are dropped, which intermediaries may do (RFC 9110 section 6.5.1), and so are the headers that
 * announce them.
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
 * End-to-end headers of a message: names, order and repetitions as sent. The names in `kept` are passed on too, such as
 * an upgrade's own header.
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

const UPGRADE_TOKEN = /(?:^|[\s,])upgrade(?:[\s,]|$)/i;

/**
 * Reason why a request's framing is refused; null for framings that all servers parse alike. If two servers can find
 * the end of a request in two places, the next one can see two requests, whose answers then go to the wrong clients
 * (request smuggling). Node refuses most of these; the rest is refused here.
 *
 * Source: RFC 9112 sections 3.2, 6.1, 6.3 and 11.2; RFC 9110 section 9.3.6.
 */
export function findFramingError(request: IncomingMessage): string | null {
  const { rawHeaders } = request;
  if (isRepeated('host', rawHeaders)) return 'the request has more than one Host header';
  if (isRepeated('content-length', rawHeaders)) return 'the request has more than one Content-Length header';
  return findCodingError(request) ?? findTunnelError(request);
}

function findCodingError({ httpVersion, headers }: IncomingMessage): string | null {
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return null;
  if (coding.toLowerCase() !== 'chunked') return 'the only transfer coding here is chunked';
  if (headers['content-length'] !== undefined)
    return 'the request has both Content-Length and Transfer-Encoding';
  return httpVersion === '1.1' ? null : 'a request of HTTP/1.0 has no transfer coding';
}

/** Bytes after the head of an upgrade or a CONNECT are not HTTP, so such a request cannot have a body. */
function findTunnelError({ headers, method }: IncomingMessage): string | null {
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  const isUpgrade = headers.upgrade !== undefined && UPGRADE_TOKEN.test(headers.connection ?? '');
  return hasBody && (isUpgrade || method === 'CONNECT')
    ? 'a request that asks for a tunnel has no body'
    : null;
}

function isRepeated(key: string, rawHeaders: readonly string[]): boolean {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === key).length > 1;
}
