import { describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { stalled, startFixture, textFrame } from '../support/proxy-fixture.js';
import type { Opened } from '../support/proxy-fixture.js';

const READY =
  '{"t":"READY","s":1,"op":0,"d":{"v":10,"resume_gateway_url":"ws://127.0.0.1:1","session_id":"abc"}}';

describe('bytes', () => {
  it('pass both ways exactly as sent, and the tap gets the same, whatever they are', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    const fromClient = randomBytes(300_000);
    const fromGateway = randomBytes(700_000);
    client.socket.write(fromClient);
    upstream.socket.write(fromGateway);
    expect((await client.hasBody(fromGateway.length)).equals(fromGateway)).toBe(true);
    expect((await upstream.hasBody(fromClient.length)).equals(fromClient)).toBe(true);
    expect(fixture.tap.bytesOf(1, 'client').equals(fromClient)).toBe(true);
    expect(fixture.tap.bytesOf(1, 'gateway').equals(fromGateway)).toBe(true);
  });

  it('of READY the client gets the rewritten ones, and the tap the original', async () => {
    await using fixture = await startFixture({ isRewriting: true });
    const { client, upstream } = await fixture.open(undefined, ['Host: recorder:7331']);
    const after = Buffer.concat([textFrame('{"op":11}'), randomBytes(50_000)]);
    const sent = Buffer.concat([textFrame('{"op":10,"d":{}}'), textFrame(READY), after]);
    upstream.socket.write(sent);
    const expected = Buffer.concat([
      textFrame('{"op":10,"d":{}}'),
      textFrame(READY.replace('ws://127.0.0.1:1', 'ws://recorder:7331/r/127.0.0.1:1')),
      after,
    ]);
    expect((await client.hasBody(expected.length)).equals(expected)).toBe(true);
    expect(fixture.tap.bytesOf(1, 'gateway').equals(sent)).toBe(true);
    expect(fixture.tap.connections[0]?.converged?.gatewayFrameNo).toBe(3);
    client.socket.end();
    upstream.socket.end();
    expect((await fixture.tap.ended(1)).relayMode).toBe('converged');
  });

  it('of READY with a host that may not be dialled pass as sent, with a warning', async () => {
    await using fixture = await startFixture({ isRewriting: true });
    const { client, upstream } = await fixture.open();
    const sent = textFrame(READY.replace('127.0.0.1:1', 'evil.example'));
    upstream.socket.write(sent);
    expect((await client.hasBody(sent.length)).equals(sent)).toBe(true);
    expect(fixture.logged).toEqual([{ level: 'warn', line: expect.stringContaining('READY') as string }]);
    client.socket.end();
    upstream.socket.end();
    expect((await fixture.tap.ended(1)).relayMode).toBe('verbatim');
  });

  it('held back by the rewriter reach the client when the gateway ends', async () => {
    await using fixture = await startFixture({ isRewriting: true });
    const { client, upstream } = await fixture.open();
    const cut = textFrame(READY).subarray(0, 30);
    upstream.socket.end(cut);
    await client.until(() => client.isEnded);
    expect(client.body.equals(cut)).toBe(true);
  });
});

describe('a rewriter that gives up', () => {
  it('reports why at the end, and passes READY unchanged', async () => {
    await using fixture = await startFixture({ isRewriting: true });
    const { client, upstream } = await fixture.open();
    const sent = Buffer.concat([textFrame('hello?'), textFrame(READY)]);
    upstream.socket.write(sent);
    expect((await client.hasBody(sent.length)).equals(sent)).toBe(true);
    client.socket.end();
    upstream.socket.end();
    expect(await fixture.tap.ended(1)).toMatchObject({
      relayMode: 'verbatim',
      remarks: [{ name: 'rewrite_given_up', detail: expect.stringContaining('not a payload') as string }],
    });
  });
});

