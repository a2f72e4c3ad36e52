/** The referee of the integration tests, judged by `ws` as its client and node:zlib. */
import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { frameSplitter, type WireFrame } from './frame-log.js';
import { GatewayWire } from './gateway-wire.js';
import { messageCreate, SECRETS } from './payloads.js';
import { ScriptedGateway } from './scripted-gateway.js';
import { inflateStream } from './zlib-stream.js';

let gateway: ScriptedGateway;
beforeEach(async () => {
  gateway = await ScriptedGateway.start({ guilds: 2 });
});
afterEach(() => gateway.close());

interface Received {
  readonly messages: Buffer[];
  readonly webSocket: WebSocket;
  until(count: number): Promise<void>;
}

async function connect(query: string): Promise<Received> {
  const webSocket = new WebSocket(`${gateway.url}/?v=10&encoding=json${query}`);
  const messages: Buffer[] = [];
  const arrived = new EventEmitter();
  webSocket.on('message', (data: Buffer) => {
    messages.push(data);
    arrived.emit('message');
  });
  await once(webSocket, 'open');
  return {
    messages,
    webSocket,
    until: async (count) => {
      while (messages.length < count) await once(arrived, 'message');
    },
  };
}

const send = (client: Received, payload: object): void => client.webSocket.send(JSON.stringify(payload));
const identify = { op: 2, d: { token: SECRETS.token, intents: 513, properties: {} } };
const names = (texts: readonly string[]): string[] =>
  texts.map((text) => {
    const { op, t } = JSON.parse(text) as { op: number; t: string | null };
    return t ?? `op ${op}`;
  });

describe('the scripted gateway', () => {
  it('says HELLO, answers IDENTIFY with READY and the guilds, and heartbeats with an ack', async () => {
    const client = await connect('');
    await client.until(1);
    send(client, identify);
    await client.until(4);
    send(client, { op: 1, d: 3 });
    await client.until(5);
    const texts = client.messages.map(String);
    expect(names(texts)).toEqual(['op 10', 'READY', 'GUILD_CREATE', 'GUILD_CREATE', 'op 11']);
    expect(texts[1]).toContain(`"resume_gateway_url":"${gateway.url}"`);
  });

  it('speaks zlib-stream with one context, and logs wire bytes and plain text of both sides', async () => {
    const client = await connect('&compress=zlib-stream');
    await client.until(1);
    send(client, identify);
    await client.until(4);
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(1));
    await client.until(5);
    client.webSocket.ping('ping');
    await once(client.webSocket, 'pong');
    client.webSocket.close(4000, 'bye');
    await gateway.untilFrame((frame) => frame.kind === 'close' && frame.sender === 'gateway');

    const plain = await inflateStream(client.messages);
    const sent = gateway.frames.filter((frame) => frame.sender === 'gateway' && frame.text !== null);
    expect(sent.map((frame) => frame.text)).toEqual(plain.map(String));
    expect(sent.map((frame) => frame.wireBytes)).toEqual(client.messages.map((message) => message.length));
    expect(client.messages.every((message) => message.subarray(-4).toString('hex') === '0000ffff')).toBe(
      true,
    );
    const noPayload = { payloadBytes: null, text: null };
    expect(sent.map((frame) => frame.payloadBytes)).toEqual(plain.map((payload) => payload.length));
    expect(gateway.frames.filter((frame) => frame.text === null)).toEqual([
      { connection: 1, sender: 'client', kind: 'ping', wireBytes: 4, ...noPayload },
      { connection: 1, sender: 'gateway', kind: 'pong', wireBytes: 4, ...noPayload },
      { connection: 1, sender: 'client', kind: 'close', wireBytes: 5, ...noPayload },
      {
        connection: 1,
        sender: 'gateway',
        kind: 'close',
        wireBytes: expect.any(Number) as number,
        ...noPayload,
      },
    ]);
    expect(gateway.frames.find((frame) => frame.sender === 'client')?.text).toBe(JSON.stringify(identify));
  });

  it('keeps dispatches while no client is connected, and replays those after the seq of RESUME', async () => {
    const first = await connect('');
    await first.until(1);
    send(first, identify);
    await first.until(4);
    gateway.peer.reset();
    await once(first.webSocket, 'close');
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(2));
    const second = await connect('');
    await second.until(1);
    send(second, { op: 6, d: { token: SECRETS.token, session_id: SECRETS.sessionId, seq: 2 } });
    await second.until(4);
    expect(names(second.messages.map(String))).toEqual([
      'op 10',
      'GUILD_CREATE',
      'MESSAGE_CREATE',
      'RESUMED',
    ]);
    expect(JSON.parse(String(second.messages[3]))).toMatchObject({ s: 5 });
  });

  it('begins a session of its own at every IDENTIFY', async () => {
    const client = await connect('');
    await client.until(1);
    send(client, identify);
    await client.until(4);
    send(client, identify);
    await client.until(7);
    const readies = [client.messages[1], client.messages[4]].map(
      (message) => (JSON.parse(String(message)) as { d: { session_id: string } }).d.session_id,
    );
    expect(readies[0]).toBe(SECRETS.sessionId);
    expect(readies[1]).not.toBe(SECRETS.sessionId);
    expect(gateway.lastSeq).toBe(3);
  });

  it('refuses a session that it does not know', async () => {
    const client = await connect('');
    await client.until(1);
    send(client, { op: 6, d: { token: SECRETS.token, session_id: 'other', seq: 0 } });
    await client.until(2);
    expect(JSON.parse(String(client.messages[1]))).toMatchObject({ op: 9, d: false });
  });

  it('answers discovery, and notes who asked', async () => {
    const headers = { authorization: 'Bot secret' };
    const bot = await fetch(`${gateway.apiUrl}/v10/gateway/bot`, { headers });
    expect(await bot.json()).toMatchObject({ url: gateway.url, shards: 1 });
    expect(await (await fetch(`${gateway.apiUrl}/gateway`)).json()).toEqual({ url: gateway.url });
    expect((await fetch(`${gateway.apiUrl}/v10/users/@me`)).status).toBe(404);
    expect(gateway.requests[0]).toEqual({ line: 'GET /api/v10/gateway/bot', authorization: 'Bot secret' });
  });
});

