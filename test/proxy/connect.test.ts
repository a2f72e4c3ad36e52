/** CONNECT from the client's side, and from the attacker's: bare sockets, TLS, and names that only the test knows. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { systemHost } from '../../src/host.js';
import { BlindTunnels } from '../../src/proxy/blind-tunnel.js';
import { acceptConnect } from '../../src/proxy/connect.js';
import { TlsFront } from '../../src/proxy/tls-front.js';
import { fakeLookup } from '../support/fake-lookup.js';
import { type ProxyFixture, startFixture, textFrame } from '../support/proxy-fixture.js';
import { rawClient, RawPeer, switchingProtocols, upgradeRequest } from '../support/raw-peers.js';
import { TestCa } from '../support/test-ca.js';

const ca = new TestCa();
const HOST = 'gateway.discord.gg';

/** A forward proxy that shows certificates of the tests' authority. */
const forward = (others: 'tunnel' | 'refuse' = 'refuse', upstream = new URL(`ws://${HOST}`)) =>
  startFixture({
    forward: { certificateFor: (host) => ca.leaf([host ?? 'localhost']), others },
    lookup: fakeLookup({
      [HOST]: '127.0.0.1',
      'public.example.org': '127.0.0.1',
      'rebound.example.org': ['8.8.8.8', '127.0.0.1'],
      'meta.example.org': '169.254.169.254',
    }),
    allowHosts: [HOST],
    api: new URL('https://discord.com/api'),
    upstream,
  });

/** What a CONNECT is answered: the client, once the head of the answer is there. */
async function ask({ proxy }: ProxyFixture, authority: string, headers = ''): Promise<RawPeer> {
  const client = await rawClient(proxy.gatewayUrl);
  client.socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${headers}\r\n`);
  await client.until(() => client.head !== '');
  return client;
}

describe('CONNECT to a gateway', () => {
  it('relays it through the recorder, in plain HTTP', async () => {
    await using fixture = await forward();
    const client = await ask(
      fixture,
      `${HOST}:${fixture.gateway.port}`,
      'Proxy-Authorization: Basic c2VjcmV0\r\n',
    );
    expect(client.head).toMatch(/^HTTP\/1\.1 200 /);
    client.socket.write(upgradeRequest('/?v=10', [`Host: ${HOST}:${fixture.gateway.port}`]));
    const upstream = await fixture.gateway.peer();
    expect(upstream.head).toContain(`Host: ${HOST}:${fixture.gateway.port}\r\n`);
    expect(upstream.head).not.toMatch(/proxy-/i);
    upstream.socket.write(switchingProtocols());
    upstream.socket.write(textFrame('{"op":10}'));
    const frame = textFrame('{"op":10}');
    await client.until(() => client.received.includes(frame));
    expect(fixture.tap.connections[0]?.handshake).toMatchObject({
      isClientTls: false,
      upstreamUrl: `ws://${HOST}:${fixture.gateway.port}/?v=10`,
    });
    expect(JSON.stringify(fixture.tap.connections)).not.toContain('c2VjcmV0');
  });

  it('shows a certificate for the host, over HTTP/1.1, and dials the gateway by TLS in turn', async () => {
    await using fixture = await forward();
    const client = await ask(fixture, `${HOST}:1`);
    const secured = await secure(client.socket, HOST);
    expect(secured.alpnProtocol).toBe('http/1.1');
    expect(secured.getPeerCertificate().subjectaltname).toBe(`DNS:${HOST}`);
    const answer = new RawPeer(secured);
    secured.write(upgradeRequest('/', [`Host: ${HOST}`]));
    // Nobody listens there: what counts is how it was to be dialled.
    await answer.until(() => answer.isEnded);
    expect(answer.head).toMatch(/^HTTP\/1\.1 502 /);
    expect(fixture.tap.connections[0]?.handshake).toMatchObject({ isClientTls: true, isUpstreamTls: true });
  });

  it.each([
    ['https://evil.org', 403],
    ['null', 403],
  ])('does not help a page of %s', async (origin, status) => {
    await using fixture = await forward();
    const client = await ask(fixture, `${HOST}:${fixture.gateway.port}`);
    client.socket.write(upgradeRequest('/', [`Host: ${HOST}`, `Origin: ${origin}`]));
    await client.until(() => client.isEnded);
    expect(client.body.toString()).toContain(`HTTP/1.1 ${status} `);
    expect(fixture.gateway.connectionCount).toBe(0);
  });

  it('is not left by another URL, nor by another CONNECT', async () => {
    await using fixture = await forward();
    for (const line of ['GET http://127.0.0.1:9/', 'CONNECT gateway.discord.gg:443']) {
      const client = await ask(fixture, `${HOST}:${fixture.gateway.port}`);
      client.socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await client.until(() => client.isEnded);
      expect(client.body.toString()).toContain('HTTP/1.1 400 ');
    }
    expect(fixture.gateway.connectionCount).toBe(0);
  });
});

