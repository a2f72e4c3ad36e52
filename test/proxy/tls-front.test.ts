import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { CertificateFor } from '../../src/proxy/tls-front.js';
import { startFixture, textFrame } from '../support/proxy-fixture.js';
import { rawClient, RawPeer, switchingProtocols, upgradeRequest } from '../support/raw-peers.js';
import { type Shown, TestCa } from '../support/test-ca.js';

const ca = new TestCa();
const own = ca.leaf(['localhost', '127.0.0.1']);
const official = ca.leaf(['gateway.discord.gg']);
const certificateFor: CertificateFor = (host): Shown => (host === 'gateway.discord.gg' ? official : own);

async function textOf(call: ClientRequest): Promise<string> {
  const [response] = (await once(call.end(), 'response')) as [IncomingMessage];
  return text(response);
}

describe('a TLS port', () => {
  it('has a wss URL, and accepts plain HTTP too', async () => {
    await using fixture = await startFixture({ tls: certificateFor, api: new URL('http://127.0.0.1:1/api') });
    const { gatewayUrl, apiUrl } = fixture.proxy;
    expect([gatewayUrl, apiUrl]).toEqual([
      expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+$/),
      gatewayUrl.replace('wss', 'https') + '/api',
    ]);
    for (const call of [
      requestTls(`${apiUrl}/x`, { ca: ca.cert, agent: false }),
      requestPlain(`${apiUrl.replace('https', 'http')}/x`, { agent: false }),
    ]) {
      call.end();
      const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
      expect(response.statusCode).toBe(502);
      response.resume();
    }
  });

  it('relays a WebSocket byte by byte, and notes that its client spoke TLS', async () => {
    await using fixture = await startFixture({ tls: certificateFor });
    const { port } = new URL(fixture.proxy.gatewayUrl);
    const client = new RawPeer(connectTls({ port: Number(port), host: 'localhost', ca: ca.cert }));
    client.socket.write(upgradeRequest('/', ['Host: localhost']));
    const upstream = await fixture.gateway.peer();
    upstream.socket.write(switchingProtocols());
    await client.until(() => client.head !== '');
    const [there, back] = [textFrame('there'), textFrame('x'.repeat(100_000))];
    client.socket.write(there);
    upstream.socket.write(back);
    expect((await client.hasBody(back.length)).equals(back)).toBe(true);
    expect((await upstream.hasBody(there.length)).equals(there)).toBe(true);
    client.socket.end();
    await upstream.until(() => upstream.isEnded);
    upstream.socket.end();
    expect(await fixture.tap.ended(1)).toMatchObject({ endedBy: 'client', relayMode: 'verbatim' });
    expect(fixture.tap.connections[0]?.handshake.isClientTls).toBe(true);
  });

  it.each([
    ['gateway.discord.gg', 'DNS:gateway.discord.gg'],
    ['localhost', 'DNS:localhost, IP Address:127.0.0.1'],
    ['elsewhere.example.org', 'DNS:localhost, IP Address:127.0.0.1'],
    ['', 'DNS:localhost, IP Address:127.0.0.1'],
  ])('presents for the name %j a certificate for %s', async (servername, names) => {
    await using fixture = await startFixture({ tls: certificateFor });
    const { port } = new URL(fixture.proxy.gatewayUrl);
    const socket = connectTls({
      port: Number(port),
      host: '127.0.0.1',
      servername,
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().subjectaltname).toBe(names);
    socket.destroy();
  });

  it('names itself in discovery as the client came to it', async () => {
    const api = createServer((_, response) => response.end('{"url":"wss://gateway.discord.gg"}'));
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    const base = new URL(`http://127.0.0.1:${(api.address() as AddressInfo).port}/api`);
    await using fixture = await startFixture({ tls: certificateFor, api: base });
    const { apiUrl, gatewayUrl } = fixture.proxy;
    expect(await textOf(requestTls(`${apiUrl}/gateway`, { ca: ca.cert, agent: false }))).toBe(
      `{"url":"${gatewayUrl}"}`,
    );
    expect(await textOf(requestPlain(`${apiUrl.replace('https', 'http')}/gateway`, { agent: false }))).toBe(
      `{"url":"${gatewayUrl.replace('wss', 'ws')}"}`,
    );
    api.close();
  });

  it.each([
    ['a broken handshake', Buffer.from('160301000501000001ff', 'hex')],
    ['half a handshake', Buffer.from('1603010200', 'hex')],
    ['nothing', Buffer.alloc(0)],
  ])('survives %s', async (_, bytes) => {
    await using fixture = await startFixture({ tls: certificateFor });
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(bytes);
    client.socket.end();
    await client.closed();
    await fixture.open();
    expect(fixture.proxy.connectionCount).toBe(1);
  });
});
