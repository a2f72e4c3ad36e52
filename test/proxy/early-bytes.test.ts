/** What a peer sends beforehand: kept in order, up to a limit, and read to the end when its socket fails. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { EarlyBytes, readBeforeClosing } from '../../src/proxy/early-bytes.js';

async function socketPair(): Promise<{ readonly ours: Socket; readonly peer: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const peer = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  const [ours] = await connected;
  server.close();
  for (const socket of [ours, peer]) socket.on('error', () => undefined);
  return { ours, peer };
}

it('early bytes are kept in order with the head, and the end is noticed', async () => {
  const { ours, peer } = await socketPair();
  const early = new EarlyBytes(ours, Buffer.from('head,'));
  peer.end('rest');
  await once(ours, 'end');
  expect(Buffer.concat(early.take()).toString()).toBe('head,rest');
  ours.end();
});

it('early bytes over the limit stay in the kernel', async () => {
  const { ours, peer } = await socketPair();
  const early = new EarlyBytes(ours, Buffer.alloc(0));
  peer.write(Buffer.alloc(1_000_000));
  await once(ours, 'pause');
  expect(Buffer.concat(early.take()).length).toBeLessThan(200_000);
  ours.destroy();
  peer.destroy();
});

it('a socket whose write fails is read before it is closed', async () => {
  const { ours, peer } = await socketPair();
  readBeforeClosing(ours);
  ours.pause();
  const gone = once(peer, 'close');
  peer.write('last words', () => peer.resetAndDestroy());
  await gone;
  const early = new EarlyBytes(ours, Buffer.alloc(0));
  // The reset is there, and the words before it are not read yet.
  const closed = new Promise((resolve) => ours.once('close', resolve));
  ours.write('too late');
  await closed;
  expect(Buffer.concat(early.take()).toString()).toBe('last words');
});
