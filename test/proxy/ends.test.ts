/**
 * Every order of 101, bytes, close frame and end on both legs, at distances around the wait that keeps the 101 alone:
 * what a side sent arrives, is recorded as it arrived, and no socket is left.
 */
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { ProxyOptions } from '../../src/proxy/options.js';
import { encodeClose, encodeFrame } from '../../src/wire/websocket.js';
import { stalled, startFixture, textFrame } from '../support/proxy-fixture.js';
import { rawClient, RawPeer, switchingProtocols, upgradeRequest } from '../support/raw-peers.js';
import { TestCa } from '../support/test-ca.js';

const GAPS_MS = [0, 1, 5, 20];

type EndOfLeg = 'fin' | 'rst' | 'open';

/** What one side does once the upgrade is answered: it sends twice and ends, with a gap before each. */
interface Leg {
  readonly end: EndOfLeg;
  readonly gapMs: number;
}

interface Order {
  readonly gateway: Leg;
  readonly client: Leg;
  /** The gateway's first bytes come in one packet with the 101. */
  readonly isJoined: boolean;
}

const HELLO = textFrame('{"op":10,"d":{"heartbeat_interval":41250}}');
const CLOSE = Buffer.from(encodeFrame({ kind: 'close', data: encodeClose(4004, 'Authentication failed.') }));
const MASK = Uint8Array.of(1, 2, 3, 4);
const BEAT = Buffer.from(encodeFrame({ kind: 'text', data: Buffer.from('{"op":1,"d":null}') }, MASK));
const BYE = Buffer.from(encodeFrame({ kind: 'close', data: encodeClose(1000) }, MASK));
const SENT = { gateway: Buffer.concat([HELLO, CLOSE]), client: Buffer.concat([BEAT, BYE]) };
const DIRECTIONS = [
  ['gateway', 'client'],
  ['client', 'gateway'],
] as const;

const ca = new TestCa();
const leaf = ca.leaf(['localhost', '127.0.0.1']);

function ordersOf(ends: readonly EndOfLeg[]): Order[] {
  const legs = ends.flatMap((end) => GAPS_MS.map((gapMs): Leg => ({ end, gapMs })));
  const all = legs.flatMap((gateway) =>
    legs.flatMap((client) => [true, false].map((isJoined) => ({ gateway, client, isJoined }))),
  );
  return all.filter(({ gateway, client }) => gateway.end !== 'open' || client.end !== 'open');
}

/** Plays a leg on the socket of its peer; an open one is closed when the other side has ended. */
function play({ socket }: RawPeer, { end, gapMs }: Leg, pieces: readonly Buffer[]): void {
  const steps = [
    ...pieces.map((piece) => () => void socket.write(piece)),
    () => {
      if (end === 'fin') socket.end();
      else if (end === 'rst') socket.resetAndDestroy();
    },
  ];
  const endToo = (): void => {
    if (end === 'open' && steps.length === 0 && socket.readableEnded) socket.end();
  };
  const next = (): void => {
    if (socket.destroyed) return;
    steps.shift()?.();
    if (steps.length === 0) endToo();
    else if (gapMs === 0) next();
    else setTimeout(next, gapMs);
  };
  socket.on('end', endToo);
  next();
}

/** An upstream that plays the leg whose number is in the path, and the peers by that number. */
async function startUpstream(
  orders: readonly Order[],
  isTls: boolean,
): Promise<{ readonly url: URL; readonly peers: RawPeer[]; readonly server: Server }> {
  const peers: RawPeer[] = [];
  const accept = async (socket: Socket): Promise<void> => {
    const peer = new RawPeer(socket);
    await peer.until(() => peer.head !== '');
    const index = Number(/^GET \/(\d+)/.exec(peer.head)?.[1]);
    peers[index] = peer;
    const { gateway, isJoined } = orders[index]!;
    const head = Buffer.from(switchingProtocols());
    if (!isJoined) socket.write(head);
    play(peer, gateway, [isJoined ? Buffer.concat([head, HELLO]) : HELLO, CLOSE]);
  };
  const options = { allowHalfOpen: true, noDelay: true };
  const server = isTls
    ? createTlsServer({ ...options, ...leaf }, (socket) => void accept(socket))
    : createServer(options, (socket) => void accept(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`${isTls ? 'wss' : 'ws'}://127.0.0.1:${port}`), peers, server };
}

