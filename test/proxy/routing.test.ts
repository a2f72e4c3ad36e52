/** The entrance from the attacker's side: hostile requests on bare sockets, none of which may reach an upstream. */
import { describe, expect, it } from 'vitest';
import { fakeLookup } from '../support/fake-lookup.js';
import { startFixture } from '../support/proxy-fixture.js';
import { type RawPeer, rawClient, upgradeRequest } from '../support/raw-peers.js';

async function answerTo(gatewayUrl: string, request: string): Promise<RawPeer> {
  const client = await rawClient(gatewayUrl);
  client.socket.write(request);
  await client.until(() => client.isEnded);
  return client;
}

const get = (target: string, ...headers: string[]): string =>
  `GET ${target} HTTP/1.1\r\n${headers.map((line) => `${line}\r\n`).join('')}Connection: close\r\n\r\n`;

describe('a page that led its own name here (DNS rebinding)', () => {
  it.each([
    get('/api/v10/users/@me', 'Host: evil.org:7331'),
    get('http://evil.org/api/v10/gateway', 'Host: 127.0.0.1'),
    upgradeRequest('/?v=10', ['Host: evil.org']),
    upgradeRequest('/?v=10', ['Host: evil.org', 'Origin: http://evil.org']),
  ])('gets a 403 and one log line: %#', async (request) => {
    await using fixture = await startFixture();
    const { head, body } = await answerTo(fixture.proxy.gatewayUrl, request);
    expect(head).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(JSON.parse(body.toString())).toMatchObject({
      message: expect.stringContaining('evil.org') as string,
    });
    expect(fixture.logged).toHaveLength(1);
    expect(fixture.gateway.connectionCount).toBe(0);
  });
});

describe('a page of a foreign origin', () => {
  it.each([
    upgradeRequest('/?v=10', ['Host: 127.0.0.1', 'Origin: https://evil.org']),
    upgradeRequest('/r/gateway.discord.gg/', ['Host: 127.0.0.1', 'Origin: https://evil.org']),
    get('/api/v10/users/@me', 'Host: 127.0.0.1', 'Origin: https://evil.org'),
    get('/api/v10/users/@me', 'Host: 127.0.0.1', 'Sec-Fetch-Site: cross-site'),
    'POST /api/v10/channels/1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    'OPTIONS /api/v10/users/@me HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.org\r\nConnection: close\r\n\r\n',
  ])('gets a 403 from both sides: %#', async (request) => {
    await using fixture = await startFixture();
    const { head } = await answerTo(fixture.proxy.gatewayUrl, request);
    expect(head).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(fixture.logged).toHaveLength(1);
    expect(fixture.gateway.connectionCount).toBe(0);
  });

  it('may use the proxy where the user says so', async () => {
    await using fixture = await startFixture({ allowOrigins: ['https://app.example.org'] });
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/', ['Host: 127.0.0.1', 'Origin: https://app.example.org']));
    expect((await fixture.gateway.peer()).head).toContain('Origin: https://app.example.org\r\n');
  });
});

describe('an upstream', () => {
  const lookup = fakeLookup({
    'gateway.discord.gg': '127.0.0.1',
    'gateway-evil.discord.gg': '169.254.169.254',
    'discord.com': '10.0.0.1',
  });
  const options = {
    upstream: new URL('ws://gateway.discord.gg'),
    api: new URL('http://discord.com/api'),
    lookup,
  };

  it.each(['/', '/r/gateway-evil.discord.gg/', '/r/gateway.discord.gg:22/'])(
    'that is public does not lead inward by its DNS: %s',
    async (target) => {
      await using fixture = await startFixture(options);
      const { head, body } = await answerTo(
        fixture.proxy.gatewayUrl,
        upgradeRequest(target, ['Host: localhost']),
      );
      expect(head).toMatch(/^HTTP\/1\.1 502 /);
      expect(body.toString()).toContain('leads to the inward address');
    },
  );

  it('of REST does not lead inward either', async () => {
    await using fixture = await startFixture(options);
    const { body } = await answerTo(fixture.proxy.gatewayUrl, get('/api/v10/gateway/bot', 'Host: localhost'));
    expect(body.toString()).toContain('discord.com leads to the inward address 10.0.0.1');
  });

  it.each([
    '/r/127.0.0.1:22/',
    '/r/localhost/',
    '/r/[::1]:80/',
    '/r/169.254.169.254/latest',
    '/r/evil.org/',
    '/r/gateway.discord.gg@evil.org/',
    '/r/gateway.discord.gg.evil.org/',
    '/r/2130706433/',
  ])('that is not allowed is not dialled: %s', async (target) => {
    await using fixture = await startFixture(options);
    const { head } = await answerTo(fixture.proxy.gatewayUrl, upgradeRequest(target, ['Host: localhost']));
    expect(head).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('that redirects is not followed: the client gets the redirect', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/', ['Host: localhost']));
    const upstream = await fixture.gateway.peer();
    const location = `http://127.0.0.1:${fixture.gateway.port}/inside`;
    upstream.socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    await client.until(() => client.isEnded);
    expect(client.head).toContain(`Location: ${location}\r\n`);
    expect(fixture.gateway.connectionCount).toBe(1);
  });

  it('gets no proxy headers of the client', async () => {
    await using fixture = await startFixture({ api: new URL('http://127.0.0.1:9') });
    const url = new URL(`http://127.0.0.1:${fixture.gateway.port}/api`);
    await using rest = await startFixture({ api: url });
    const client = await rawClient(rest.proxy.gatewayUrl);
    client.socket.write(
      get('/api/x', 'Host: localhost', 'Proxy-Authorization: Basic c2VjcmV0', 'Proxy-Connection: close'),
    );
    const api = await fixture.gateway.peer();
    expect(api.head).toMatch(/^GET \/api\/x /);
    expect(api.head).not.toMatch(/proxy-/i);
  });
});
