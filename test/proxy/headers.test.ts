/** Framings that two servers may read in two ways: at the upstream each is one request as it was sent, or none. */
import { describe, expect, it } from 'vitest';
import { CountingApi, type RawAnswer } from '../support/counting-api.js';
import { startFixture } from '../support/proxy-fixture.js';
import { type RawPeer, rawClient } from '../support/raw-peers.js';

const INNER = 'GET /api/smuggled HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n';
const CHUNKED = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;
const HEAD = 'Host: localhost\r\n';

const chunked = (method: string): string =>
  `${method} /api/first HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n${CHUNKED}`;
const sized = (method: string, length = INNER.length): string =>
  `${method} /api/first HTTP/1.1\r\n${HEAD}Content-Length: ${length}\r\n\r\n${INNER.slice(0, length)}`;
const post = (headers: string, body: string, version = '1.1'): string =>
  `POST /api/first HTTP/${version}\r\n${HEAD}${headers}\r\n\r\n${body}`;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

/** Requests that reach the API with this body. */
const PASSED: readonly (readonly [name: string, bytes: string, body: string])[] = [
  ...METHODS.map((method) => [`a chunked ${method}`, chunked(method), INNER] as const),
  ...METHODS.map((method) => [`a ${method} with a length`, sized(method), INNER] as const),
  ...METHODS.map(
    (method) => [`a ${method} of nothing`, `${method} /api/first HTTP/1.1\r\n${HEAD}\r\n`, ''] as const,
  ),
  ['a length of 0', sized('DELETE', 0), ''],
  ['the coding in capitals', post('TRANSFER-ENCODING: Chunked', CHUNKED), INNER],
  ['trailers', post('Transfer-Encoding: chunked\r\nTrailer: X-A', '1\r\na\r\n0\r\nX-A: b\r\n\r\n'), 'a'],
  ['a trailer announced beside a length', post('Content-Length: 1\r\nTrailer: X-A', 'a'), 'a'],
  ['chunk extensions', post('Transfer-Encoding: chunked', '1;x=y\r\na\r\n0\r\n\r\n'), 'a'],
  ['Expect', post('Expect: 100-continue\r\nContent-Length: 1', 'a'), 'a'],
  [
    'Expect with chunks',
    post('Expect: 100-continue\r\nTransfer-Encoding: chunked', '1\r\na\r\n0\r\n\r\n'),
    'a',
  ],
  ['a length in HTTP/1.0', post('Content-Length: 1', 'a', '1.0'), 'a'],
  ['a length hidden by Connection', post('Connection: content-length\r\nContent-Length: 1', 'a'), 'a'],
  [
    'the coding hidden by Connection',
    post('Connection: transfer-encoding\r\nTransfer-Encoding: chunked', CHUNKED),
    INNER,
  ],
  ['Upgrade without Connection', post('Upgrade: websocket\r\nContent-Length: 1', 'a'), 'a'],
];

