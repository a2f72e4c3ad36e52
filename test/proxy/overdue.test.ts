/** Peers that send a byte now and then, for ever: every wait for a whole something has one limit, however busy it is. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient, RawPeer, upgradeRequest } from '../support/raw-peers.js';
import { TestCa } from '../support/test-ca.js';

const ca = new TestCa();
const leaf = ca.leaf(['localhost']);
const TLS = { tls: () => leaf };
const LIMIT_MS = 150;
/** Far more bytes than a test has time for, at this rate. */
const STEP_MS = 10;

/** Writes `beginning`, and then more of the same without an end, until the socket is closed. */
function trickle(socket: Duplex, beginning: Buffer | string, more: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write(more), STEP_MS);
  socket.once('close', () => clearInterval(timer));
  socket.once('end', () => {
    clearInterval(timer);
    socket.end();
  });
}

describe('a client that trickles', () => {
  it('its TLS handshake is dropped', async () => {
    await using fixture = await startFixture({ ...TLS, headTimeoutMs: LIMIT_MS });
    const client = await rawClient(fixture.proxy.gatewayUrl);
    // Beginning of a ClientHello of 16 KiB.
    trickle(client.socket, Buffer.from('1603014000010013fc0303', 'hex'), 'x');
    await client.closed();
    expect(fixture.proxy.connectionCount).toBe(0);
  });

  it.each([
    ['on a plain port', { headTimeoutMs: LIMIT_MS }, false],
    ['in plain on a port that speaks TLS, too', { ...TLS, headTimeoutMs: LIMIT_MS }, false],
    // The handshake has the same limit, and has to end within it on a busy machine too.
    ['within TLS', { ...TLS, headTimeoutMs: 20 * LIMIT_MS }, true],
  ])('the head of its request gets 408: %s', async (_, options, isTls) => {
    await using fixture = await startFixture(options);
    let client = await rawClient(fixture.proxy.gatewayUrl);
    if (isTls) client = new RawPeer(connectTls({ socket: client.socket, host: 'localhost', ca: ca.cert }));
    trickle(client.socket, 'GET /api/v10/gateway HTTP/1.1\r\nHost: localhost\r\nX: ', 'x');
    await client.closed();
    expect(client.head).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('nothing at all is dropped as well', async () => {
    await using fixture = await startFixture({ headTimeoutMs: LIMIT_MS });
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.on('end', () => client.socket.end());
    await client.closed();
    expect(client.head).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('an upstream that trickles', () => {
  it('the head of its answer to an upgrade makes it a 504', async () => {
    await using fixture = await startFixture({ dialTimeoutMs: LIMIT_MS });
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    const upstream = await fixture.gateway.peer();
    trickle(upstream.socket, 'HTTP/1.1 101 Switching Protocols\r\nX: ', 'x');
    await once(client.socket, 'end');
    expect(client.head).toMatch(/^HTTP\/1\.1 504 /);
  });
});
