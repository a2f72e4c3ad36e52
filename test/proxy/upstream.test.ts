import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient, upgradeRequest } from '../support/raw-peers.js';

const fixture = (name: string): string => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
const builtServer = new URL('../../dist/proxy/server.js', import.meta.url);

/** A gateway that speaks TLS with a certificate that nobody vouches for, and echoes. */
async function startTlsGateway(): Promise<AsyncDisposable & { readonly url: URL }> {
  const server = createServer({
    key: readFileSync(fixture('localhost.key.pem')),
    cert: readFileSync(fixture('localhost.cert.pem')),
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`wss://localhost:${(server.address() as AddressInfo).port}`);
  const dispose = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, [Symbol.asyncDispose]: dispose };
}

describe('an upstream that speaks TLS', () => {
  it('is not trusted without a certificate that somebody vouches for', async () => {
    await using gateway = await startTlsGateway();
    await using proxied = await startFixture({ upstream: gateway.url });
    const client = await rawClient(proxied.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    await client.until(() => client.isEnded);
    expect(client.head).toMatch(/^HTTP\/1\.1 502 /);
    expect(proxied.logged).toEqual([
      { level: 'warn', line: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') as string },
    ]);
    expect(proxied.tap.connections).toMatchObject([
      { handshake: { isUpstreamTls: true, upgradeStatus: 502 } },
    ]);
  });

  it.skipIf(!existsSync(builtServer))(
    'is relayed to when it is trusted (skipped unless the program has been built)',
    async () => {
      await using gateway = await startTlsGateway();
      // Node reads further authorities when it starts, so the proxy gets a process of its own.
      const program = `
        import { startProxy } from '${builtServer.href}';
        const tap = { open: () => 1, chunk: () => true, converged() {}, end() {}, whenDrained() {} };
        const host = { nowUs: () => 0, log: (level, line) => console.error(line), randomBytes: () => [] };
        const proxy = await startProxy({ host, tap, listen: { host: '127.0.0.1', port: 0 },
          upstream: new URL('${gateway.url.href}'), api: new URL('http://127.0.0.1:1/api'),
          isRewriting: true, allowHosts: [] });
        console.log(proxy.gatewayUrl);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: fixture('localhost.cert.pem') },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const [proxyUrl] = (await once(createInterface(child.stdout), 'line')) as [string];
        const client = new WebSocket(`${proxyUrl}/?v=10&encoding=json`);
        await once(client, 'open');
        client.send('through TLS and back');
        const [data] = (await once(client, 'message')) as [Buffer];
        expect(data.toString()).toBe('through TLS and back');
        client.close(1000);
        await once(client, 'close');
      } finally {
        child.kill();
      }
    },
  );
});