/** Requests of which nothing reaches the API. */
const REFUSED: readonly (readonly [name: string, bytes: string])[] = [
  ['both framings', post(`Content-Length: ${CHUNKED.length}\r\nTransfer-Encoding: chunked`, CHUNKED)],
  ['both framings, the other way round', post('Transfer-Encoding: chunked\r\nContent-Length: 4', CHUNKED)],
  ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${INNER.length}`, INNER)],
  ['two equal lengths', post('Content-Length: 1\r\nContent-Length: 1', 'a')],
  ['a list of lengths', post('Content-Length: 1, 1', 'a')],
  ['a signed length', post('Content-Length: +1', 'a')],
  ['a length in hexadecimal', post('Content-Length: 0x1', 'a')],
  ['a negative length', post('Content-Length: -1', 'a')],
  ['an endless length', post('Content-Length: 99999999999999999999', 'a')],
  ['an unknown coding', post('Transfer-Encoding: xchunked', CHUNKED)],
  ['identity', post('Transfer-Encoding: identity', '')],
  ['another coding below', post('Transfer-Encoding: gzip, chunked', CHUNKED)],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked', CHUNKED)],
  ['chunked, then another', post('Transfer-Encoding: chunked, identity', CHUNKED)],
  ['two codings in two lines', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', CHUNKED)],
  ['a coding behind a tab and a vertical tab', post('Transfer-Encoding: \t\x0bchunked', CHUNKED)],
  ['a space before the colon', post('Transfer-Encoding : chunked', CHUNKED)],
  ['a space before the name', post(' Transfer-Encoding: chunked', CHUNKED)],
  ['a coding in HTTP/1.0', post('Transfer-Encoding: chunked', CHUNKED, '1.0')],
  ['an invalid chunk size', post('Transfer-Encoding: chunked', 'xyz\r\na\r\n0\r\n\r\n')],
  ['a chunk size over all bounds', post('Transfer-Encoding: chunked', 'fffffffffffffffff\r\na\r\n0\r\n\r\n')],
  ['a chunk longer than its size', post('Transfer-Encoding: chunked', '1\r\nabc\r\n0\r\n\r\n')],
  ['a trailer that frames', post('Transfer-Encoding: chunked', '1\r\na\r\n0\r\nContent-Length: 9\r\n\r\n')],
  ['a NUL in a header', post('X-A: \0\r\nContent-Length: 1', 'a')],
  ['a bare CR in a header', post('X-A: a\rContent-Length: 9\r\nContent-Length: 1', 'a')],
  ['two hosts', post('Host: elsewhere.example\r\nContent-Length: 1', 'a')],
  [
    'an upgrade with a length',
    post(`Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${INNER.length}`, INNER),
  ],
  [
    'an upgrade with chunks',
    post('Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked', CHUNKED),
  ],
  ['an invalid version', post('Content-Length: 1', 'a', '1.2')],
  ['a URL that is too long', `GET /api/${'a'.repeat(9_000)} HTTP/1.1\r\n${HEAD}\r\n`],
  ['headers that are too long', post(`X-A: ${'a'.repeat(17_000)}\r\nContent-Length: 1`, 'a')],
];

/** What a client gets that asks when the other has been served, or not. */
async function ask(gatewayUrl: string, bytes: string): Promise<RawPeer> {
  const client = await rawClient(gatewayUrl);
  client.socket.write(bytes, 'latin1');
  return client;
}

/** Resolves when the client hears no more, however that came. */
async function ended(client: RawPeer): Promise<void> {
  await client.until(() => client.isEnded || client.errorCode !== null).catch(() => undefined);
}

const VICTIM = `GET /api/victim HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`;

async function victimOf(gatewayUrl: string): Promise<string> {
  const victim = await ask(gatewayUrl, VICTIM);
  await victim.until(() => victim.isEnded);
  return victim.body.toString();
}

describe('a request', () => {
  it.each(PASSED)('with %s is one request at the API, with its body', async (_, bytes, body) => {
    await using api = await CountingApi.start();
    await using fixture = await startFixture({ api: api.url });
    const { gatewayUrl } = fixture.proxy;
    const client = await ask(gatewayUrl, bytes);
    await client.until(() => client.received.toString().includes('HTTP/1.1 200 OK\r\n'));
    expect(await victimOf(gatewayUrl)).toBe('/api/victim');
    expect(api.requests.map((request) => [request.line.split(' ')[1], request.body])).toEqual([
      ['/api/first', body],
      ['/api/victim', ''],
    ]);
    client.socket.destroy();
  });

  it.each(REFUSED)('with %s is refused, and its connection ended', async (_, bytes) => {
    await using api = await CountingApi.start();
    await using fixture = await startFixture({ api: api.url });
    const { gatewayUrl } = fixture.proxy;
    const client = await ask(gatewayUrl, bytes + VICTIM);
    await ended(client);
    expect(client.received.toString().match(/HTTP\/1\.1 \d+/g) ?? []).toEqual([
      expect.stringMatching(/ (?:400|414|431|505)$/) as string,
    ]);
    expect(await victimOf(gatewayUrl)).toBe('/api/victim');
    // Of a body that broke off, the API may have seen the beginning, on a connection that was ended with it.
    expect(api.requests.map(({ line }) => line)).toEqual(['GET /api/victim HTTP/1.1']);
  });

  it('has the framing, names, order, repetitions and slashes that the client sent', async () => {
    await using api = await CountingApi.start();
    await using fixture = await startFixture({ api: api.url });
    const target = '/api//v10/x//?url=https://a//b&y=http://c#d';
    const headers = ['user-AGENT: x', 'X-Twice: 1', 'Other: y', 'x-twice: 2', 'Cookie: a=1', 'Cookie: b=2'];
    await ask(fixture.proxy.gatewayUrl, `POST ${target} HTTP/1.1\r\n${HEAD}${headers.join('\r\n')}\r\n\r\n`);
    await expect.poll(() => api.requests.length).toBe(1);
    const [{ line, headers: seen } = { line: '', headers: [] }] = api.requests;
    expect(line).toBe(`POST ${target} HTTP/1.1`);
    expect(seen).toEqual([
      `Host: ${api.url.host}`,
      'user-AGENT: x',
      'X-Twice: 1',
      'X-Twice: 2',
      'Other: y',
      'Cookie: a=1; b=2',
      'Connection: keep-alive',
    ]);
  });
});

describe('a request behind an unanswered one', () => {
  const held: RawAnswer = () => undefined;

  it.each([
    ['an upgrade', `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
    ['a CONNECT', `CONNECT gateway.example:443 HTTP/1.1\r\n${HEAD}\r\n`],
    ['garbage', 'garbage\r\n\r\n'],
  ])('%s is not answered in its place', async (_, bytes) => {
    await using api = await CountingApi.start(held);
    await using fixture = await startFixture({ api: api.url });
    const first = `GET /api/first HTTP/1.1\r\n${HEAD}\r\n`;
    const client = await ask(fixture.proxy.gatewayUrl, first + bytes);
    await ended(client);
    expect(client.received.toString()).toBe('');
    expect(fixture.gateway.connectionCount).toBe(0);
  });
});

