import { describe, expect, it } from 'vitest';
import { parseFault } from '../../src/config/fault-spec.js';
import { systemHost } from '../../src/host.js';
import { BareClient, IDENTIFY, serve } from '../support/mocks.js';
import { RawClient } from '../support/raw-client.js';
import { closed, dispatch, readySession } from '../support/capture/steps.js';

const EVENTS = Array.from({ length: 400 }, (_, index) =>
  dispatch(30, index + 2, 'TYPING_START', { user_id: 'x'.repeat(900) }),
);

describe('finished()', () => {
  it.each(['', '&compress=zlib-stream'])(
    'resolves when a client has read the last frame%s',
    async (compress) => {
      const mock = await serve(readySession(...EVENTS));
      const client = new BareClient(`${mock.gatewayUrl}/?v=10&encoding=json${compress}`);
      let read = 0;
      client.ws.on('message', () => (read += 1));
      await client.next();
      client.ws.send(IDENTIFY);
      await mock.finished();
      expect(read).toBe(2 + EVENTS.length);
    },
  );

  it('resolves when the recording ends with a close, and the client has answered it', async () => {
    const mock = await serve(readySession(...EVENTS, closed(40, 4000)));
    const client = new BareClient(mock.gatewayUrl);
    let read = 0;
    client.ws.on('message', () => (read += 1));
    await client.next();
    client.ws.send(IDENTIFY);
    await mock.finished();
    expect(read).toBe(2 + EVENTS.length);
  });

  it('waits a limited time for a client that answers no ping', async () => {
    const mock = await serve(readySession(dispatch(30, 2, 'TYPING_START')));
    await using silent = await RawClient.connect(mock.gatewayUrl);
    await silent.until(1);
    silent.send(0x81, IDENTIFY);
    await silent.until(3);
    await mock.finished();
  });

  it('does not wait for a client that has gone', async () => {
    const mock = await serve(readySession(dispatch(30, 2, 'TYPING_START')));
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(IDENTIFY);
    await client.take(2);
    client.ws.terminate();
    await mock.finished();
  });
});

describe('a ping', () => {
  it('is answered by a pong with its data; an unsolicited pong is ignored', async () => {
    const interruption = {
      type: 'close',
      connection: 1,
      atUs: 40,
      sender: 'gateway',
      code: 4000,
      reason: '',
    } as const;
    const mock = await serve(readySession(interruption));
    await using raw = await RawClient.connect(mock.gatewayUrl);
    await raw.until(1);
    raw.send(0x8a, ''); // a pong of its own accord
    raw.send(0x81, IDENTIFY);
    await raw.until(3);
    expect(raw.frames.map(({ kind }) => kind)).toEqual(['text', 'text', 'ping']);
    raw.send(0x8a, '1');
    await raw.until(4);
    expect(raw.frames.at(-1)?.kind).toBe('close');
  });
});

describe('the log of a mock', () => {
  it('says which clients come and go, and which fault acts', async () => {
    const lines: string[] = [];
    const host = systemHost((_, line) => void lines.push(line));
    const fault = parseFault('close:4000@seq=2');
    const mock = await serve(readySession(dispatch(30, 2, 'TYPING_START')), 'max', { host, faults: [fault] });
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send('{"op":2,"d":{"token":"t","intents":1,"properties":{"browser":"lib 1"},"shard":[0,1]}}');
    expect(await client.closed()).toBe(4000);
    expect(lines.slice(0, 3)).toEqual([
      'client 1 has come: json, none',
      'client 1 identifies as lib 1, shard 0/1',
      'the fault close acts',
    ]);
  });
});
