import { describe, expect, it } from 'vitest';
import { startFixture, textFrame } from '../support/proxy-fixture.js';
import { rawClient, switchingProtocols, upgradeRequest } from '../support/raw-peers.js';

describe('the request', () => {
  it('reaches the upstream with path, query and headers as the client sent them', async () => {
    await using fixture = await startFixture({ allowOrigins: ['https://discord.com'] });
    const { client, upstream } = await fixture.open('//?v=10&x=%41&encoding=json', [
      'Host: recorder:7331',
      'user-AGENT: DiscordBot (x, 1)',
      'Authorization: Bot secret-token',
      'Cookie: a=1',
      'Origin: https://discord.com',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol: one, two',
      'X-Twice: 1',
      'X-Twice: 2',
      'Keep-Alive: timeout=5',
      'Proxy-Authorization: Basic abc',
    ]);
    expect(upstream.head.split('\r\n')).toEqual([
      'GET //?v=10&x=%41&encoding=json HTTP/1.1',
      `Host: ${fixture.gateway.url.host}`,
      'Connection: Upgrade',
      'user-AGENT: DiscordBot (x, 1)',
      'Authorization: Bot secret-token',
      'Cookie: a=1',
      'Origin: https://discord.com',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol: one, two',
      'X-Twice: 1',
      'X-Twice: 2',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
    ]);
    // RFC 6455 §1.3: the accept hash of that key.
    expect(client.head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
  });

  it.each(['', '/', '/?v=10', '//?v=10'])('for /r/HOST%s reaches that host', async (rest) => {
    await using fixture = await startFixture({ upstream: new URL('ws://127.0.0.1:1') });
    const { upstream } = await fixture.open(`/r/127.0.0.1:${fixture.gateway.port}${rest}`);
    const target = rest.startsWith('/') ? rest : `/${rest}`;
    expect(upstream.head.startsWith(`GET ${target} HTTP/1.1\r\n`)).toBe(true);
  });

  it('may name the whole URL of the proxy', async () => {
    await using fixture = await startFixture();
    const { upstream } = await fixture.open(`${fixture.proxy.gatewayUrl.replace('ws', 'http')}/?v=10`);
    expect(upstream.head.startsWith('GET /?v=10 HTTP/1.1\r\n')).toBe(true);
  });
});

describe('the answer', () => {
  it('has the upstream’s headers, and is sent before the bytes that came with it', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    const reads: Buffer[] = [];
    client.socket.on('data', (chunk: Buffer) => reads.push(chunk));
    client.socket.write(upgradeRequest('/'));
    const upstream = await fixture.gateway.peer();
    const hello = textFrame('{"op":10}');
    const head = Buffer.from(switchingProtocols(['X-Upstream: yes', 'X-Upstream: again']));
    upstream.socket.write(Buffer.concat([head, hello]));
    await client.hasBody(hello.length);
    expect(reads[0]?.toString()).toBe(head.toString());
    expect(client.body.equals(hello)).toBe(true);
    expect(fixture.tap.bytesOf(1, 'gateway').equals(hello)).toBe(true);
  });

  it('keeps what the client sent before it, in order', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(`${upgradeRequest('/')}with the request,`);
    const upstream = await fixture.gateway.peer();
    client.socket.write('while waiting,');
    upstream.socket.write(switchingProtocols());
    await client.until(() => client.head !== '');
    client.socket.write('after');
    const sent = 'with the request,while waiting,after';
    expect((await upstream.hasBody(sent.length)).toString()).toBe(sent);
    expect(fixture.tap.bytesOf(1, 'client').toString()).toBe(sent);
  });

  it('other than 101 is the upstream’s own: status, headers and body', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/?v=3'));
    const upstream = await fixture.gateway.peer();
    upstream.socket.write(
      'HTTP/1.1 401 Not You\r\nX-Reason: token\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nno wa\r\n1\r\ny\r\n0\r\n\r\n',
    );
    await client.until(() => client.isEnded);
    expect(client.head).toBe('HTTP/1.1 401 Not You\r\nX-Reason: token\r\nConnection: close\r\n');
    expect(client.body.toString()).toBe('no way');
    expect(fixture.tap.connections).toMatchObject([
      {
        handshake: { upgradeStatus: 401, path: '/?v=3' },
        end: { endedBy: 'gateway', relayMode: 'verbatim' },
      },
    ]);
    expect(fixture.logged).toHaveLength(1);
  });
});