describe('an API whose framing is odd', () => {
  const early: RawAnswer = (_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb');
  };

  it('that answers before the whole request has come leaves no half request behind', async () => {
    // Each answer is sent as soon as a connection says anything.
    await using api = await CountingApi.start((request, socket) => early(request, socket));
    await using fixture = await startFixture({ api: api.url });
    const client = await rawClient(fixture.proxy.gatewayUrl);
    const length = `Content-Length: ${VICTIM.length + 1_000}\r\n`;
    client.socket.write(`POST /api/first HTTP/1.1\r\n${HEAD}${length}\r\nhalf`);
    await expect.poll(() => api.sockets.length).toBe(1);
    api.sockets[0]?.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n');
    await client.until(() => client.head.includes('413'));
    client.socket.write('the rest of it'.padEnd(VICTIM.length + 996));
    expect(await victimOf(fixture.proxy.gatewayUrl)).toBe('b');
    expect(api.requests.map(({ line, socket }) => [line, socket])).toEqual([['GET /api/victim HTTP/1.1', 1]]);
    client.socket.destroy();
  });

  it.each([
    ['a 204 with a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 45\r\n\r\n'],
    ['a chunked 204', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a second answer without a request behind it', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('that sends %s does not affect other requests', async (_, head) => {
    const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstray!';
    await using api = await CountingApi.start(({ line }, socket) => {
      if (line.includes('victim')) early({ line, headers: [], body: '', socket: 0 }, socket);
      else socket.write(head, () => setImmediate(() => socket.write(stray)));
    });
    await using fixture = await startFixture({ api: api.url });
    const client = await ask(
      fixture.proxy.gatewayUrl,
      `GET /api/first HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`,
    );
    await ended(client);
    await expect.poll(() => api.sockets[0]?.closed).toBe(true);
    expect(await victimOf(fixture.proxy.gatewayUrl)).toBe('b');
    expect(api.sockets).toHaveLength(2);
  });

  it.each([
    ['a status below 100', 'HTTP/1.1 042 Odd\r\nContent-Length: 1\r\n\r\nb', 502],
    ['a status of 000', 'HTTP/1.1 000 Odd\r\n\r\n', 502],
    ['an interim status as its last', 'HTTP/1.1 199 Odd\r\nContent-Length: 1\r\n\r\n', null],
    ['101 unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 502],
    ['999', 'HTTP/1.1 999 Odd\r\nContent-Length: 1\r\n\r\nb', 999],
    ['a reason phrase of control characters', 'HTTP/1.1 200 \x01\x02\x7f\r\nContent-Length: 1\r\n\r\nb', 200],
    ['a reason phrase in UTF-8', 'HTTP/1.1 200 \xc3\xa4\r\nContent-Length: 1\r\n\r\nb', 200],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nb', 200],
    [
      'a header of control characters',
      'HTTP/1.1 200 OK\r\nX-A: \x01\x02\r\nContent-Length: 1\r\n\r\nb',
      null,
    ],
    ['a header in bytes', 'HTTP/1.1 200 OK\r\nX-A: \xff\x80\r\nContent-Length: 1\r\n\r\nb', 200],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 1\r\n\r\nb', 502],
    [
      'repeated headers',
      'HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 1\r\n\r\nb',
      200,
    ],
    [
      'a trailer announced beside a length',
      'HTTP/1.1 200 OK\r\nTrailer: X\r\nContent-Length: 1\r\n\r\nb',
      200,
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nb', 502],
    [
      'both framings',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      502,
    ],
    ['headers that are too long', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 502],
    ['interim answers without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000), 502],
    ['what is not HTTP', 'SSH-2.0-OpenSSH\r\n', 502],
    ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nb', 200],
    ['half a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nb', 200],
    ['an invalid chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', null],
    ['nothing', '', 502],
  ])('that answers with %s ends nothing but the call', async (_, bytes, status) => {
    await using api = await CountingApi.start(({ line }, socket) => {
      if (line.includes('victim')) early({ line, headers: [], body: '', socket: 0 }, socket);
      else socket.end(bytes, 'latin1');
    });
    await using fixture = await startFixture({ api: api.url });
    for (const path of ['/api/first', '/api/v10/gateway']) {
      const client = await ask(
        fixture.proxy.gatewayUrl,
        `GET ${path} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`,
      );
      await ended(client);
      if (path === '/api/first' && status !== null)
        expect(client.head.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
    }
    expect(await victimOf(fixture.proxy.gatewayUrl)).toBe('b');
  });

  it('that resets its connection in the middle of a body breaks the answer off', async () => {
    await using api = await CountingApi.start((_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nb', () => socket.resetAndDestroy());
    });
    await using fixture = await startFixture({ api: api.url });
    const client = await ask(fixture.proxy.gatewayUrl, VICTIM);
    await ended(client);
    expect(fixture.tap.exchanges).toMatchObject([
      { end: { fault: expect.stringMatching(/broken_off|no_answer/) as string } },
    ]);
  });
});
