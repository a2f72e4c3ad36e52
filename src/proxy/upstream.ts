/**
 * Upstream: asks a gateway for the upgrade in the client's own words, and reports what came of it.
 *
 * Path, query and headers are the client's, key, extensions and subprotocol included, so that the accept
 * hash is right end to end; only `Host` and the hop-by-hop headers are ours. Certificates are verified.
 * What flows after the upgrade is the link's business. Source: RFC 9110 sections 7.6.1 and 7.8, RFC 6455
 * section 4.1.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  request as requestPlain,
  type RequestOptions,
} from 'node:http';
import { request as requestTls } from 'node:https';
import type { OnReadOpts, Socket } from 'node:net';
import type { TLSSocketOptions } from 'node:tls';
import { describeDialError, type SocketOptions } from './dialling.js';
import { endToEndHeaders } from './headers.js';
import { ReadBuffer, type SpareBuffers } from './read-buffer.js';
import { readUrl } from '../wire/url.js';

/** What came of an attempt to reach the upstream. */
export type Dialled =
  | {
      readonly type: 'open';
      readonly response: IncomingMessage;
      readonly socket: Socket;
      /** Where the socket's bytes come in. */
      readonly readBuffer: ReadBuffer;
      /** Bytes that came together with the answer; they are the first of the stream. */
      readonly head: Buffer;
    }
  /** The upstream answered with something else than 101. The body is still to be read. */
  | { readonly type: 'refused'; readonly response: IncomingMessage }
  /** No answer; `status` is what to tell the client, `reason` what to tell the log. */
  | { readonly type: 'failed'; readonly status: 502 | 504; readonly reason: string };

/** How an upstream is dialled. */
export interface DialOptions {
  readonly socketOptions: SocketOptions;
  readonly spare: SpareBuffers;
  readonly timeoutMs: number;
}

/** A call to an upstream. */
export interface Dial {
  readonly outcome: Promise<Dialled>;
  /** Drops the call; the outcome is then a failure that interests nobody. */
  readonly abandon: () => void;
}

/** What Node hands on to the socket, and does not list among a request's options. */
type DialDetails = RequestOptions &
  Pick<TLSSocketOptions, 'ALPNProtocols'> & { readonly allowHalfOpen: boolean; readonly onread: OnReadOpts };

/** Asks `url` (`ws:` or `wss:`) for the upgrade that `request` asked of us; never rejects. */
export function dial(url: string, request: IncomingMessage, options: DialOptions): Dial {
  const { hostname = '', port = '', protocol = '', host = '' } = readUrl(url) ?? {};
  const send = protocol === 'wss:' ? requestTls : requestPlain;
  const readBuffer = new ReadBuffer(options.spare);
  const details: DialDetails = {
    ...options.socketOptions,
    onread: readBuffer.onread,
    // The upgrade is one of HTTP/1.1 (RFC 6455 §4.1): an upstream must not choose h2.
    ALPNProtocols: ['http/1.1'],
    // A URL writes IPv6 addresses in brackets, a socket does not.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port === '' ? {} : { port }),
    path: formatRequestTarget(url),
    headers: makeUpgradeHeaders(request, host),
    agent: false,
    allowHalfOpen: true,
  };
  let call: ClientRequest;
  try {
    call = send(details);
  } catch (error) {
    // Node does not send what was asked for, such as a header that it does not allow.
    const reason = `${host} ${describeDialError(error as Error)}`;
    return {
      outcome: Promise.resolve({ type: 'failed', status: 502, reason }),
      abandon: () => undefined,
    };
  }
  call.once('socket', (socket) => readBuffer.attach(socket));
  const outcome = awaitOutcome(call, readBuffer, host, options.timeoutMs);
  call.end();
  return { outcome, abandon: () => call.destroy() };
}

function awaitOutcome(
  call: ClientRequest,
  readBuffer: ReadBuffer,
  host: string,
  timeoutMs: number,
): Promise<Dialled> {
  return new Promise((resolve) => {
    const overdue = setTimeout(() => {
      settle({ type: 'failed', status: 504, reason: `${host} did not answer within ${timeoutMs} ms` });
      call.destroy();
    }, timeoutMs);
    const settle = (outcome: Dialled): void => {
      clearTimeout(overdue);
      resolve(outcome);
    };
    call.on('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      settle({ type: 'open', response, socket, readBuffer, head });
    });
    call.on('response', (response) => {
      settle({ type: 'refused', response });
    });
    call.on('error', (error) => {
      settle({ type: 'failed', status: 502, reason: `${host} ${describeDialError(error)}` });
    });
  });
}

/** Path and query of a URL to the letter: `URL` would turn `//` and escapes into something of its own. */
function formatRequestTarget(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('://') + 3));
}

/** The client's headers with names, order and repetitions as sent, as a flat list. */
function makeUpgradeHeaders(request: IncomingMessage, host: string): string[] {
  const headers = endToEndHeaders(request, 'upgrade').filter(([name]) => name.toLowerCase() !== 'host');
  return ['Host', host, 'Connection', 'Upgrade', ...headers.flat()];
}
