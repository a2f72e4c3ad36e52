/**
 * Web pages as clients: which of them may ask, and what a browser has to be told before it lets one read the answers.
 *
 * A page of another origin than the server's own reads only what the server permits it to. Who may is decided before
 * anything here is said. Source: Fetch (WHATWG), "CORS protocol"; RFC 6454 section 7; Private Network Access (WICG).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Pages of Discord's own, which open the gateway when a browser is the client. */
export const OFFICIAL_ORIGINS: readonly string[] = Object.freeze([
  'https://discord.com',
  'https://*.discord.com',
  'https://discordapp.com',
]);

/** How long a browser may keep what it was told, in seconds. */
const PREFLIGHT_SECONDS = '600';

/**
 * Why the page that asks is refused; null when its origin is one of `patterns`, in which `*` stands for any part of a
 * host, or when no page asks.
 */
export function pageRefusal(origin: string | undefined, patterns: readonly string[]): string | null {
  if (origin === undefined || patterns.some((pattern) => matches(origin, pattern))) return null;
  const named = /^[\x21-\x7e]{1,100}$/.test(origin) ? origin : 'a foreign origin';
  return `a web page of ${named} asks: --allow-origin permits it`;
}

/**
 * Lets the page that asks, if one does, read the answer. Returns whether that was all it wanted: then it has been
 * answered, and nobody else needs to hear of the request.
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
  // A public page that asks a private address.
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
