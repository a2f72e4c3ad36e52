/**
 * Metrics server: answers `/metrics` and `/healthz` for a running recorder.
 *
 * It shares the relay's thread. An answer is some hundred lines and takes less than a millisecond; GET and HEAD only, and
 * a Host that an attacker's DNS cannot hold, as everywhere.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../../serving/address.js';
import { type Adopt, HTTP_BOUNDS, listenOn, stopListening } from '../../serving/http.js';
import { visitorRefusal } from '../../serving/visitors.js';
import { chooseFormat, CONTENT_TYPES, formatMetrics, type MetricFamily } from './exposition.js';

/** Sockets at the same time; a scraper needs one. */
const MAX_SOCKETS = 32;

const METHOD_NOT_ALLOWED = 405;

/** Answers of a metrics server. */
export interface MetricsSource {
  /** Why the recorder is not healthy, or null. */
  readonly failure: () => string | null;
  readonly families: () => readonly MetricFamily[];
}

/** A running metrics server. */
export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Takes no new scrapers. */
  stopListening(): void;
  /** Server that answers, for a process that goes on with it. */
  readonly listener: Server;
  close(): Promise<void>;
}

/** Starts one. Rejects with a `NetworkError` if the address is not available. */
export async function serveMetrics(
  listen: ListenAddress,
  source: MetricsSource,
  adopt: Adopt | null,
): Promise<MetricsServer> {
  const server = createServer(
    {
      maxHeaderSize: HTTP_BOUNDS.headBytes,
      headersTimeout: HTTP_BOUNDS.headMs,
      requestTimeout: HTTP_BOUNDS.headMs,
    },
    (request, response) => answer(request, response, source, listen.host),
  );
  server.maxConnections = MAX_SOCKETS;
  const authority = await listenOn(server, listen, adopt);
  return {
    url: `http://${authority}`,
    listener: server,
    stopListening: () => stopListening(server),
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  source: MetricsSource,
  ownName: string,
): void {
  const { status, type, text } = findAnswer(request, source, ownName);
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === METHOD_NOT_ALLOWED ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function findAnswer(
  { headers, method, url = '' }: IncomingMessage,
  source: MetricsSource,
  ownName: string,
): Answer {
  const refusal = visitorRefusal(headers, [ownName], []);
  if (refusal !== null) return inWords(refusal.status, refusal.reason);
  if (method !== 'GET' && method !== 'HEAD')
    return inWords(METHOD_NOT_ALLOWED, 'only GET and HEAD are answered');
  const [path] = url.split('?');
  if (path === '/healthz') return describeHealth(source.failure());
  if (path !== '/metrics') return inWords(404, 'there are /metrics and /healthz');
  const format = chooseFormat(headers.accept);
  return { status: 200, type: CONTENT_TYPES[format], text: formatMetrics(source.families(), format) };
}

function inWords(status: number, reason: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', text: `${reason}\n` };
}

function describeHealth(reason: string | null): Answer {
  const body = reason === null ? { status: 'recording' } : { status: 'failing', reason };
  return {
    status: reason === null ? 200 : 503,
    type: 'application/json; charset=utf-8',
    text: `${JSON.stringify(body)}\n`,
  };
}
