/**
 * Upstream: sends the client's upgrade request to a gateway, and reports the outcome.
 *
 * Path, query and headers are the client's, key, extensions and subprotocol included, so that the accept
 * hash is right end to end. Only `Host` and the hop-by-hop headers are the proxy's. Certificates are verified.
 * The link handles the bytes after the upgrade. Source: RFC 9110 sections 7.6.1 and 7.8, RFC 6455
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

/** Outcome of an attempt to reach the upstream. */
export type Dialled =
  | {
      readonly type: 'open';
      readonly response: IncomingMessage;
      readonly socket: Socket;
      /** Source of the socket's bytes. */
      readonly readBuffer: ReadBuffer;
      /** Bytes that arrived together with the answer; they are the first of the stream. */
      readonly head: Buffer;
    }
  /** The upstream answered with a status other than 101. The body is not read yet. */
  | { readonly type: 'refused'; readonly response: IncomingMessage }
  /** No answer; `status` is for the client, `reason` for the log. */
  | { readonly type: 'failed'; readonly status: 502 | 504; readonly reason: string };

/** Options for dialling an upstream. */
export interface DialOptions {
  readonly socketOptions: SocketOptions;
  readonly spare: SpareBuffers;
  readonly timeoutMs: number;
}

/** A call to an upstream. */
export interface Dial {
  readonly outcome: Promise<Dialled>;
  /** Aborts the call; its outcome is then a failure to be ignored. */
  readonly abandon: () => void;
}

/** Options that Node passes on to the socket, but that its types omit for requests. */
type DialDetails = RequestOptions &
  Pick<TLSSocketOptions, 'ALPNProtocols'> & { readonly allowHalfOpen: boolean; readonly onread: OnReadOpts };

/** Sends the upgrade of `request` to `url` (`ws:` or `wss:`); never rejects. */
export function dial(url: string, request: IncomingMessage, options: DialOptions): Dial {
  const { hostname = '', port = '', protocol = '', host = '' } = readUrl(url) ?? {};
  const send = protocol === 'wss:' ? requestTls : requestPlain;
  const readBuffer = new ReadBuffer(options.spare);
  const details: DialDetails = {
    ...options.socketOptions,
    onread: readBuffer.onread,
    // The upgrade exists only in HTTP/1.1 (RFC 6455 §4.1): an upstream must not choose h2.
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
    // Node refuses to send the request, such as one with a header that it does not allow.
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

/** Path and query of a URL, byte for byte: `URL` would normalise `//` and escapes. */
function formatRequestTarget(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('://') + 3));
}

/** The client's headers with names, order and repetitions as sent, as a flat list. */
function makeUpgradeHeaders(request: IncomingMessage, host: string): string[] {
  const headers = endToEndHeaders(request, 'upgrade').filter(([name]) => name.toLowerCase() !== 'host');
  return ['Host', host, 'Connection', 'Upgrade', ...headers.flat()];
}
