/**
 * REST: plain HTTP requests go to the API; the gateway's address in two of the answers becomes ours.
 *
 * `/api/...` and `/...` both mean the configured API base. Everything streams through http-proxy as it is,
 * but for `GET [/api[/vN]]/gateway[/bot]`, whose `url` is replaced in place, so that the rest of the JSON
 * stays byte for byte. Every call is tapped while it streams (exchange.ts). Source: Discord Docs/Gateway, "Get
 * Gateway" and "Get Gateway Bot".
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { httpProxy } from './http-proxy.js';
import type { Tap } from '../capture/tap.js';
import type { Host } from '../host.js';
import { findString, replaceString } from '../wire/json/splice.js';
import { refusalBody } from './answer.js';
import { Exchanges } from './exchange.js';
import { faultOf } from './fault.js';
import type { Reach } from './reach.js';

/** What the REST side of a proxy is told. */
export interface RestOptions {
  readonly host: Host;
  readonly tap: Tap;
  /** How much of a body is recorded. */
  readonly maxBodyBytes: number;
  /** API base, such as `https://discord.com/api`. */
  readonly api: URL;
  readonly reach: Reach;
  /** Gateway URL of the proxy as this client knows it. */
  readonly gatewayUrlFor: (request: IncomingMessage) => string;
}

/** REST side of a proxy. */
export interface Rest {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Calls so far. */
  readonly callCount: () => number;
  /** Drops idle connections to the API; the tap has been told of the end of every call. */
  readonly close: () => void;
}

const DISCOVERY = /^(?:\/v[0-9]+)?\/gateway(?:\/bot)?\/?(?:\?|$)/;
// Headers that frame the API's message on its own leg, or tell its length.
const REFRAMED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);
// The answers are a few hundred bytes; whatever is longer is none.
const MAX_DISCOVERY_BYTES = 1 << 20;

/** Makes the REST side. */
export function createRest(options: RestOptions): Rest {
  const { api, host, tap, maxBodyBytes } = options;
  const Agent = api.protocol === 'https:' ? TlsAgent : PlainAgent;
  const agent = new Agent({ ...options.reach, keepAlive: true });
  const proxy = httpProxy.createProxyServer({ agent, changeOrigin: true, secure: true, ignorePath: true });
  const discoveries = new WeakSet<IncomingMessage>();
  const exchanges = new Exchanges({ tap, nowUs: host.nowUs, maxBodyBytes });
  const fail = (error: Error, response: ServerResponse): void => {
    const reason = `the API ${api.host} ${faultOf(error)}`;
    host.log('warn', reason);
    exchanges.failed(response);
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'application/json' }).end(refusalBody(reason));
  };
  proxy.on('proxyRes', (answer, request, response) => {
    exchanges.answered(response, answer);
    if (!discoveries.has(request)) {
      // http-proxy pipes: when one side goes away in the middle, the other would wait forever.
      answer.once('error', (error) => fail(error, response));
      response.once('close', () => answer.destroy());
      return;
    }
    readBody(answer).then(
      (body) => {
        const ours = withOurUrl(answer, body, options.gatewayUrlFor(request));
        // Such as one that is compressed although it was asked not to be.
        if (ours === body && answer.statusCode === 200) {
          host.log(
            'warn',
            `${api.host} named no gateway that can be read: clients will go past the recorder`,
          );
        }
        answerDiscovery(answer, ours, response);
      },
      (error: unknown) => fail(error as Error, response),
    );
  });
  return {
    handle(request, response) {
      const path = apiPath(request.url ?? '/');
      exchanges.begin(request, response, path);
      const selfHandleResponse = request.method === 'GET' && DISCOVERY.test(path);
      if (selfHandleResponse) {
        discoveries.add(request);
        request.headers['accept-encoding'] = 'identity';
      }
      const target = api.origin + api.pathname.replace(/\/$/, '') + path;
      proxy.web(request, response, { target, selfHandleResponse }, (error) => fail(error, response));
    },
    callCount: () => exchanges.count,
    close: () => {
      exchanges.stop();
      agent.destroy();
    },
  };
}

/** Path and query below the API base. */
function apiPath(url: string): string {
  const below = /^\/api(?=[/?]|$)/.test(url) ? url.slice('/api'.length) : url;
  return below.startsWith('/') ? below : `/${below}`;
}

async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_DISCOVERY_BYTES) throw new Error('its answer is too long');
  }
  return Buffer.concat(chunks);
}

/** A successful answer's `url`, replaced; anything else as it came. */
function withOurUrl(answer: IncomingMessage, body: Uint8Array, gatewayUrl: string): Uint8Array {
  const url = answer.statusCode === 200 ? findString(body, 0, ['url']) : null;
  return url === null ? body : replaceString(body, url, gatewayUrl);
}

/** Sends the upstream's status and headers with a body whose length may be another one. */
function answerDiscovery(answer: IncomingMessage, body: Uint8Array, response: ServerResponse): void {
  const headers: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = answer.rawHeaders.slice(at, at + 2);
    if (!REFRAMED.has(name.toLowerCase())) headers.push(name, value);
  }
  headers.push('Content-Length', String(body.length));
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
  response.end(body);
}
