import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { fakeLookup } from '../support/fake-lookup.js';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient, upgradeRequest } from '../support/raw-peers.js';
import { type Shown, TestCa } from '../support/test-ca.js';

/** A gateway that speaks TLS and echoes, and notes which name and protocol it was asked for. */
async function startTlsGateway(shown: Shown): Promise<TlsGateway> {
  const handshakes: TlsGateway['handshakes'] = [];
  const server = createServer({ ...shown, ALPNProtocols: ['h2', 'http/1.1'] });
  server.on('secureConnection', ({ servername, alpnProtocol }: TLSSocket & { servername: string }) =>
    handshakes.push({ servername, alpnProtocol }),
  );
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dispose = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, handshakes, [Symbol.asyncDispose]: dispose };
}

interface TlsGateway extends AsyncDisposable {
  readonly port: number;
  readonly handshakes: { readonly servername: string; readonly alpnProtocol: string | false | null }[];
}

const ca = new TestCa();
const narrow = new TestCa(['other.org']);
const chained = (issuer: TestCa): Shown => {
  const { cert, key } = issuer.leaf([HOST]);
  return { cert: cert + issuer.cert, key };
};
const HOST = 'gateway.example.org';
const lookup = fakeLookup({ [HOST]: '127.0.0.1' });

/** What people make with one command when they need a certificate; null, aloud, without that command. */
function opensslSelfSigned(): Shown | null {
  const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -days 2'.split(' ');
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  const { stdout, status } = spawnSync('openssl', [...args, ...subject], { encoding: 'utf8' });
  if (status === 0) return { cert: stdout, key: stdout };
  console.warn('skipped: a self-signed certificate; openssl is not installed');
  return null;
}
const selfSigned = opensslSelfSigned();

/** A proxy whose upstream is that gateway, by a name that only the test knows. */
const proxied = (port: number, upstreamCa: readonly string[] = [ca.cert]) =>
  startFixture({ upstream: new URL(`wss://${HOST}:${port}`), upstreamCa, lookup, allowHosts: [HOST] });

/** Answer to the client and log line for a gateway with this certificate. */
async function told(fault: string, shown: Shown, trusted: readonly string[]): Promise<void> {
  await using gateway = await startTlsGateway(shown);
  await using fixture = await proxied(gateway.port, trusted);
  const client = await rawClient(fixture.proxy.gatewayUrl);
  client.socket.write(upgradeRequest('/'));
  await client.until(() => client.isEnded);
  expect(client.head).toMatch(/^HTTP\/1\.1 502 /);
  const { message } = JSON.parse(client.body.toString()) as { message: string };
  expect(message).toContain(fault);
  expect(fixture.logged).toEqual([{ level: 'warn', line: message.replace('gatetape: ', '') }]);
  expect(fixture.tap.connections).toMatchObject([{ handshake: { isUpstreamTls: true, upgradeStatus: 502 } }]);
  expect(gateway.handshakes.every(({ servername }) => servername === HOST)).toBe(true);
}

describe('an upstream that speaks TLS', () => {
  it('is verified by a private authority, by its name, over HTTP/1.1', async () => {
    await using gateway = await startTlsGateway(ca.leaf([HOST]));
    await using fixture = await proxied(gateway.port);
    const client = new WebSocket(`${fixture.proxy.gatewayUrl}/?v=10&encoding=json`);
    await once(client, 'open');
    const sent = randomBytes(1_000_000);
    client.send(sent);
    const [data] = (await once(client, 'message')) as [Buffer];
    expect(data.equals(sent)).toBe(true);
    client.close(1000);
    await once(client, 'close');
    expect(gateway.handshakes).toEqual([{ servername: HOST, alpnProtocol: 'http/1.1' }]);
    expect(fixture.tap.connections[0]?.handshake).toMatchObject({ isUpstreamTls: true, upgradeStatus: 101 });
  });

  it.each<[fault: string, shown: Shown, trusted: readonly string[]]>([
    ['has expired (CERT_HAS_EXPIRED)', ca.leaf([HOST], -2, -1), [ca.cert]],
    ['not valid yet (is the clock right?) (CERT_NOT_YET_VALID)', ca.leaf([HOST], 1, 2), [ca.cert]],
    ['of an unknown issuer; --upstream-ca', chained(ca), []],
    ['of an unknown issuer; --upstream-ca', ca.leaf([HOST]), []],
    ['of an unknown issuer; --upstream-ca', new TestCa().leaf([HOST]), [ca.cert]],
    ['for other names: DNS:example.org (ERR_TLS_CERT_ALTNAME_INVALID)', ca.leaf(['example.org']), [ca.cert]],
    ['with a fault (permitted subtree violation)', narrow.leaf([HOST]), [narrow.cert]],
  ])('whose certificate is invalid is reported: %s', (fault, shown, trusted) => told(fault, shown, trusted));

  it.skipIf(selfSigned === null)('whose certificate is self-signed is reported', () =>
    told('self-signed certificate; --upstream-ca FILE', selfSigned!, []),
  );

  it('is reported when it speaks no TLS', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using fixture = await proxied((server.address() as AddressInfo).port);
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    await client.until(() => client.isEnded);
    expect(client.body.toString()).toContain('does not speak TLS on that port');
    server.close();
  });
});
