/**
 * REST: plain HTTP requests go to the API. In two of the answers the gateway's address is replaced by the proxy's.
 *
 * `/api/...` and `/...` both mean the configured API base. Everything streams through unchanged, except
 * `GET [/api[/vN]]/gateway[/bot]`, whose `url` is replaced in place, so that the rest of the JSON keeps its bytes.
 * Every call is tapped while it streams (exchange.ts).
 *
 * http-proxy calls the API and sends the request's body; this file writes heads and answers. http-proxy's own handling
 * loses data: it re-frames a chunked DELETE, joins slashes and throws on a status below 100.
 * Source: Discord Docs/Gateway, "Get Gateway" and "Get Gateway Bot"; RFC 9112 section 6.
 */
import {
  Agent as PlainAgent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type HttpProxy from 'http-proxy';
import type { Tap } from '../capture/tap.js';
import type { Host } from '../host.js';
import { belowApi, HTTP_BOUNDS, readBody } from '../serving/http.js';
import { findString, replaceString } from '../wire/json/splice.js';
import { refuseRequest } from './answer.js';
import type { Destination } from './access.js';
import { Exchanges } from './exchange.js';
import { describeDialError, type SocketOptions } from './dialling.js';
import { endToEndHeaders } from './headers.js';
import { createRequestProxy } from './http-proxy.js';
import { closeOnStrayBytes } from './early-bytes.js';
import { withoutBrackets } from './hosts.js';

/** Options of the REST side of a proxy. */
export interface RestProxyOptions {
  readonly host: Host;
  readonly tap: Tap;
  /** Limit for the recorded part of a body. */
  readonly maxBodyBytes: number;
  /** API base, such as `https://discord.com/api`. */
  readonly api: URL;
  readonly socketOptions: SocketOptions;
  /** Gateway URL of the proxy as this client reaches it. */
  readonly makeGatewayUrl: (request: IncomingMessage) => string;
}

/** REST side of a proxy. */
export interface Rest {
  /** Passes a call on to the API, or unchanged to the origin that it names. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, destination: Destination) => void;
  /** Calls so far. */
  readonly callCount: () => number;
  /** Closes idle connections to the API. The tap was notified of the end of every call. */
  readonly close: () => void;
}

/** Methods that mean the same if a request arrives twice. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const DISCOVERY = /^(?:\/v[0-9]+)?\/gateway(?:\/bot)?\/?(?:\?|$)/;

/** One call in progress. */
interface Call {
  /** Target origin. */
  readonly origin: URL;
  /** Path and query there, byte for byte. */
  readonly target: string;
  readonly isDiscovery: boolean;
  /** The request to the API; null until it has a socket. */
  outgoing: ClientRequest | null;
  answer: IncomingMessage | null;
  /** Whether the client got an error answer. */
  hasFailed: boolean;
}

/** Makes the REST side. */
export function createRest(options: RestProxyOptions): Rest {
  const side = new RestSide(options);
  return {
    handle: (request, response, destination) => side.handle(request, response, destination),
    callCount: () => side.exchanges.count,
    close: () => side.close(),
  };
}

class RestSide {
  readonly exchanges: Exchanges;
  readonly #options: RestProxyOptions;
  readonly #agents: Readonly<Record<'http:' | 'https:', PlainAgent>>;
  readonly #calls = new WeakMap<IncomingMessage, Call>();
  #proxy: HttpProxy | null = null;

  constructor(options: RestProxyOptions) {
    const { host, tap, maxBodyBytes, socketOptions: socketOptions } = options;
    this.#options = options;
    this.exchanges = new Exchanges({ tap, nowUs: host.nowUs, maxBodyBytes });
    this.#agents = {
      'http:': closeOnStrayBytes(new PlainAgent({ ...socketOptions, keepAlive: true })),
      'https:': closeOnStrayBytes(new TlsAgent({ ...socketOptions, keepAlive: true })),
    };
  }

  handle(request: IncomingMessage, response: ServerResponse, destination: Destination): void {
    const path = belowApi(destination.target);
    const { origin, target } = chooseTarget(destination, path, this.#options.api);
    const isDiscovery = destination.origin === null && request.method === 'GET' && DISCOVERY.test(path);
    const call: Call = { origin, target, isDiscovery, outgoing: null, answer: null, hasFailed: false };
    this.#calls.set(request, call);
    this.#send(request, response, call);
    // After http-proxy, because its head must be sent before the body flows.
    this.exchanges.begin(request, response, path);
  }

  #send(request: IncomingMessage, response: ServerResponse, call: Call): void {
    const { origin, target } = call;
    const { url, headers } = request;
    const { protocol, hostname, port } = origin;
    const at = { protocol, host: withoutBrackets(hostname), port };
    const agent = this.#agents[protocol === 'https:' ? 'https:' : 'http:'];
    // The request as http-proxy passes it on.
    Object.assign(request, { url: target, headers: chooseHeaders(request, call) });
    this.#proxy ??= this.#openProxy();
    this.#proxy.web(request, response, { target: at, agent }, (error) => {
      if (isRepeatable(request, call, error)) {
        call.outgoing = null;
        this.#send(request, response, call);
        // An API that has answered completely need not read the rest of the request.
      } else if (call.answer?.complete !== true) this.#fail(call, response, describeDialError(error));
    });
    Object.assign(request, { url, headers });
  }

  close(): void {
    this.exchanges.stop();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #openProxy(): HttpProxy {
    const proxy = createRequestProxy();
    proxy.on('proxyReq', (outgoing, request, response) => {
      const call = this.#calls.get(request);
      if (call === undefined) return;
      call.outgoing = outgoing;
      prepare(outgoing, request, response, call);
      // For example an answer that switches protocols unasked, for which Node emits no event.
      outgoing.once('close', () => {
        if (call.answer === null && call.outgoing === outgoing)
          this.#fail(call, response, 'closed the connection without an answer');
      });
    });
    proxy.on('proxyRes', (answer, request, response) => {
      const call = this.#calls.get(request);
      if (call !== undefined) this.#answer(call, answer, request, response);
    });
    return proxy;
  }

  #answer(call: Call, answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
    call.answer = answer;
    keepInStep(answer, request);
    answer.once('error', (error) => this.#fail(call, response, describeDialError(error)));
    const fault = findStatusError(answer);
    if (fault === null) this.exchanges.answered(response, answer);
    if (fault !== null) {
      this.#fail(call, response, fault);
      answer.destroy();
    } else if (call.isDiscovery) {
      const { makeGatewayUrl: gatewayUrlFor, host } = this.#options;
      answerOurs(answer, response, gatewayUrlFor(request), host).catch((error: unknown) =>
        this.#fail(call, response, describeDialError(error as Error)),
      );
    } else if (writeHead(answer, response)) {
      answer.pipe(response);
    } else {
      this.#fail(call, response, 'answers with headers that HTTP does not allow');
      answer.destroy();
    }
  }

  /** Answers the client if the API has not answered, or only half. */
  #fail(call: Call, response: ServerResponse, fault: string): void {
    // The client left, or has an answer already.
    if (response.destroyed || call.hasFailed) return;
    call.hasFailed = true;
    const reason = `the API ${call.origin.host} ${fault}`;
    this.#options.host.log('warn', reason, 'api_failed');
    this.exchanges.failed(response);
    if (response.headersSent) response.destroy();
    else refuseRequest(response, 502, reason);
  }
}

