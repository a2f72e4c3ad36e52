/** A proxy between bare sockets, with a tap that keeps everything. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Host, LogLevel } from '../../src/host.js';
import { systemHost } from '../../src/host.js';
import type { ProxyOptions } from '../../src/proxy/options.js';
import type { Proxy } from '../../src/proxy/server.js';
import { startProxy } from '../../src/proxy/server.js';
import { encodeFrame } from '../../src/wire/websocket.js';
import type { RawPeer } from './raw-peers.js';
import { rawClient, RawGateway, switchingProtocols, upgradeRequest } from './raw-peers.js';
import { RecordingTap } from './recording-tap.js';

/** Everything a test of the relay needs; ends with the `await using` block. */
export interface ProxyFixture extends AsyncDisposable {
  readonly gateway: RawGateway;
  readonly proxy: Proxy;
  readonly tap: RecordingTap;
  readonly logged: { readonly level: LogLevel; readonly line: string }[];
  /** A client whose upgrade was answered with 101 by `gateway`. */
  open(
    target?: string,
    requestHeaders?: readonly string[],
    answerHeaders?: readonly string[],
  ): Promise<Opened>;
}

/** Both ends of one relayed connection. */
export interface Opened {
  readonly client: RawPeer;
  readonly upstream: RawPeer;
}

/** Starts gateway and proxy. */
export async function startFixture(options: Partial<ProxyOptions> = {}): Promise<ProxyFixture> {
  const gateway = await RawGateway.start();
  const tap = new RecordingTap();
  const logged: ProxyFixture['logged'] = [];
  const host: Host = systemHost((level, line) => logged.push({ level, line }));
  const proxy = await startProxy({
    host,
    tap,
    listen: { host: '127.0.0.1', port: 0 },
    upstream: gateway.url,
    api: new URL('http://127.0.0.1:9/api'),
    isRewriting: false,
    maxBodyBytes: 1024,
    allowHosts: [],
    upstreamCa: [],
    tls: null,
    forward: null,
    allowOrigins: [],
    ...options,
  });
  const open: ProxyFixture['open'] = async (
    target = '/?v=10&encoding=json',
    requestHeaders,
    answerHeaders,
  ) => {
    const index = gateway.connectionCount;
    const client = await rawClient(proxy.gatewayUrl);
    client.socket.write(upgradeRequest(target, requestHeaders));
    const upstream = await gateway.peer(index);
    upstream.socket.write(switchingProtocols(answerHeaders));
    await client.until(() => client.head !== '');
    return { client, upstream };
  };
  const dispose = async (): Promise<void> => {
    await proxy.close();
    await gateway.close();
  };
  return { gateway, proxy, tap, logged, open, [Symbol.asyncDispose]: dispose };
}

/** An unmasked text frame. */
export function textFrame(text: string): Buffer {
  return Buffer.from(encodeFrame({ kind: 'text', data: Buffer.from(text) }));
}

/** Resolves when the tap has seen nothing new for many turns of the event loop. */
export async function stalled({ tap }: ProxyFixture): Promise<void> {
  await tap.until(() => tap.tappedBytes > 0);
  for (let quiet = 0, seen = -1; quiet < 2_000; quiet += 1) {
    if (seen !== tap.tappedBytes) quiet = 0;
    seen = tap.tappedBytes;
    await turn();
  }
}
