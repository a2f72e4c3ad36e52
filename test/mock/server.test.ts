import { afterEach, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { systemHost } from '../../src/host.js';
import type { MockGateway, ServeOptions } from '../../src/mock/gateway.js';
import { serveRecording } from '../../src/mock/server.js';
import type { Recording } from '../../src/replay/recording.js';
import { ACK, dispatch, opened } from '../support/recordings.js';

const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const resource of open.splice(0)) await resource.close();
});

async function serve(recording: Recording, speed: ServeOptions['speed'] = 'max'): Promise<MockGateway> {
  const mock = await serveRecording(recording, {
    host: systemHost(),
    listen: { host: '127.0.0.1', port: 0 },
    speed,
  });
  open.push(mock);
  return mock;
}

/** A bare client: sends what it is told and hands out messages one by one. */
class Client {
  readonly #messages: Buffer[] = [];
  readonly #waiting: ((message: Buffer) => void)[] = [];
  readonly ws: WebSocket;

  constructor(url: string) {
    this.ws = new WebSocket(url, { perMessageDeflate: false });
    this.ws.on('message', (data: Buffer) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#messages.push(data);
      else waiting(data);
    });
    open.push({ close: () => this.ws.terminate() });
  }

  async next(): Promise<string> {
    const message =
      this.#messages.shift() ?? (await new Promise<Buffer>((resolve) => this.#waiting.push(resolve)));
    return message.toString();
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  async closed(): Promise<number> {
    const [code] = (await once(this.ws, 'close')) as [number];
    return code;
  }
}

const identify = '{"op":2,"d":{"token":"t","intents":1,"properties":{},"shard":[0,1]}}';

describe('discovery', () => {
  it.each(['/gateway', '/api/gateway', '/api/v10/gateway', '/v10/gateway'])(
    'GET %s names the url',
    async (path) => {
      const mock = await serve(opened());
      const answer = await fetch(mock.apiUrl.replace('/api', path));
      expect(await answer.json()).toEqual({ url: mock.gatewayUrl });
    },
  );

  it('GET /gateway/bot adds shards and the session start limit', async () => {
    const mock = await serve(opened());
    const answer = await fetch(`${mock.apiUrl}/v10/gateway/bot`);
    expect(await answer.json()).toMatchObject({
      url: mock.gatewayUrl,
      shards: 1,
      session_start_limit: { max_concurrency: 1, remaining: 1000 },
    });
    expect(mock.gatewayUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  });

  it('any other route is unknown', async () => {
    const mock = await serve(opened());
    expect((await fetch(`${mock.apiUrl}/v10/users/@me`)).status).toBe(404);
  });
});

describe('a session', () => {
  it('is greeted, identified and played in order', async () => {
    const events = [dispatch(30, 2, 'GUILD_CREATE', { id: '5' }), dispatch(40, 3, 'TYPING_START')];
    const mock = await serve(opened(...events));
    const client = new Client(`${mock.gatewayUrl}/?v=10&encoding=json`);
    expect(JSON.parse(await client.next())).toMatchObject({ op: 10, d: { heartbeat_interval: 41_250 } });
    client.ws.send('{"op":1,"d":null}');
    expect(await client.next()).toBe(ACK);
    client.ws.send(identify);
    const [ready, ...rest] = await client.take(3);
    expect(JSON.parse(ready!)).toMatchObject({
      t: 'READY',
      s: 1,
      d: { session_id: 'recorded-session', resume_gateway_url: mock.gatewayUrl, shard: [0, 1] },
    });
    expect(rest).toEqual(events.map((event) => event.type === 'payload' && event.text));
    await mock.finished();
    expect(mock.received({ op: 2 })).toMatchObject([{ connection: 1, payload: { op: 2 } }]);
  });

  it.each([
    ['no JSON', 'garbage', 4002],
    ['no payload', '[1]', 4002],
    ['an unknown opcode', '{"op":99,"d":null}', 4001],
    ['a payload before IDENTIFY', '{"op":3,"d":{}}', 4003],
  ])('%s closes with the documented code', async (_, message, code) => {
    const mock = await serve(opened());
    const client = new Client(mock.gatewayUrl);
    await client.next();
    client.ws.send(message);
    expect(await client.closed()).toBe(code);
  });

  it.each([
    ['?v=99', 4012],
    ['?v=10&encoding=xml', 4002],
    ['?v=10&encoding=json&compress=brotli', 4002],
  ])('a URL with %s closes with %i', async (query, code) => {
    const mock = await serve(opened());
    const client = new Client(`${mock.gatewayUrl}/${query}`);
    expect(await client.closed()).toBe(code);
  });
});
