import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parseFault } from '../../src/config/fault-spec.js';
import { NetworkError, UsageError } from '../../src/errors.js';
import type { JsonValue } from '../../src/gateway/payload.js';
import { systemHost } from '../../src/host.js';
import { serveRecordings } from '../../src/mock/server.js';
import type { RecordingStep } from '../../src/replay/recording.js';
import { BareClient, IDENTIFY, serve } from '../support/mocks.js';
import { ACK, closed, dispatch, readySession, RECONNECT, step } from '../support/capture/steps.js';
import { RawClient } from '../support/raw-client.js';
import { inflateStream } from '../support/zlib-stream.js';

describe('a session', () => {
  it('is greeted, identified and played in order', async () => {
    const events = [dispatch(30, 2, 'GUILD_CREATE', { id: '5' }), dispatch(40, 3, 'TYPING_START')];
    const mock = await serve(readySession(...events));
    const client = new BareClient(`${mock.gatewayUrl}/?v=10&encoding=json`);
    expect(JSON.parse((await client.next()).toString())).toMatchObject({
      op: 10,
      d: { heartbeat_interval: 41_250 },
    });
    client.ws.send('{"op":1,"d":null}');
    expect((await client.next()).toString()).toBe(ACK);
    client.ws.send(IDENTIFY);
    const [ready, ...rest] = await client.texts(3);
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
    ['several payloads in one message', '{"op":1}{"op":1}', 4002],
    ['more than a mebibyte', `{"op":3,"d":"${'x'.repeat(1024 * 1024)}"}`, 4002],
    ['an unknown opcode', '{"op":99,"d":null}', 4001],
    ['a payload before IDENTIFY', '{"op":3,"d":{}}', 4003],
  ])('%s closes with the documented code', async (_, message, code) => {
    const mock = await serve(readySession());
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(message);
    expect(await client.closed()).toBe(code);
  });

  it.each([
    ['?v=99', 4012],
    ['?v=10&encoding=xml', 4002],
    ['?v=10&encoding=json&compress=brotli', 4002],
  ])('a URL with %s closes with %i where input is checked', async (query, code) => {
    const mock = await serve(readySession(), 'max', { isStrict: true });
    const client = new BareClient(`${mock.gatewayUrl}/${query}`);
    expect(await client.closed()).toBe(code);
  });

  it.each(['encoding=JSON', 'compress=false', 'compress=json', 'compress=zlib-stream/', 'compress='])(
    'a client that asks for %s is served plain JSON, and a line says so',
    async (query) => {
      const lines: string[] = [];
      const mock = await serve(readySession(), 'max', { host: systemHost((_, line) => lines.push(line)) });
      const client = new BareClient(`${mock.gatewayUrl}/?v=10&${query}`);
      expect(JSON.parse((await client.next()).toString())).toMatchObject({ op: 10 });
      expect(lines.filter((line) => line.includes('not documented'))).toHaveLength(1);
    },
  );

  it('a client that is refused may send anything afterwards, or nothing', async () => {
    const mock = await serve(readySession());
    await using rude = await RawClient.connect(mock.gatewayUrl, '?v=99');
    rude.socket.write(Buffer.of(0x81, 0x01, 0x41)); // unmasked, which ends a WebSocket
    await rude.closed;
    await using silent = await RawClient.connect(mock.gatewayUrl, '?v=99');
    await Promise.all([mock.close(), silent.closed]);
  });

  it.each([
    [1015, '', 1006, ''],
    [2000, 'no such code', 1006, ''],
    [4000, 'é'.repeat(80), 4000, 'é'.repeat(61)],
  ])(
    'a recorded close with %i becomes a code that a close frame may have',
    async (code, reason, seen, said) => {
      const close = { type: 'close', connection: 1, atUs: 40, sender: 'gateway', code, reason } as const;
      const mock = await serve(readySession(close));
      const client = new BareClient(mock.gatewayUrl);
      await client.next();
      client.ws.send(IDENTIFY);
      const [heard, why] = (await once(client.ws, 'close')) as [number, Buffer];
      expect([heard, why.toString()]).toEqual([seen, said]);
    },
  );
});