async function playClient(url: string, isTls: boolean, index: number, { client }: Order): Promise<RawPeer> {
  let peer = await rawClient(url);
  if (isTls) peer = new RawPeer(connectTls({ socket: peer.socket, host: 'localhost', ca: ca.cert }));
  peer.socket.write(upgradeRequest(`/${index}`, ['Host: localhost']));
  await peer.until(() => peer.head !== '');
  play(peer, client, [BEAT, BYE]);
  return peer;
}

describe('on links', () => {
  it.each([
    ['plain', false, ['fin', 'rst', 'open'], {}],
    ['plain, rewriting', false, ['fin', 'rst', 'open'], { isRewriting: true }],
    // A reset says less of TLS than of the socket below it.
    ['TLS on both legs', true, ['fin', 'open'], { tls: () => leaf, upstreamCa: [ca.cert] }],
  ] as [string, boolean, EndOfLeg[], Partial<ProxyOptions>][])(
    '%s: no byte is lost and no socket left',
    async (_, isTls, ends, options) => {
      const orders = ordersOf(ends);
      const { url, peers, server } = await startUpstream(orders, isTls);
      await using fixture = await startFixture({ upstream: url, ...options });
      const { gatewayUrl } = fixture.proxy;
      const clients = await Promise.all(
        orders.map((order, index) => playClient(gatewayUrl, isTls, index, order)),
      );
      await Promise.all([...clients, ...peers].map((peer) => peer.closed()));
      await fixture.tap.until(() => fixture.tap.connections.every(({ end }) => end !== null));
      expect(fixture.proxy.connectionCount).toBe(0);

      const wrong: unknown[] = [];
      for (const [at, { handshake }] of fixture.tap.connections.entries()) {
        const index = Number(handshake.path.slice(1));
        const received = { client: clients[index]!.body, gateway: peers[index]!.body };
        for (const [sender, receiver] of DIRECTIONS) {
          // Whoever resets its socket discards what is on the way to it, as without a proxy.
          if (orders[index]![receiver].end === 'rst') continue;
          const tapped = fixture.tap.bytesOf(at + 1, sender);
          if (!received[receiver].equals(SENT[sender]) || !tapped.equals(SENT[sender]))
            wrong.push({
              ...orders[index],
              sender,
              received: received[receiver].length,
              tapped: tapped.length,
            });
        }
      }
      expect(wrong).toEqual([]);
      server.close();
    },
  );
});

describe('while the upstream is asked', () => {
  it.each([
    ['FIN', (client: RawPeer) => client.socket.end()],
    ['RST', (client: RawPeer) => client.socket.resetAndDestroy()],
  ])('a client’s %s ends the dial, and both sockets', async (_, leave) => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    const upstream = await fixture.gateway.peer();
    upstream.socket.on('end', () => upstream.socket.end());
    leave(client);
    await Promise.all([client.closed(), upstream.closed()]);
    expect(await fixture.tap.ended(1)).toMatchObject({ endedBy: 'client' });
    expect(fixture.tap.connections[0]?.handshake.upgradeStatus).toBe(499);
    expect(fixture.tap.tappedBytes).toBe(0);
  });
});