/**
 * Whether a request that failed is sent again: one without a body, that may be sent twice, on a connection that had served
 * others and that the API was closing meanwhile (RFC 9110 section 9.2.2; RFC 9112 section 9.3.1).
 */
function isRepeatable(
  { method = '', headers }: IncomingMessage,
  { outgoing, answer }: Call,
  error: NodeJS.ErrnoException,
): boolean {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (answer !== null || outgoing?.reusedSocket !== true || hasBody || !IDEMPOTENT.has(method)) return false;
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** URL to call: below the API base, or byte for byte at the named origin. */
function chooseTarget(
  { origin, target }: Destination,
  path: string,
  api: URL,
): Pick<Call, 'origin' | 'target'> {
  return origin === null
    ? { origin: api, target: api.pathname.replace(/\/$/, '') + path }
    : { origin, target };
}

/** Headers for the API: the client's headers and framing, under Node's names. */
function chooseHeaders(request: IncomingMessage, { origin, isDiscovery }: Call): IncomingHttpHeaders {
  const sent = new Map<string, { readonly name: string; readonly values: string[] }>();
  const add = (name: string, value: string): void => {
    const header = sent.get(name.toLowerCase()) ?? { name, values: [] };
    header.values.push(value);
    sent.set(name.toLowerCase(), header);
  };
  add('Host', origin.host);
  for (const [name, value] of endToEndHeaders(request)) {
    const key = name.toLowerCase();
    // Node has sent the client its 100; an answer to a discovery must be readable here.
    if (key === 'host' || key === 'expect' || (key === 'accept-encoding' && isDiscovery)) continue;
    add(name, value);
  }
  if (isDiscovery) add('Accept-Encoding', 'identity');
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined) add('Transfer-Encoding', coding);
  // Node accepts some headers, such as Host, only as a string.
  const entries = [...sent.values()].map(({ name, values }) => [
    name,
    values.length > 1 ? values : values[0],
  ]);
  return Object.fromEntries(entries) as IncomingHttpHeaders;
}