describe('transport', () => {
  const events = Array.from({ length: 300 }, (_, index) =>
    dispatch(30 + index, index + 2, 'E', { text: 'né😀'.repeat(index) }),
  );
  const texts = events.map((event) => (event.type === 'payload' ? event.text : ''));

  it('zlib-stream has HELLO in the stream, one binary message per payload, read back by node:zlib', async () => {
    const mock = await serve(readySession(...events));
    const client = new BareClient(`${mock.gatewayUrl}/?v=10&encoding=json&compress=zlib-stream`);
    const hello = await client.next();
    client.ws.send(IDENTIFY);
    const messages = [hello, ...(await client.take(events.length + 1))];
    expect(messages.every((message) => 'isBinary' in message && message.isBinary)).toBe(true);
    const payloads = (await inflateStream(messages)).map((payload) => payload.toString());
    expect(payloads).toHaveLength(messages.length);
    expect(payloads[0]).toContain('"op":10');
    expect(payloads.slice(2)).toEqual(texts);
  });

  it('without compression is text, one message per payload', async () => {
    const mock = await serve(readySession(...events));
    const client = new BareClient(`${mock.gatewayUrl}//?v=9`);
    await client.next();
    client.ws.send(IDENTIFY);
    const messages = await client.take(events.length + 1);
    expect(messages.every((message) => 'isBinary' in message && !message.isBinary)).toBe(true);
    expect(messages.slice(1).map((message) => message.toString())).toEqual(texts);
  });

  it('is the same bytes in every run', async () => {
    const run = async (): Promise<Buffer[]> => {
      const mock = await serve(readySession(...events));
      const client = new BareClient(`${mock.gatewayUrl}/?compress=zlib-stream`);
      await client.next();
      client.ws.send(IDENTIFY);
      const messages = await client.take(events.length + 1);
      // READY names the mock's own address, the only thing that differs.
      return messages.slice(1);
    };
    expect(await run()).toEqual(await run());
  });
});

describe('a client', () => {
  it.each([
    ['', []],
    [', whatever faults wait', [parseFault('reset@seq=9999')]],
  ])('that reads slowly is waited for, and gets everything in order%s', async (_, faults) => {
    const events = (count: number, d: JsonValue): RecordingStep[] =>
      Array.from({ length: count }, (__, index) => dispatch(30, index + 2, 'E', d));
    const large = { ...readySession(...events(400, 'x'.repeat(64 * 1024))), shard: [0, 2] } as const;
    const small = { ...readySession(...events(5000, 'y')), shard: [1, 2] } as const;
    const mock = await serve([large, small], 'max', { faults });
    const [slow, quick] = [new BareClient(mock.gatewayUrl), new BareClient(mock.gatewayUrl)];
    await Promise.all([slow.next(), quick.next()]);
    slow.ws.pause();
    quick.ws.send('{"op":2,"d":{"token":"t","shard":[1,2]}}');
    slow.ws.send('{"op":2,"d":{"token":"t","shard":[0,2]}}');
    const seqs = async (client: BareClient, count: number): Promise<number[]> =>
      (await client.texts(count)).map((text) => (JSON.parse(text) as { s: number }).s);
    const upTo = (count: number): number[] => Array.from({ length: count }, (__, index) => index + 1);
    expect(await seqs(quick, 5001)).toEqual(upTo(5001)); // the slow one delays no other
    slow.ws.resume();
    expect(await seqs(slow, 401)).toEqual(upTo(401));
  });

  it('has time to inflate aside of its socket before an interruption, a ms for each message', async () => {
    const events = Array.from({ length: 200 }, (_, index) => dispatch(30, index + 2, 'E', { index }));
    const mock = await serve(readySession(...events, closed(40, 4000)));
    const client = new WebSocket(`${mock.gatewayUrl}/?v=10&encoding=json&compress=zlib-stream`);
    let messages = 0;
    let lastAtMs = 0;
    client.on('message', () => {
      messages += 1;
      lastAtMs = performance.now();
      if (messages === 1) client.send(IDENTIFY); // after HELLO
    });
    const [code] = (await once(client, 'close')) as [number];
    expect({ code, messages }).toEqual({ code: 4000, messages: 2 + events.length });
    expect(performance.now() - lastAtMs).toBeGreaterThan(events.length);
  });

  it('may send IDENTIFY with its handshake, before HELLO', async () => {
    const mock = await serve(readySession(dispatch(30, 2, 'A')));
    const client = new BareClient(mock.gatewayUrl);
    client.ws.on('open', () => client.ws.send(IDENTIFY));
    const ops = (await client.texts(3)).map((text) => (JSON.parse(text) as { op: number }).op);
    expect(ops).toEqual([10, 0, 0]);
  });

  it('that gets RECONNECT resumes on the URL of READY', async () => {
    const mock = await serve(
      readySession(
        step(100, 1, 'gateway', RECONNECT),
        step(200, 2, 'client', '{"op":6,"d":{"token":"t","session_id":"recorded-session","seq":1}}'),
        dispatch(210, 2, 'A', {}, 2),
        dispatch(220, 3, 'RESUMED', {}, 2),
      ),
    );
    const first = new BareClient(mock.gatewayUrl);
    await first.next();
    first.ws.send(IDENTIFY);
    const [ready, reconnect] = await first.texts(2);
    expect(reconnect).toBe(RECONNECT);
    first.ws.close(4000);
    const { d } = JSON.parse(ready!) as { d: { session_id: string; resume_gateway_url: string } };
    const second = new BareClient(`${d.resume_gateway_url}/?v=10&encoding=json`);
    await second.next();
    second.ws.send(JSON.stringify({ op: 6, d: { token: 't', session_id: d.session_id, seq: 1 } }));
    const events = (await second.texts(2)).map((text) => (JSON.parse(text) as { t: string }).t);
    expect(events).toEqual(['A', 'RESUMED']);
    await mock.finished();
    expect(mock.received({ connection: 2 })).toMatchObject([{ payload: { op: 6 } }]);
  });
});

