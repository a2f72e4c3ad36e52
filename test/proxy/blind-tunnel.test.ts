/** Blind tunnels between bare sockets: nothing is lost at either end, and no end waits for a peer that has left. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemHost } from '../../src/host.js';
import { BlindTunnels } from '../../src/proxy/blind-tunnel.js';
import { fakeLookup } from '../support/fake-lookup.js';
import { RawGateway, rawClient, type RawPeer } from '../support/raw-peers.js';

const NAME = 'public.example.org';
const found = fakeLookup({ [NAME]: '127.0.0.1' });
const CONNECT = `CONNECT ${NAME} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;

interface Scene extends AsyncDisposable {
  readonly tunnels: BlindTunnels;
  readonly host: RawGateway;
  readonly client: RawPeer;
}

/** A client that is connected to a server which opens tunnels to `host`, wherever it asks for. */
async function setScene(lookup: LookupFunction = found, dialMs?: number): Promise<Scene> {
  const host = await RawGateway.start();
  const tunnels = new BlindTunnels(systemHost(), { lookup }, dialMs);
  const server = createHttpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('connect', (request, _, head) => {
    request.socket.on('error', () => undefined);
    tunnels.open(new URL(`http://${NAME}:${host.port}`), request.socket, head);
  });
  const client = await rawClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const dispose = async (): Promise<void> => {
    client.socket.destroy();
    tunnels.close();
    server.close();
    await host.close();
  };
  return { tunnels, host, client, [Symbol.asyncDispose]: dispose };
}

/** A lookup that answers when it is let. */
function heldLookup(): { readonly lookup: LookupFunction; readonly asked: Promise<() => void> } {
  let ask: (answer: () => void) => void;
  const asked = new Promise<() => void>((resolve) => (ask = resolve));
  return {
    lookup: (...call) => {
      ask(() => {
        found(...call);
      });
    },
    asked,
  };
}

describe('an open tunnel', () => {
  it.each(
    (['client', 'host'] as const).flatMap((leaver) =>
      (['FIN', 'RST'] as const).map((end) => [leaver, end] as const),
    ),
  )('passes on all that the %s sent before its %s, and the end', async (leaver, end) => {
    await using scene = await setScene();
    const { client } = scene;
    client.socket.write(`${CONNECT}GET \r\n\r\n`);
    const host = await scene.host.peer();
    await client.until(() => client.head !== '');
    const [from, to] = leaver === 'client' ? [client, host] : [host, client];
    // Both send at once: a write to a peer that has reset must not cost what it had sent.
    to.socket.write('unheard');
    from.socket.write('last words', () => {
      if (end === 'FIN') from.socket.end();
      else from.socket.resetAndDestroy();
    });
    to.socket.on('end', () => to.socket.end());
    await Promise.all([from.closed(), to.closed()]);
    expect(to.received.toString()).toMatch(/last words$/);
  });

  it('keeps the bytes that wait for a client when its host is gone', async () => {
    await using scene = await setScene();
    const { client } = scene;
    client.socket.write(`${CONNECT}GET \r\n\r\n`);
    const host = await scene.host.peer();
    await client.until(() => client.head !== '');
    const bytes = 2 * 1024 * 1024;
    client.socket.pause();
    host.socket.end(Buffer.alloc(bytes, 'x'));
    await once(host.socket, 'finish');
    client.socket.on('end', () => client.socket.end()).resume();
    await client.closed();
    expect(client.body.length).toBe(bytes);
  });

  it('ends with the proxy', async () => {
    await using scene = await setScene();
    scene.client.socket.write(`${CONNECT}GET \r\n\r\n`);
    const host = await scene.host.peer();
    host.socket.on('end', () => host.socket.end());
    scene.tunnels.close();
    await Promise.all([host.closed(), scene.client.closed()]);
  });
});

describe('a tunnel that is dialled', () => {
  it.each([
    ['FIN', (client: RawPeer) => client.socket.end()],
    ['RST', (client: RawPeer) => client.socket.resetAndDestroy()],
  ])('is given up at once at a client’s %s', async (_, leave) => {
    const { lookup, asked } = heldLookup();
    await using scene = await setScene(lookup);
    scene.client.socket.write(CONNECT);
    const answer = await asked;
    leave(scene.client);
    await scene.client.closed();
    answer();
    expect(scene.host.connectionCount).toBe(0);
  });

  it('passes on what a client said before it closed its half', async () => {
    const { lookup, asked } = heldLookup();
    await using scene = await setScene(lookup);
    scene.client.socket.end(`${CONNECT}one request\r\n\r\n`);
    (await asked)();
    const host = await scene.host.peer();
    await host.until(() => host.isEnded);
    expect(host.received.toString()).toBe('one request\r\n\r\n');
    host.socket.end('its answer');
    await scene.client.until(() => scene.client.isEnded);
    expect(scene.client.body.toString()).toBe('its answer');
  });

  it('fails after its time limit', async () => {
    const { lookup } = heldLookup();
    await using scene = await setScene(lookup, 20);
    scene.client.socket.write(CONNECT);
    await scene.client.until(() => scene.client.isEnded);
    expect(scene.client.head).toMatch(/^HTTP\/1\.1 502 /);
    expect(scene.client.body.toString()).toContain('no answer within 20 ms');
  });
});
