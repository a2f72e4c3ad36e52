/**
 * Web pages as clients: which of them may send requests, and the headers that let a browser read the answers.
 *
 * A page of another origin reads only what the server permits. The access decision is made before
 * any header here is set. Source: Fetch (WHATWG), "CORS protocol"; RFC 6454 section 7; Private Network Access (WICG).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Discord's own pages, which open the gateway if the client is a browser. */
export const OFFICIAL_ORIGINS: readonly string[] = Object.freeze([
  'https://discord.com',
  'https://*.discord.com',
  'https://discordapp.com',
]);

/** Time for which a browser may cache the permission, in seconds. */
const PREFLIGHT_SECONDS = '600';

/**
 * Reason why the requesting page is refused. Null if its origin is one of `patterns`, in which `*` matches any part of
 * a host, or if the request is not from a page.
 */
export function pageRefusal(origin: string | undefined, patterns: readonly string[]): string | null {
  if (origin === undefined || patterns.some((pattern) => matches(origin, pattern))) return null;
  const named = /^[\x21-\x7e]{1,100}$/.test(origin) ? origin : 'a foreign origin';
  return `a web page of ${named} asks: --allow-origin permits it`;
}

/**
 * Lets the requesting page, if there is one, read the answer. Returns true for a preflight: it was answered here and
 * needs no further handling.
 */
export function letPageRead({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = headers;
  if (origin === undefined) return false;
  response.setHeader('Access-Control-Allow-Origin', origin);
  const asked = headers['access-control-request-method'];
  if (method !== 'OPTIONS' || asked === undefined) {
    response.setHeader('Access-Control-Expose-Headers', '*');
    return false;
  }
  response.setHeader('Access-Control-Allow-Methods', asked);
  response.setHeader('Access-Control-Allow-Headers', headers['access-control-request-headers'] ?? '*');
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  // A public page that requests a private address.
  if (headers['access-control-request-private-network'] !== undefined)
    response.setHeader('Access-Control-Allow-Private-Network', 'true');
  response.setHeader('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
  response.writeHead(204).end();
  return true;
}

function matches(origin: string, pattern: string): boolean {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return origin === pattern;
  const middle = origin.slice(before.length, origin.length - after.length);
  return origin.startsWith(before) && origin.endsWith(after) && /^[a-z0-9.-]+$/.test(middle);
}