describe('a mock', () => {
  it('reports a port in use', async () => {
    const mock = await serve(readySession());
    const port = Number(new URL(mock.gatewayUrl).port);
    const second = serveRecordings([readySession()], {
      host: systemHost(),
      listen: { host: '127.0.0.1', port },
      speed: 'max',
    });
    await expect(second).rejects.toThrow(NetworkError);
  });

  it('that is closed cuts its clients off, frees its port, and finishes nothing', async () => {
    const mock = await serve(readySession(dispatch(3_600_000_000, 2, 'LATER')), 1);
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(IDENTIFY);
    await client.next();
    const finished = mock.finished();
    const closed = client.closed();
    await Promise.all([mock.close(), expect(finished).rejects.toThrow(UsageError)]);
    expect(await closed).toBe(1006);
    const late = new WebSocket(mock.gatewayUrl);
    await expect(new Promise((_, reject) => late.on('error', reject))).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a test', () => {
  const texts = (messages: readonly string[]): unknown[] =>
    messages.map((text) => {
      const { op, t, s } = JSON.parse(text) as { op: number; t: string | null; s: number | null };
      return t === null ? op : `${t} ${s}`;
    });

  it('sends a dispatch of its own with the next number, and RESUME brings it again', async () => {
    const mock = await serve(readySession());
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    expect(mock.send({ t: 'EARLY', d: {} })).toBe(0); // no client has a session yet
    client.ws.send(IDENTIFY);
    await client.next();
    expect(mock.send({ t: 'MESSAGE_CREATE', d: { id: '9' } })).toBe(1);
    expect((await client.next()).toString()).toBe('{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"id":"9"}}');
    expect(mock.send({ op: 1, d: null })).toBe(1);
    expect((await client.next()).toString()).toBe('{"t":null,"s":null,"op":1,"d":null}');
    const closed = client.closed();
    expect(mock.disconnect(4000)).toBe(1);
    expect(await closed).toBe(4000);
    expect(mock.send({ t: 'MEANWHILE', d: {} })).toBe(0);
    const again = new BareClient(mock.gatewayUrl);
    await again.next();
    again.ws.send('{"op":6,"d":{"token":"t","session_id":"recorded-session","seq":1}}');
    expect(texts(await again.texts(3))).toEqual(['MESSAGE_CREATE 2', 'MEANWHILE 3', 'RESUMED 3']);
  });

  it('reaches the clients that it means, and no others', async () => {
    const mock = await serve([
      { ...readySession(), shard: [0, 2] },
      { ...readySession(), shard: [1, 2] },
    ]);
    const clients = [0, 1].map(() => new BareClient(mock.gatewayUrl));
    for (const [shard, client] of clients.entries()) {
      await client.next();
      client.ws.send(JSON.stringify({ op: 2, d: { token: 't', shard: [shard, 2] } }));
      await client.next();
    }
    expect([
      mock.send({ t: 'A', d: 1 }, { shard: 1 }),
      mock.send({ t: 'B', d: 2 }, { connection: 1 }),
    ]).toEqual([1, 1]);
    expect(mock.send({ t: 'C', d: 3 })).toBe(2);
    expect(texts(await clients[0]!.texts(2))).toEqual(['B 2', 'C 3']);
    expect(texts(await clients[1]!.texts(2))).toEqual(['A 2', 'C 3']);
    const closed = clients[1]!.closed();
    expect(mock.disconnect(undefined, { shard: 1 })).toBe(1);
    expect(await closed).toBe(1006);
    expect(mock.send({ t: 'D', d: 4 })).toBe(1);
  });

  it('ends a session with a code that says so', async () => {
    const mock = await serve(readySession());
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(IDENTIFY);
    await client.next();
    mock.disconnect(4007);
    const again = new BareClient(mock.gatewayUrl);
    await again.next();
    again.ws.send('{"op":6,"d":{"token":"t","session_id":"recorded-session","seq":1}}');
    expect(texts(await again.texts(1))).toEqual([9]);
  });

  it('plays frame by frame', async () => {
    const mock = await serve(
      readySession(dispatch(30, 2, 'A'), dispatch(40, 3, 'B'), dispatch(50, 4, 'C')),
      'step',
    );
    mock.step();
    mock.step(); // both before there is anybody to have them
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(IDENTIFY);
    expect(texts(await client.texts(2))).toEqual(['READY 1', 'A 2']);
    client.ws.send('{"op":1,"d":2}');
    expect(texts(await client.texts(1))).toEqual([11]);
    mock.step();
    expect(texts(await client.texts(1))).toEqual(['B 3']);
    mock.step();
    await mock.finished();
    expect(texts(await client.texts(1))).toEqual(['C 4']);
  });
});