describe('the wire of the scripted gateway', () => {
  // Stands for erlpack: one byte before JSON.
  const etf = {
    pack: (value: unknown) => Buffer.concat([Buffer.of(131), Buffer.from(JSON.stringify(value))]),
    unpack: (bytes: Buffer) => JSON.parse(String(bytes.subarray(1))) as unknown,
  };
  const hello = '{"t":null,"s":null,"op":10,"d":null}';

  it('speaks ETF by the codec that it was given, both ways', async () => {
    const wire = new GatewayWire('/?v=10&encoding=etf', { etf });
    const packed = Buffer.from(`\x83${hello}`, 'latin1');
    expect(await wire.encode(hello)).toEqual({ data: packed, payloadBytes: packed.length });
    expect(wire.decode(packed)).toBe(hello);
  });

  it('compresses what the codec gave', async () => {
    const wire = new GatewayWire('/?v=10&encoding=etf&compress=zlib-stream', { etf });
    const { data, payloadBytes } = await wire.encode(hello);
    const [plain] = await inflateStream([data as Buffer]);
    expect(plain).toEqual(Buffer.from(`\x83${hello}`, 'latin1'));
    expect(payloadBytes).toBe(plain!.length);
  });

  it.each(['encoding=etf', 'encoding=json&compress=zstd-stream'])('refuses %s without a codec', (query) => {
    expect(() => new GatewayWire(`/?v=10&${query}`, {})).toThrow('no codec');
  });
});

describe('the frame log', () => {
  it('reads masked, fragmented and long frames byte by byte, control frames in between', () => {
    const frames: WireFrame[] = [];
    const split = frameSplitter((frame) => frames.push(frame));
    const long = Buffer.alloc(70_000, 'x');
    const longHeader = Buffer.from('827f0000000000011170', 'hex');
    const bytes = Buffer.concat([
      Buffer.from('818537fa213d7f9f4d5158', 'hex'), // RFC 6455 §5.7: a masked "Hello"
      Buffer.from('010348656c', 'hex'), // its fragment "Hel" …
      Buffer.from('890548656c6c6f', 'hex'), // … a ping in between …
      Buffer.from('80026c6f', 'hex'), // … and "lo"
      longHeader,
      long,
    ]);
    for (const byte of bytes) split(Buffer.of(byte));
    expect(frames.map((frame) => frame.kind)).toEqual(['text', 'ping', 'text', 'binary']);
    expect(frames.slice(0, 3).map((frame) => frame.payload.toString())).toEqual(['Hello', 'Hello', 'Hello']);
    expect(frames[3]?.payload.equals(long)).toBe(true);
  });
});
