import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { NetworkError } from '../../src/errors.js';
import { systemHost } from '../../src/host.js';
import { startProxy } from '../../src/proxy/server.js';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient } from '../support/raw-peers.js';
import { RecordingTap } from '../support/recording-tap.js';

describe('startProxy', () => {
  it('says where it listens', async () => {
    await using fixture = await startFixture();
    const { gatewayUrl, apiUrl } = fixture.proxy;
    expect(gatewayUrl).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9][0-9]*$/);
    expect(apiUrl).toBe(`${gatewayUrl.replace('ws:', 'http:')}/api`);
  });

  it('says in a sentence that the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const started = startProxy({
      host: systemHost(),
      tap: new RecordingTap(),
      listen: { host: '127.0.0.1', port },
      upstream: new URL('ws://127.0.0.1:1'),
      api: new URL('http://127.0.0.1:1/api'),
      isRewriting: true,
      maxBodyBytes: 0,
      allowHosts: [],
      upstreamCa: [],
      tls: null,
      forward: null,
      allowOrigins: [],
    });
    await expect(started).rejects.toThrow(NetworkError);
    await expect(started).rejects.toMatchObject({
      message: `cannot listen on 127.0.0.1:${port}: the port is in use`,
      hint: 'choose another with --listen',
    });
    taken.close();
  });

  it('frees the port when it closes', async () => {
    const fixture = await startFixture();
    await fixture.proxy.close();
    const socket = rawClient(fixture.proxy.gatewayUrl);
    await expect(socket).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await fixture.gateway.close();
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['garbage', Buffer.from('\x01\x02 hello?\r\n\r\n'), /not an HTTP request/],
    ['a TLS handshake', Buffer.from('160301020001000001fc0303', 'hex'), /ws:\/\/ and http:\/\//],
  ])('%s gets a 400 and one log line', async (_, sent, line) => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(sent);
    await client.until(() => client.isEnded);
    expect(client.head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(client.body.toString())).toMatchObject({
      message: expect.stringMatching(line) as string,
    });
    expect(fixture.logged).toEqual([{ level: 'warn', line: expect.stringMatching(line) as string }]);
    expect(fixture.gateway.connectionCount).toBe(0);
  });

  it('does not keep the next client from its connection', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write('\0\0\0\0');
    client.socket.resetAndDestroy();
    await client.closed();
    await fixture.open();
    expect(fixture.proxy.connectionCount).toBe(1);
  });

  it('an upgrade to something else is refused', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    await client.until(() => client.isEnded);
    expect(client.head).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a proxy that drains', () => {
  it('takes no client, and serves those that it has until they go', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    const caller = await rawClient(fixture.proxy.gatewayUrl);
    const { port } = fixture.proxy.listener.address() as AddressInfo;
    let isDrained = false;
    const draining = fixture.proxy.drain().then(() => (isDrained = true));
    await expect(rawClient(`ws://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
    // A connection that was idle is closed after its next answer.
    caller.socket.write('GET /api/v10/gateway HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await caller.until(() => caller.isEnded);
    expect(caller.head).toMatch(/\r\nConnection: close\r\n/i);
    expect([isDrained, fixture.proxy.connectionCount]).toEqual([false, 1]);
    client.socket.destroy();
    upstream.socket.destroy();
    await draining;
    expect(fixture.proxy.connectionCount).toBe(0);
  });
});

describe('ws on both sides', () => {
  it.each([false, true])(
    'exchanges messages, pings and closes (permessage-deflate: %s)',
    async (perMessageDeflate) => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate });
      await once(server, 'listening');
      const upstream = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await using fixture = await startFixture({ upstream, isRewriting: true });
      const connected = once(server, 'connection') as Promise<[WebSocket]>;
      const client = new WebSocket(`${fixture.proxy.gatewayUrl}/?v=10&encoding=json`, {
        perMessageDeflate: true,
      });
      const [peer] = await connected;
      await once(client, 'open');
      expect(client.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');

      for (const [from, to] of [
        [client, peer],
        [peer, client],
      ] as const) {
        for (const data of ['short', 'long and alike '.repeat(10_000), Buffer.from([1, 2, 3])]) {
          const message = once(to, 'message') as Promise<[Buffer, boolean]>;
          from.send(data);
          const [received, isBinary] = await message;
          expect(isBinary).toBe(typeof data !== 'string');
          expect(received.equals(Buffer.from(data))).toBe(true);
        }
      }
      const pongs: string[] = [];
      client.on('pong', (data) => pongs.push(data.toString()));
      client.ping('one');
      await once(client, 'pong');
      client.close(4200, 'see you');
      const [code, reason] = (await once(peer, 'close')) as [number, Buffer];
      expect([code, reason.toString()]).toEqual([4200, 'see you']);
      expect(pongs).toEqual(['one']);
      expect(await fixture.tap.ended(1)).toMatchObject({ relayMode: 'verbatim' });
      expect(fixture.tap.connections[0]?.handshake.extensions).toBe(
        perMessageDeflate ? 'permessage-deflate' : null,
      );
      server.close();
    },
  );
});