describe('an upstream', () => {
  const refusalOf = async (
    fixture: Awaited<ReturnType<typeof startFixture>>,
    target = '/',
  ): Promise<string> => {
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest(target));
    await client.until(() => client.isEnded);
    expect(JSON.parse(client.body.toString())).toHaveProperty('message');
    return client.head.split('\r\n')[0]!;
  };

  it('that is down is a 502', async () => {
    await using fixture = await startFixture();
    await fixture.gateway.close();
    expect(await refusalOf(fixture)).toBe('HTTP/1.1 502 Bad Gateway');
    expect(fixture.tap.connections).toMatchObject([{ handshake: { upgradeStatus: 502 }, end: {} }]);
    expect(fixture.logged.map(({ line }) => line).join()).toContain('ECONNREFUSED');
  });

  it('whose name is unknown is a 502', async () => {
    await using fixture = await startFixture({ upstream: new URL('ws://gateway.invalid') });
    expect(await refusalOf(fixture)).toBe('HTTP/1.1 502 Bad Gateway');
  });

  it('that says nothing is a 504', async () => {
    await using fixture = await startFixture({ dialTimeoutMs: 50 });
    expect(await refusalOf(fixture)).toBe('HTTP/1.1 504 Gateway Timeout');
    expect(fixture.tap.connections).toMatchObject([{ handshake: { upgradeStatus: 504 }, end: {} }]);
    expect(fixture.logged.map(({ line }) => line).join()).toContain('50 ms');
  });

  it('that hangs up is a 502', async () => {
    await using fixture = await startFixture();
    const refused = refusalOf(fixture);
    (await fixture.gateway.peer()).socket.end();
    expect(await refused).toBe('HTTP/1.1 502 Bad Gateway');
  });

  it('that answers with garbage is a 502', async () => {
    await using fixture = await startFixture();
    const refused = refusalOf(fixture);
    (await fixture.gateway.peer()).socket.end('what?\r\n\r\n');
    expect(await refused).toBe('HTTP/1.1 502 Bad Gateway');
  });

  it.each(['/r/evil.example', '/r/169.254.169.254/latest', '/r/localhost:22', '/r/127.0.0.1@evil.example'])(
    'at %s is not dialled',
    async (target) => {
      await using fixture = await startFixture();
      expect(await refusalOf(fixture, target)).toBe('HTTP/1.1 403 Forbidden');
      expect(fixture.gateway.connectionCount).toBe(0);
      expect(fixture.tap.connections).toMatchObject([
        { handshake: { upgradeStatus: 403, upstreamUrl: '' }, end: { endedBy: 'proxy' } },
      ]);
    },
  );

  it('is dropped when the client leaves before the answer', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    const upstream = await fixture.gateway.peer();
    client.socket.resetAndDestroy();
    await upstream.until(() => upstream.isEnded || upstream.errorCode !== null);
    await fixture.tap.ended(1);
    expect(fixture.tap.connections).toMatchObject([
      { handshake: { upgradeStatus: 499 }, end: { endedBy: 'client' } },
    ]);
  });

  it('that is being asked does not keep the proxy from closing', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    await fixture.gateway.peer();
    await fixture.proxy.close();
    await client.until(() => client.isEnded);
    expect(fixture.tap.connections[0]?.end).not.toBeNull();
  });
});

describe('secrets', () => {
  it('are given to the recording for masking, and are in no path and no log', async () => {
    await using fixture = await startFixture();
    await fixture.open('/?v=10&token=hunter2hunter2', [
      'Host: x',
      'Authorization: Bot very-secret',
      'Cookie: s=cookie-value',
    ]);
    const { handshake } = fixture.tap.connections[0]!;
    expect(handshake.path).toBe('/?v=10&token=redacted');
    expect(handshake.upstreamUrl).toBe(`${fixture.gateway.url.origin}/?v=10&token=redacted`);
    expect(handshake.secrets).toEqual(['Bot very-secret', 'very-secret', 'cookie-value', 'hunter2hunter2']);
    expect(handshake).toMatchObject({
      transport: { version: 10, encoding: 'json', compress: 'none' },
      upgradeStatus: 101,
    });
    const told = JSON.stringify([fixture.logged, { ...handshake, secrets: [] }]);
    for (const secret of handshake.secrets) expect(told).not.toContain(secret);
  });
});

it.each(['encoding=JSON', 'compress=false', 'compress=true', 'compress=zlib-stream/', 'compress='])(
  'READY in plain text is rewritten although the URL asks for %s, with a log line',
  async (query) => {
    await using fixture = await startFixture({ isRewriting: true });
    const { client, upstream } = await fixture.open(`/?v=10&${query}`, ['Host: localhost:7331']);
    const ready = { op: 0, t: 'READY', s: 1, d: { resume_gateway_url: fixture.gateway.url.href } };
    upstream.socket.write(textFrame(JSON.stringify(ready)));
    await client.until(() => client.body.includes('READY'));
    expect(client.body.toString()).toContain(`"ws://localhost:7331/r/${fixture.gateway.url.host}"`);
    expect(fixture.logged).toMatchObject([
      { level: 'warn', line: expect.stringContaining('not documented') as string },
    ]);
  },
);