/**
 * Restores path and framing as the client sent them, which http-proxy and Node would normalise. Ends with the client.
 */
function prepare(
  outgoing: ClientRequest,
  { headers }: IncomingMessage,
  response: ServerResponse,
  call: Call,
): void {
  outgoing.path = call.target;
  // A request without a body does not get an empty one (RFC 9112 section 6.3).
  const isFramed = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (!isFramed) outgoing.useChunkedEncodingByDefault = false;
  boundInformational(outgoing);
  const leave = (): void => {
    if (call.answer?.complete !== true) outgoing.destroy();
  };
  if (response.closed) leave();
  else response.once('close', leave);
}

/** Ends a call if its API sends interim answers without end. */
function boundInformational(outgoing: ClientRequest): void {
  let informational = 0;
  outgoing.on('information', () => {
    informational += 1;
    if (informational > HTTP_BOUNDS.informationalAnswers) {
      outgoing.destroy(new Error(`more than ${HTTP_BOUNDS.informationalAnswers} answers before the answer`));
    }
  });
}

/**
 * Prevents reuse of a socket on which requests and answers are out of step: an answer came before the whole request was
 * sent, so that its rest would be taken for the next request, or an answer has a body where none is allowed.
 */
function keepInStep(answer: IncomingMessage, request: IncomingMessage): void {
  // Node detaches the socket from the answer before it emits its end.
  const { statusCode, headers, socket } = answer;
  const isBodiless = statusCode === 204 && (headers['content-length'] ?? '0') !== '0';
  const isChunkless = statusCode === 204 && headers['transfer-encoding'] !== undefined;
  answer.once('end', () => {
    if (!request.readableEnded || isBodiless || isChunkless) socket.destroy();
  });
}

/** Reason why an answer's status cannot be passed on, or null: final ones begin at 200 (RFC 9110 section 15). */
function findStatusError({ statusCode = 0 }: IncomingMessage): string | null {
  return statusCode >= 200 ? null : `answers with the status ${statusCode}, which HTTP does not have`;
}

/**
 * Status line and headers of an API's answer, for `writeHead`. Headers that are already set, such as those that permit
 * a web page, override the API's.
 */
function makeHead(answer: IncomingMessage, response: ServerResponse): [number, string, string[]] {
  const headers = endToEndHeaders(answer).filter(([name]) => !response.hasHeader(name));
  // A reason phrase can hold characters that Node does not write (RFC 9112 section 4).
  const reason = (answer.statusMessage ?? '').replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
  return [answer.statusCode ?? 502, reason, headers.flat()];
}

/** Passes the head of an answer on; returns false if that is impossible. */
function writeHead(answer: IncomingMessage, response: ServerResponse): boolean {
  try {
    response.writeHead(...makeHead(answer, response));
    return true;
  } catch {
    return false;
  }
}

/** A successful answer with its `url` replaced; any other answer unchanged. */
function withOurUrl(answer: IncomingMessage, body: Uint8Array, gatewayUrl: string): Uint8Array {
  const url = answer.statusCode === 200 ? findString(body, 0, ['url']) : null;
  return url === null ? body : replaceString(body, url, gatewayUrl);
}

/** Answers a discovery with the proxy's gateway. Rejects if the API's answer is too long or cut off. */
async function answerOurs(
  answer: IncomingMessage,
  response: ServerResponse,
  gatewayUrl: string,
  { log }: Host,
): Promise<void> {
  const body = await readBody(answer, HTTP_BOUNDS.discoveryBytes);
  const ours = withOurUrl(answer, body, gatewayUrl);
  // For example an answer that is compressed although the request excluded that.
  if (ours === body && answer.statusCode === 200) {
    log(
      'warn',
      'the API named no gateway that can be read: clients will go past the recorder',
      'discovery_unreadable',
    );
  }
  const [status, reason, headers] = makeHead(answer, response);
  const own = withoutHeader(headers, 'content-length');
  response.writeHead(status, reason, [...own, 'Content-Length', String(ours.length)]).end(ours);
}

/** A flat list of headers without the named one. */
function withoutHeader(headers: readonly string[], name: string): readonly string[] {
  return headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== name);
}