describe('a client’s bytes and its FIN, while the upstream is asked', () => {
  it.each([0, 1, 20])(
    'arrive with the answer, and that at the client (%d ms after the request)',
    async (gapMs) => {
      await using fixture = await startFixture();
      const client = await rawClient(fixture.proxy.gatewayUrl);
      client.socket.write(upgradeRequest('/'));
      const upstream = await fixture.gateway.peer();
      await new Promise((resolve) => void setTimeout(resolve, gapMs));
      client.socket.end(Buffer.concat([BEAT, BYE]));
      upstream.socket.on('end', () => upstream.socket.end());
      await new Promise((resolve) => void setTimeout(resolve, gapMs));
      upstream.socket.write(switchingProtocols());
      upstream.socket.write(SENT.gateway);
      await Promise.all([client.closed(), upstream.closed()]);
      expect(upstream.body.equals(SENT.client)).toBe(true);
      expect(client.body.equals(SENT.gateway)).toBe(true);
      await fixture.tap.ended(1);
      for (const sender of ['client', 'gateway'] as const)
        expect(fixture.tap.bytesOf(1, sender).equals(SENT[sender])).toBe(true);
    },
  );

  it('arrive if a reset follows them instead, and no socket is left', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    const upstream = await fixture.gateway.peer();
    client.socket.write(BYE, () => client.socket.resetAndDestroy());
    await client.closed();
    upstream.socket.on('end', () => upstream.socket.end());
    upstream.socket.write(switchingProtocols());
    await upstream.closed();
    // A reset can overtake bytes that the kernel has not handed over; then they never came.
    await fixture.tap.ended(1);
    expect(fixture.tap.bytesOf(1, 'client').equals(upstream.body)).toBe(true);
    expect(fixture.proxy.connectionCount).toBe(0);
  });

  it('do not keep a refusal from the client', async () => {
    await using fixture = await startFixture();
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/'));
    const upstream = await fixture.gateway.peer();
    client.socket.end(BYE);
    upstream.socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    await Promise.all([client.closed(), upstream.closed()]);
    expect(client.head).toMatch(/^HTTP\/1.1 403 /);
    expect(fixture.tap.connections[0]?.handshake.upgradeStatus).toBe(403);
  });
});

describe('recorded bytes that the other side did not receive', () => {
  it('are counted when a client that does not read is gone', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    client.socket.pause();
    upstream.socket.write(Buffer.alloc(30_000_000));
    await stalled(fixture);
    client.socket.resetAndDestroy();
    const { remarks, endedBy } = await fixture.tap.ended(1);
    expect(endedBy).toBe('client');
    expect(remarks).toEqual([
      {
        name: 'undelivered_bytes',
        detail: expect.stringMatching(/^at least \d+ bytes of the gateway/) as string,
      },
    ]);
    // What came afterwards is not there at all.
    expect(fixture.tap.tappedBytes).toBeLessThan(30_000_000);
  });

  it('are zero if everything has arrived', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    upstream.socket.end(HELLO);
    client.socket.on('end', () => client.socket.end());
    expect(await fixture.tap.ended(1)).not.toHaveProperty('remarks');
  });
});

describe('16 MiB that wait for a client', () => {
  it.each([
    ['a FIN', (upstream: RawPeer) => upstream.socket.end()],
    ['a reset once they are read', null],
  ])('arrive when the gateway ends with %s', async (_, end) => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    client.socket.pause();
    const bytes = 16 * 1024 * 1024;
    let read = 0;
    client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => (read += chunk.length));
    client.socket.pause();
    upstream.socket.write(Buffer.alloc(bytes), () => {
      if (end === null) upstream.socket.resetAndDestroy();
    });
    end?.(upstream);
    await fixture.tap.until(() => fixture.tap.tappedBytes > 1_000_000);
    client.socket.on('end', () => client.socket.end()).resume();
    if (end === null) {
      // What the gateway's own machine still held is lost with the reset; what the relay has read is not.
      await fixture.tap.ended(1);
      expect(read).toBe(fixture.tap.tappedBytes);
    } else {
      await client.closed();
      expect(read).toBe(bytes);
    }
  });
});
