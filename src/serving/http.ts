/**
 * HTTP servers: binds a server to an address, explains why it cannot, and reads the body of a request.
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { type AddressInfo, Server } from 'node:net';
import { NetworkError } from '../errors.js';
import type { ListenAddress } from './address.js';
import { type Bound, readAmounts, readRows } from '../wire/bounds.js';

const ELSEWHERE = 'choose another with --listen';
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not bind that port',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is unknown',
};

/** Makes a server listen on a socket that another process hands over; resolves to false if that process has ended. */
export type Adopt = (server: Server) => Promise<boolean>;

/**
 * Binds `server`, or lets it `adopt` a socket; resolves to the `host:port` by which clients on this machine reach it.
 * Rejects with a `NetworkError` if the address is not available.
 */
export async function listenOn(
  server: Server,
  listen: ListenAddress,
  adopt: Adopt | null = null,
): Promise<string> {
  if (adopt === null || !(await adopt(server))) await bind(server, listen);
  const { address, port } = server.address() as AddressInfo;
  return formatAuthority(REACHABLE[address] ?? listen.host, port);
}

function bind(server: Server, listen: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''] ?? error.message;
      const where = formatAuthority(listen.host, listen.port);
      reject(new NetworkError(`cannot listen on ${where}: ${reason}`, ELSEWHERE, { cause: error }));
    });
    server.listen(listen.port, listen.host, resolve);
  });
}

/** Makes a server take no new sockets, from `listener` if that listens for it; those that are open end with the next answer. */
export function stopListening(server: HttpServer, listener: Server = server): void {
  // Not as node:http does, which closes idle sockets at once, while a request may be on its way.
  Server.prototype.close.call(listener);
  server.prependListener('request', (_, response) => (response.shouldKeepAlive = false));
}

/** Wildcard addresses, and the address that reaches each from this machine. */
const REACHABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': 'localhost' };

/** `host:port`, with an IPv6 address in brackets. */
export function formatAuthority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const KIB = 1024;

/**
 * Limits of what is read or held for an HTTP peer before it is refused. docs/reference.md lists them below those of
 * wire/bounds.ts; a test compares the two. Discord names no limit on its own; no URL of its API is longer than a few
 * hundred characters.
 */
const TABLE = Object.freeze({
  headBytes: [
    16 * KIB,
    'bytes',
    'request, or answer',
    'its first line and headers; the same as the default of Node. Over it: 431, and 502 for an answer',
  ],
  headMs: [
    30_000,
    'ms',
    'request',
    'from the connection, or the answer before, to the end of the headers, however they trickle. Over it: 408',
  ],
  targetLength: [
    8 * KIB,
    'characters',
    'request',
    'path and query; URLs of the API have a few hundred. Over it: 414',
  ],
  informationalAnswers: [
    64,
    'answers',
    'REST call',
    'with a status from 100 to 199, before the answer. Over it: 502',
  ],
  discoveryBytes: [
    1024 * KIB,
    'bytes',
    'answer to `GET /gateway[/bot]`',
    'held whole for its URL to be replaced; it has a few hundred. Over it: 502',
  ],
} satisfies Readonly<Record<string, Bound>>);

/** Amounts of the bounds, by name. */
export const HTTP_BOUNDS = readAmounts(TABLE);

/** Rows of the table. */
export const HTTP_BOUND_ROWS = readRows(TABLE);

/** Path and query below the API base, which is `/api` or empty. */
export function belowApi(url: string): string {
  const below = /^\/api(?=[/?]|$)/.test(url) ? url.slice('/api'.length) : url;
  return below.startsWith('/') ? below : `/${below}`;
}

/** Body of a message. Rejects if the peer goes away, or sends more than `maxBytes`. */
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
