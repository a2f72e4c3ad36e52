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
import { belowApi, readBody } from '../serving/message.js';
import { findString, replaceString } from '../wire/json/splice.js';
import { refuseRequest } from './answer.js';
import type { Destination } from './destination.js';
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
  /** Passes a call on: to the API, or to the origin that it names, and then nothing of it is changed. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, destination: Destination) => void;
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
  const agents = {
    'http:': new PlainAgent({ ...options.reach, keepAlive: true }),
    'https:': new TlsAgent({ ...options.reach, keepAlive: true }),
  };
  const proxy = httpProxy.createProxyServer({ changeOrigin: true, secure: true, ignorePath: true });
  const discoveries = new WeakSet<IncomingMessage>();
  const hosts = new WeakMap<ServerResponse, string>();
  const exchanges = new Exchanges({ tap, nowUs: host.nowUs, maxBodyBytes });
  const fail = (error: Error, response: ServerResponse): void => {
    const reason = `the API ${hosts.get(response) ?? api.host} ${faultOf(error)}`;
    host.log('warn', reason);
    exchanges.failed(response);
    if (response.headersSent) response.destroy();
    else refuseRequest(response, 502, reason);
  };
  proxy.on('proxyRes', (answer, request, response) => {
    exchanges.answered(response, answer);
    // What has been said already, which is what a web page may do, is not for the API to say.
    const unsaid = Object.entries(answer.headers).filter(([name]) => !response.hasHeader(name));
    answer.headers = Object.fromEntries(unsaid);
    if (!discoveries.has(request)) {
      // http-proxy pipes: when one side goes away in the middle, the other would wait forever.
      answer.once('error', (error) => fail(error, response));
      response.once('close', () => answer.destroy());
      return;
    }
    answerOurs(answer, response, options.gatewayUrlFor(request), host).catch((error: unknown) =>
      fail(error as Error, response),
    );
  });
  return {
    handle(request, response, destination) {
      const path = belowApi(destination.target);
      const url = urlFor(destination, path, api);
      exchanges.begin(request, response, path);
      // What a client says to its proxy is not for the API.
      delete request.headers['proxy-authorization'];
      delete request.headers['proxy-connection'];
      hosts.set(response, new URL(url).host);
      const selfHandleResponse =
        destination.origin === null && request.method === 'GET' && DISCOVERY.test(path);
      if (selfHandleResponse) {
        discoveries.add(request);
        request.headers['accept-encoding'] = 'identity';
      }
      const agent = agents[url.startsWith('https:') ? 'https:' : 'http:'];
      proxy.web(request, response, { target: url, agent, selfHandleResponse }, (error) =>
        fail(error, response),
      );
    },
    callCount: () => exchanges.count,
    close: () => {
      exchanges.stop();
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** URL to ask: below the API base, or to the letter at the origin that was named. */
function urlFor({ origin, target }: Destination, path: string, api: URL): string {
  return origin === null ? api.origin + api.pathname.replace(/\/$/, '') + path : origin.origin + target;
}

/** A successful answer's `url`, replaced; anything else as it came. */
function withOurUrl(answer: IncomingMessage, body: Uint8Array, gatewayUrl: string): Uint8Array {
  const url = answer.statusCode === 200 ? findString(body, 0, ['url']) : null;
  return url === null ? body : replaceString(body, url, gatewayUrl);
}

/** Answers a discovery with our gateway in the place of the API's. Rejects when the API's answer is too long, or cut off. */
async function answerOurs(
  answer: IncomingMessage,
  response: ServerResponse,
  gatewayUrl: string,
  { log }: Host,
): Promise<void> {
  const body = await readBody(answer, MAX_DISCOVERY_BYTES);
  const ours = withOurUrl(answer, body, gatewayUrl);
  // Such as one that is compressed although it was asked not to be.
  if (ours === body && answer.statusCode === 200) {
    log('warn', 'the API named no gateway that can be read: clients will go past the recorder');
  }
  answerDiscovery(answer, ours, response);
}

/** Sends the upstream's status and headers with a body whose length may be another one. */
function answerDiscovery(answer: IncomingMessage, body: Uint8Array, response: ServerResponse): void {
  const headers: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = answer.rawHeaders.slice(at, at + 2);
    if (!REFRAMED.has(name.toLowerCase()) && !response.hasHeader(name)) headers.push(name, value);
  }
  headers.push('Content-Length', String(body.length));
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
  response.end(body);
}