describe('ends', () => {
  const both = ['client', 'upstream'] as const;
  const other = (side: (typeof both)[number], opened: Opened): Opened['client'] =>
    side === 'client' ? opened.upstream : opened.client;
  const sender = { client: 'client', upstream: 'gateway' } as const;

  it.each(both)(
    'a half-close of the %s is a half-close for the other side, behind all data',
    async (side) => {
      await using fixture = await startFixture();
      const opened = await fixture.open();
      const data = randomBytes(500_000);
      opened[side].socket.end(data);
      const peer = other(side, opened);
      await peer.until(() => peer.isEnded);
      expect(peer.body.equals(data)).toBe(true);
      // The other direction is still open.
      peer.socket.write('still here');
      await opened[side].hasBody('still here'.length);
      peer.socket.end();
      expect(await fixture.tap.ended(1)).toMatchObject({ endedBy: sender[side], relayMode: 'verbatim' });
      expect(fixture.proxy.connectionCount).toBe(0);
    },
  );

  it.each(both)('a reset by the %s is a reset for the other side', async (side) => {
    await using fixture = await startFixture();
    const opened = await fixture.open();
    const peer = other(side, opened);
    opened[side].socket.write('half a frame');
    await peer.hasBody('half a frame'.length);
    opened[side].socket.resetAndDestroy();
    await peer.closed();
    expect(peer).toMatchObject({ errorCode: 'ECONNRESET', isEnded: false });
    expect((await fixture.tap.ended(1)).endedBy).toBe(sender[side]);
  });

  it('close() ends both sides after what was relayed, and the tap knows it', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    expect(fixture.proxy.connectionCount).toBe(1);
    upstream.socket.write('last words');
    await client.hasBody('last words'.length);
    client.socket.on('end', () => client.socket.end());
    upstream.socket.on('end', () => upstream.socket.end());
    await fixture.proxy.close();
    expect(fixture.tap.connections[0]?.end).toMatchObject({ endedBy: 'proxy' });
    await client.closed();
    await upstream.closed();
    expect(client.errorCode).toBeNull();
    expect(fixture.proxy.connectionCount).toBe(0);
  });

  it('close() does not wait for peers that never read or close', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    client.socket.pause();
    upstream.socket.write(randomBytes(30_000_000));
    await stalled(fixture);
    await fixture.proxy.close();
    expect(fixture.tap.connections[0]?.end?.endedBy).toBe('proxy');
  });
});

describe('backpressure', () => {
  it('a client that does not read stops the upstream, and loses nothing', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    client.socket.pause();
    const data = randomBytes(48_000_000);
    upstream.socket.write(data);
    await stalled(fixture);
    // What kernel buffers of two loopback connections hold, and not all of it.
    expect(fixture.tap.tappedBytes).toBeLessThan(data.length / 2);
    const received: Buffer[] = [];
    let length = 0;
    // In place of the peer's own listener, which is made for short bodies.
    client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
      received.push(chunk);
      length += chunk.length;
    });
    client.socket.resume();
    await client.until(() => length === data.length);
    expect(Buffer.concat(received).equals(data)).toBe(true);
  });

  it('a full tap pauses the socket that filled it until there is room', async () => {
    await using fixture = await startFixture();
    const { client, upstream } = await fixture.open();
    fixture.tap.isFull = true;
    const data = randomBytes(2_000_000);
    upstream.socket.write(data);
    await stalled(fixture);
    // The chunk that filled it was taken and passed on, and nothing after it.
    expect(fixture.tap.tappedBytes).toBeGreaterThan(0);
    expect(fixture.tap.tappedBytes).toBeLessThan(200_000);
    expect(fixture.tap.waitingCount).toBe(1);
    // The other direction is not concerned until it sends something.
    client.socket.write('from the client');
    await upstream.hasBody('from the client'.length);
    fixture.tap.drain();
    expect((await client.hasBody(data.length)).equals(data)).toBe(true);
  });
});
