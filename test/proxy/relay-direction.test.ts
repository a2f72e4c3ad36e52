import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { RelayDirection } from '../../src/proxy/relay-direction.js';
import { RawPeer } from '../support/raw-peers.js';
import { RecordingTap } from '../support/recording-tap.js';

/** Two joined sockets: the one a lane holds, and the peer at the other end. */
async function socketPair(): Promise<{ readonly ours: Socket; readonly peer: RawPeer }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const peer = new RawPeer(connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true }));
  const [ours] = await connected;
  server.close();
  ours.on('error', () => undefined);
  return { ours, peer };
}

describe('Lane', () => {
  it('carries the head first and then the rest, writes before it taps, and ends once', async () => {
    const source = await socketPair();
    const destination = await socketPair();
    const order: string[] = [];
    const tap = new RecordingTap();
    const connection = tap.open({} as Parameters<RecordingTap['open']>[0]);
    const tapped = tap.chunk.bind(tap);
    tap.chunk = (...call) => {
      order.push(`tapped after ${destination.ours.bytesWritten} bytes written`);
      return tapped(...call);
    };
    let ends = 0;
    const lane = new RelayDirection({
      source: source.ours,
      readBuffer: null,
      destination: destination.ours,
      sender: 'client',
      connection,
      tap,
      nowUs: () => 1,
      rewriter: null,
      onEnded: () => (ends += 1),
    });
    source.peer.socket.end('rest');
    lane.start(Buffer.from('head,'));
    await destination.peer.until(() => destination.peer.isEnded);
    expect(destination.peer.received.toString()).toBe('head,rest');
    expect(tap.bytesOf(connection, 'client').toString()).toBe('head,rest');
    expect(order).toEqual(['tapped after 5 bytes written', 'tapped after 9 bytes written']);
    expect(ends).toBe(1);
    for (const socket of [source.ours, destination.ours]) socket.destroy();
    await source.peer.until(() => source.peer.isEnded);
    expect(ends).toBe(1);
    for (const { peer } of [source, destination]) peer.socket.destroy();
  });

  it('gives up a receiver that takes nothing more once the source is lost', async () => {
    const source = await socketPair();
    const destination = await socketPair();
    destination.peer.socket.pause();
    const tap = new RecordingTap();
    const lane = new RelayDirection({
      source: source.ours,
      readBuffer: null,
      destination: destination.ours,
      sender: 'gateway',
      connection: tap.open({} as Parameters<RecordingTap['open']>[0]),
      tap,
      nowUs: () => 1,
      rewriter: null,
      onEnded: () => undefined,
    });
    // More than two machines buffer between them.
    lane.start(Buffer.alloc(2 ** 25));
    const isClosed = new Promise((resolve) => source.ours.once('close', resolve));
    source.peer.socket.resetAndDestroy();
    source.ours.resume();
    await isClosed;
    expect(destination.ours.destroyed).toBe(false);
    expect(destination.ours.timeout).toBe(60_000);
    destination.ours.emit('timeout');
    expect(destination.ours.destroyed).toBe(true);
    expect(lane.undeliveredBytes).toBeGreaterThan(0);
    destination.peer.socket.destroy();
  });

  it.each(['before', 'after'])(
    'leaves no timer behind, if the source ends %s the destination is gone',
    async (order) => {
      const source = await socketPair();
      const destination = await socketPair();
      const tap = new RecordingTap();
      const lane = new RelayDirection({
        source: source.ours,
        readBuffer: null,
        destination: destination.ours,
        sender: 'client',
        connection: tap.open({} as Parameters<RecordingTap['open']>[0]),
        tap,
        nowUs: () => 1,
        rewriter: null,
        onEnded: () => undefined,
      });
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      try {
        lane.start(new Uint8Array(0));
        const ended = once(source.ours, 'end');
        const closed = once(destination.ours, 'close');
        const steps = [
          () => (source.peer.socket.end(), ended),
          () => (destination.ours.destroy(), destination.peer.socket.destroy(), closed),
        ];
        for (const step of order === 'before' ? steps : steps.reverse()) await step();
        expect(vi.getTimerCount()).toBe(0);
      } finally {
        vi.useRealTimers();
        for (const { ours, peer } of [source, destination]) {
          ours.destroy();
          peer.socket.destroy();
        }
      }
    },
  );
});
