/** Target of HTTP heads: Node's parser reads them, and ours decides what to do with the request. */
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { decideAccess } from '../../../src/proxy/access.js';
import { readHeaderSecrets, makeHandshake, readTransport } from '../../../src/proxy/handshake.js';
import { endToEndHeaders } from '../../../src/proxy/headers.js';
import { chooseUpstream, interceptedHosts, mayDial, throughProxy } from '../../../src/proxy/hosts.js';
import { parseRoute } from '../../../src/gateway/rest-path.js';
import { deflateAgreement } from '../../../src/wire/permessage-deflate.js';
import { readUrl } from '../../../src/wire/url.js';
import { requireThat, type Target } from '../target.js';

const HOSTS = {
  upstream: new URL('wss://gateway.discord.gg'),
  api: new URL('https://discord.com/api'),
  allowHosts: ['allowed.example'],
};
const OWN_HEADERS = new Set(['connection', 'transfer-encoding', 'keep-alive', 'te', 'trailer', 'upgrade']);

/** What our code makes of one request, in both modes. */
function examine(request: IncomingMessage): void {
  for (const mode of ['reverse', 'forward'] as const) {
    const decision = decideAccess(
      request,
      {
        mode,
        ownNames: ['127.0.0.1', 'discord.com'],
        isUpstream: (hostname) => mayDial(hostname, HOSTS),
        intercepted: interceptedHosts(HOSTS),
        allowOrigins: [],
      },
      new WeakMap(),
    );
    if (decision.type !== 'admitted') continue;
    const { target, origin } = decision.destination;
    requireThat(origin === null || mode === 'forward', 'a reverse proxy admits another origin');
    const dialled = chooseUpstream(target, HOSTS);
    if (dialled !== null) requireDialled(dialled);
    makeHandshake(request, target, {
      atUs: 0,
      upstreamUrl: dialled ?? '',
      upgradeStatus: 101,
      extensions: request.headers['sec-websocket-extensions'] ?? null,
    });
    readTransport(target);
    parseRoute(target);
  }
  deflateAgreement(request.headers['sec-websocket-extensions'] ?? null);
  readHeaderSecrets(request.headers);
  const passed = endToEndHeaders(request).map(([name]) => name.toLowerCase());
  requireThat(!passed.some((name) => OWN_HEADERS.has(name)), 'a header of one leg is passed on');
}

/** A URL that is dialled leads to a host that may be dialled, and so does its way back. */
function requireDialled(dialled: string): void {
  const url = readUrl(dialled);
  if (url === null) return;
  requireThat(mayDial(url.hostname, HOSTS), `dials ${url.hostname}`);
  requireThat(url.username === '' && url.password === '', 'dials with credentials');
  const back = throughProxy(dialled, 'ws://127.0.0.1:7331', HOSTS);
  if (back === null) return;
  const again = chooseUpstream(back.slice('ws://127.0.0.1:7331'.length), HOSTS);
  requireThat(again !== null, 'a URL that is handed out leads nowhere');
  if (again !== null)
    requireThat(readUrl(again)?.host === url.host, 'a URL that is handed out leads elsewhere');
}

/** A socket that has received the bytes, and discards what is written. */
class ReceivedBytes extends Duplex {
  readonly remoteAddress = '127.0.0.1';

  constructor(bytes: Uint8Array) {
    super();
    this.push(bytes);
    this.push(null);
  }

  override _read(): void {
    // Everything has been pushed.
  }

  override _write(_: unknown, __: unknown, done: () => void): void {
    done();
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}

const head = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');

/** Requests on one socket. */
export const requests: Target = {
  promise: 'no request makes the proxy throw, or dial a host that is not its upstream or allowed',
  seeds: () => [
    head(
      'GET /api/v10/gateway/bot?x=1 HTTP/1.1',
      'Host: 127.0.0.1:7331',
      'Authorization: Bot planted',
      'Cookie: a=b',
    ),
    head(
      'GET /r/gateway-us-east1-b.discord.gg?v=10&encoding=json&compress=zlib-stream HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover',
      'Origin: https://discord.com',
    ),
    head('GET http://discord.com/api HTTP/1.1', 'Host: discord.com', 'Connection: x, close', 'X: 1'),
    Buffer.concat([
      head(
        'POST /api/webhooks/1/planted HTTP/1.1',
        'Host: [::1]:1',
        'Transfer-Encoding: chunked',
        'TE: trailers',
      ),
      Buffer.from('1\r\na\r\n0\r\n\r\n'),
      head('DELETE /r/allowed.example:443/x/../y HTTP/1.1', 'Host: 127.0.0.1', 'Content-Length: 0'),
    ]),
    head('GET /r/user@evil.example:80/?token=planted&v=9 HTTP/1.1', 'Host: 127.0.0.1'),
  ],
  words: [
    '/r/',
    'gateway.discord.gg',
    '.discord.gg',
    'evil.example',
    '@',
    ':443',
    '%2e',
    '%00',
    '\\',
    '//',
    'http://',
    '[::1]',
    'Host: ',
    '\r\n',
    'Connection: ',
    'Content-Length: 1',
    '?v=10&encoding=etf',
    '#',
    '\t',
  ],
  maxBytes: 1500,
  run: async (input) => {
    const failures: unknown[] = [];
    const examined = (request: IncomingMessage): void => {
      try {
        examine(request);
      } catch (error) {
        failures.push(error);
      }
    };
    const server = createServer((request, response) => {
      examined(request);
      request.resume();
      response.end();
    });
    server.on('upgrade', (request, socket) => {
      examined(request);
      socket.destroy();
    });
    server.on('connect', (request, socket) => {
      examined(request);
      socket.destroy();
    });
    server.on('clientError', (_, socket) => socket.destroy());
    const socket = new ReceivedBytes(input);
    await new Promise<void>((resolve) => {
      socket.on('error', () => undefined);
      socket.once('close', () => resolve());
      server.emit('connection', socket);
    });
    const [failure] = failures;
    if (failure !== undefined) throw failure as Error;
  },
};