describe('CONNECT to others', () => {
  it.each([
    ['127.0.0.1:22', 403],
    ['[::1]:22', 403],
    ['[::ffff:127.0.0.1]:22', 403],
    ['localhost:22', 403],
    ['db:5432', 403],
    ['2130706433:22', 403],
    ['0x7f.1:22', 403],
    ['169.254.169.254:80', 403],
    ['metadata.google.internal:80', 403],
    ['meta.example.org:80', 502],
    ['nobody@127.0.0.1:22', 400],
    ['127.0.0.1', 400],
    ['/etc/passwd', 400],
  ])('does not reach inward addresses, even with --others tunnel: %s', async (authority, status) => {
    await using fixture = await forward('tunnel');
    const client = await ask(fixture, authority);
    expect(client.head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(fixture.tap.connections).toEqual([]);
  });

  it('is refused by default, with a reason', async () => {
    await using fixture = await forward();
    const client = await ask(fixture, 'public.example.org:443');
    await client.until(() => client.isEnded);
    expect(client.head).toMatch(/^HTTP\/1\.1 403 /);
    expect(client.body.toString()).toContain('--others tunnel');
    expect(fixture.logged).toHaveLength(1);
  });

  it('is refused in reverse mode', async () => {
    await using fixture = await startFixture();
    const client = await ask(fixture, `${HOST}:443`);
    await client.until(() => client.isEnded);
    expect(client.body.toString()).toContain('--mode forward');
  });

  it('tunnels blind: bytes of any kind, both ways, until one side ends', async () => {
    const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    const proxy = createHttpServer().listen(0, '127.0.0.1');
    await Promise.all([once(echo, 'listening'), once(proxy, 'listening')]);
    // A reach without its guard, so that a public name may mean this machine.
    proxy.on('connect', (request, _, head) =>
      acceptConnect(request, request.socket, head, {
        host: systemHost(),
        intercepted: [],
        others: 'tunnel',
        front: new TlsFront(
          proxy,
          () => ca.leaf(),
          () => undefined,
        ),
        tunnels: new WeakMap(),
        blind: new BlindTunnels(systemHost(), { lookup: fakeLookup({ 'public.example.org': '127.0.0.1' }) }),
      }),
    );
    const client = await rawClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const authority = `public.example.org:${(echo.address() as AddressInfo).port}`;
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index & 0xff));
    client.socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\nearly`);
    await client.hasBody(5);
    client.socket.end(bytes);
    await client.until(() => client.isEnded);
    expect(client.body.equals(Buffer.concat([Buffer.from('early'), bytes]))).toBe(true);
    echo.close();
    proxy.close();
  });
});

/** TLS on a socket whose CONNECT was answered. */
async function secure(socket: Socket, servername: string): Promise<TLSSocket> {
  socket.removeAllListeners('data');
  const secured = connectTls({ socket, servername, ca: ca.cert, ALPNProtocols: ['h2', 'http/1.1'] });
  await once(secured, 'secureConnect');
  return secured;
}
