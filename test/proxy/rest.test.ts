import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ProxyFixture } from '../support/proxy-fixture.js';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient } from '../support/raw-peers.js';

const BOT =
  '{ "url":"wss:\\/\\/gateway.discord.gg/",\n "shards":9, "session_start_limit":{"total":1000,"remaining":999.0,' +
  '"reset_after":14400000,"max_concurrency":1},"x":{"url":"keep"},"big":12345678901234567890}';

interface Answer {
  readonly response: IncomingMessage;
  readonly body: string;
}

/** An API, and a proxy in front of it. */
async function withApi(
  listener: RequestListener,
  use: (fixture: ProxyFixture, ask: typeof get) => Promise<void>,
  base = '/api',
  allowOrigins: readonly string[] = [],
): Promise<void> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`);
  await using fixture = await startFixture({ api, allowOrigins });
  await use(fixture, get);
  server.closeAllConnections();
  server.close();
}

async function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  sent = '',
): Promise<Answer> {
  const call = httpRequest(url, { method, headers, agent: false });
  call.end(sent);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { response, body: Buffer.concat(chunks).toString() };
}

describe('discovery', () => {
  it.each([
    '/gateway',
    '/gateway/bot',
    '/api/gateway',
    '/api/gateway/bot',
    '/api/v10/gateway/bot',
    '/v9/gateway?x=1',
  ])('GET %s names our gateway, as the client knows it, and every other byte is the API’s', async (path) => {
    const seen: (string | undefined)[] = [];
    await withApi(
      (request, response) => {
        seen.push(request.url, request.headers.authorization, request.headers['accept-encoding']);
        response.setHeader('x-ratelimit-limit', '2').setHeader('Content-Type', 'application/json').end(BOT);
      },
      async ({ proxy }, ask) => {
        const origin = proxy.gatewayUrl.replace('ws:', 'http:');
        const headers = { authorization: 'Bot x', 'accept-encoding': 'gzip', host: 'recorder:7331' };
        const { response, body } = await ask(`${origin}${path}`, headers);
        expect(body).toBe(BOT.replace('"wss:\\/\\/gateway.discord.gg/"', '"ws://recorder:7331"'));
        expect(response.headers).toMatchObject({
          'x-ratelimit-limit': '2',
          'content-length': String(body.length),
        });
        expect(seen).toEqual([`/api${path.replace('/api', '')}`, 'Bot x', 'identity']);
      },
    );
  });

  it.each([
    ['GET /api/gateway HTTP/1.1\r\nHost: 127.0.0.1', 'ws://127.0.0.1:PORT'],
    ['GET /api/gateway HTTP/1.1\r\nHost: localhost', 'ws://localhost:PORT'],
    ['GET /api/gateway HTTP/1.1\r\nHost: [::1]', 'ws://[::1]:PORT'],
    ['GET /api/gateway HTTP/1.1\r\nHost: 127.0.0.1:80', 'ws://127.0.0.1:80'],
    ['GET /api/gateway HTTP/1.1\r\nHost: recorder', 'ws://recorder'],
    ['GET /api/gateway HTTP/1.0', 'ws://127.0.0.1:PORT'],
  ])('to %s names our gateway as %s', async (request, expected) => {
    await withApi(
      (_, response) => response.end(BOT),
      async ({ proxy }) => {
        const client = await rawClient(proxy.gatewayUrl);
        client.socket.write(`${request}\r\nConnection: close\r\n\r\n`);
        await client.until(() => client.isEnded);
        const { port } = new URL(proxy.gatewayUrl);
        expect(client.body.toString()).toContain(`"url":"${expected.replace('PORT', port)}"`);
      },
    );
  });

  it('passes on an answer that it cannot read, and warns of it', async () => {
    const zipped = gzipSync(BOT);
    await withApi(
      (_, response) => response.setHeader('content-encoding', 'gzip').end(zipped),
      async ({ proxy, logged }, ask) => {
        const { body } = await ask(`${proxy.apiUrl}/gateway/bot`);
        expect(body).toBe(zipped.toString());
        expect(logged).toMatchObject([
          { level: 'warn', line: expect.stringContaining('no gateway') as string },
        ]);
      },
    );
  });

  it('is refused if the Host header is not a host', async () => {
    await withApi(
      (_, response) => response.end(BOT),
      async ({ proxy }, ask) => {
        const { response, body } = await ask(`${proxy.apiUrl}/gateway`, { host: 'a b"c' });
        expect([response.statusCode, body]).toEqual([400, expect.stringContaining('not a host')]);
      },
    );
  });

  it.each([
    [401, '{"message":"401: Unauthorized","url":"wss://x"}'],
    [200, 'not JSON'],
    [200, '{"url":1}'],
    [200, ''],
  ])('an answer %i %s passes unchanged', async (status, sent) => {
    await withApi(
      (_, response) => response.writeHead(status, 'Whatever').end(sent),
      async ({ proxy }, ask) => {
        const { response, body } = await ask(`${proxy.apiUrl}/v10/gateway/bot`);
        expect([response.statusCode, response.statusMessage, body]).toEqual([status, 'Whatever', sent]);
      },
    );
  });

  it('an answer that never ends is a 502', async () => {
    await withApi(
      (_, response) => {
        const more = (): boolean => response.write('x'.repeat(100_000));
        response.on('drain', more);
        while (more());
      },
      async ({ proxy, logged }, ask) => {
        const { response } = await ask(`${proxy.apiUrl}/v10/gateway/bot`);
        expect(response.statusCode).toBe(502);
        expect(logged).toHaveLength(1);
      },
    );
  });
});

describe('everything else', () => {
  it.each([
    ['/api/v10/users/@me?x=%41', '/api', '/api/v10/users/@me?x=%41'],
    ['/v10/users/@me', '/api', '/api/v10/users/@me'],
    ['/api', '/api', '/api/'],
    ['/apis', '/api/', '/api/apis'],
    ['/api/v10/x', '/', '/v10/x'],
  ])('GET %s below the base %s streams through', async (path, base, expected) => {
    await withApi(
      (request, response) => {
        response.writeHead(201, { 'x-seen': request.url, 'content-encoding': 'gzip' });
        request.pipe(response);
      },
      async ({ proxy }, ask) => {
        const sent = '{"url":"wss://gateway.discord.gg"}';
        const url = `${proxy.gatewayUrl.replace('ws:', 'http:')}${path}`;
        const { response, body } = await ask(url, { 'content-type': 'application/json' }, 'POST', sent);
        expect(response.statusCode).toBe(201);
        expect(response.headers).toMatchObject({ 'x-seen': expected, 'content-encoding': 'gzip' });
        expect(body).toBe(sent);
      },
      base,
    );
  });

  it.each([{}, { 'content-length': '100' }])(
    'an answer that the API breaks off is broken off, with headers %j',
    async (headers) => {
      await withApi(
        (_, response) => {
          response.writeHead(200, headers);
          response.write('half', () => response.destroy());
        },
        async ({ proxy, logged }, ask) => {
          await expect(ask(`${proxy.apiUrl}/users/@me`)).rejects.toMatchObject({ code: 'ECONNRESET' });
          expect(logged).toEqual([{ level: 'warn', line: expect.stringContaining('ECONNRESET') as string }]);
        },
      );
    },
  );

  it.each([
    ['GET', 200, 3],
    ['DELETE', 200, 3],
    ['POST', 502, 2],
  ])(
    'a %s on a connection that the API is closing is answered with %s, after %s requests',
    async (method, status, count) => {
      const used = new WeakSet<object>();
      let requests = 0;
      await withApi(
        (request, response) => {
          requests += 1;
          if (used.has(request.socket)) request.socket.destroy();
          else response.end('{}');
          used.add(request.socket);
        },
        async ({ proxy }, ask) => {
          const first = await ask(`${proxy.apiUrl}/users/@me`, {}, method);
          const second = await ask(`${proxy.apiUrl}/users/@me`, {}, method);
          expect([first.response.statusCode, second.response.statusCode, requests]).toEqual([
            200,
            status,
            count,
          ]);
        },
      );
    },
  );

  it('a client that leaves during an answer does not count as a failure of the API', async () => {
    let dropped = (): void => undefined;
    const isDropped = new Promise<void>((resolve) => {
      dropped = resolve;
    });
    await withApi(
      (_, response) => {
        response.once('close', () => dropped()).write('half');
      },
      async ({ proxy, logged }) => {
        const call = httpRequest(`${proxy.apiUrl}/users/@me`, { agent: false }).end();
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        response.once('error', () => undefined);
        await once(response, 'data');
        call.destroy();
        await isDropped;
        expect(logged).toEqual([]);
      },
    );
  });

  it('a POST to /gateway is passed through', async () => {
    await withApi(
      (_, response) => response.end(BOT),
      async ({ proxy }, ask) => {
        expect((await ask(`${proxy.apiUrl}/gateway`, {}, 'POST')).body).toBe(BOT);
      },
    );
  });

  it.each(['/gateway/bot', '/v10/webhooks/1/secret-token'])(
    'an API that is down is a 502 with one line, on %s too, and a log line without secrets',
    async (path) => {
      await using fixture = await startFixture({ api: new URL('http://127.0.0.1:1/api') });
      const { response, body } = await get(`${fixture.proxy.apiUrl}${path}`, {
        authorization: 'Bot secret-token',
      });
      expect(response.statusCode).toBe(502);
      expect(body).toMatch(/^\{"message":"gatetape: the API [^\n]*\}\n$/);
      expect(fixture.logged).toEqual([
        { level: 'warn', line: expect.stringContaining('ECONNREFUSED') as string },
      ]);
      expect(JSON.stringify(fixture.logged)).not.toContain('secret');
    },
  );
});

describe('a web page that may ask', () => {
  const origin = 'https://app.example.org';

  it.each(['/gateway/bot', '/v10/users/@me'])(
    'reads the answer of %s, whatever the API says',
    async (path) => {
      await withApi(
        (_, response) => {
          response.setHeader('Access-Control-Allow-Origin', 'https://elsewhere.example.org');
          response.setHeader('x-ratelimit-limit', '5').end(BOT);
        },
        async ({ proxy }, ask) => {
          const { response } = await ask(`${proxy.apiUrl}${path}`, { origin });
          expect(response.headers).toMatchObject({
            'access-control-allow-origin': origin,
            'access-control-expose-headers': '*',
            'x-ratelimit-limit': '5',
          });
        },
        '/api',
        [origin],
      );
    },
  );

  it('is answered what it may do here; the API and the recording do not hear of it', async () => {
    const methods: unknown[] = [];
    await withApi(
      (request, response) => void response.end(methods.push(request.method)),
      async ({ proxy, tap }, ask) => {
        const preflight = { origin, 'access-control-request-method': 'PATCH' };
        const { response } = await ask(`${proxy.apiUrl}/v10/x`, preflight, 'OPTIONS');
        expect([response.statusCode, response.headers['access-control-allow-methods']]).toEqual([
          204,
          'PATCH',
        ]);
        expect([methods, tap.exchanges.length]).toEqual([[], 0]);
        const evil = await ask(
          `${proxy.apiUrl}/v10/x`,
          { ...preflight, origin: 'https://evil.org' },
          'OPTIONS',
        );
        expect(evil.response.statusCode).toBe(403);
        expect(evil.response.headers['access-control-allow-origin']).toBeUndefined();
      },
      '/api',
      [origin],
    );
  });

  it('can read the reason of a failure', async () => {
    await using fixture = await startFixture({
      api: new URL('http://127.0.0.1:1/api'),
      allowOrigins: [origin],
    });
    const { response } = await get(`${fixture.proxy.apiUrl}/v10/x`, { origin });
    expect([response.statusCode, response.headers['access-control-allow-origin']]).toEqual([502, origin]);
  });
});
