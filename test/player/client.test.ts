import { readFileSync } from 'node:fs';
import { onTestFinished, describe, expect, it } from 'vitest';
import { NetworkError, UsageError } from '../../src/errors.js';
import { systemHost } from '../../src/host.js';
import { GatewayClient } from '../../src/player/client.js';
import { parseTape } from '../../src/replay/tape/tape.js';
import { serve } from '../support/mocks.js';
import { IDENTIFY, opened, recording, step } from '../support/recordings.js';

const demo = parseTape(readFileSync(new URL('../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));
const demoEvents = demo.steps.flatMap((entry) =>
  entry.type === 'payload' && entry.sender === 'gateway' && entry.payload.t !== null ? [entry.payload] : [],
);

function client(url: string, compress: 'none' | 'zlib-stream', seen: unknown[]): GatewayClient {
  const built = new GatewayClient({
    host: systemHost(),
    url,
    token: 'placeholder',
    intents: 1,
    transport: { version: 10, encoding: 'json', compress },
    onDispatch: ({ t, s, d }) => seen.push({ t, s, d }),
  });
  onTestFinished(() => built.close());
  return built;
}

describe('the built-in client', () => {
  it.each(['none', 'zlib-stream'] as const)('plays the demo tape to its end over %s', async (compress) => {
    const mock = await serve(demo);
    const seen: { t: string; s: number; d: unknown }[] = [];
    const built = client(mock.gatewayUrl, compress, seen);
    await built.connect();
    await mock.finished();
    await expect.poll(() => seen.length).toBe(demoEvents.length);
    expect(seen.map(({ t, s }) => [t, s])).toEqual(demoEvents.map(({ t, s }) => [t, s]));
    expect(seen.slice(1)).toEqual(demoEvents.slice(1).map(({ t, s, d }) => ({ t, s, d })));
    expect(mock.received({ op: 2 })).toHaveLength(1);
    expect(mock.received({ op: 6 })).toHaveLength(1);
    await built.close();
    expect(mock.received().map(({ payload }) => payload.op)).toEqual([2, 6]);
  });

  it('says which code turned it away', async () => {
    const refusal = recording(step(0, 1, 'client', IDENTIFY), {
      type: 'close',
      connection: 1,
      atUs: 5,
      sender: 'gateway',
      code: 4004,
      reason: 'Authentication failed.',
    });
    const mock = await serve(refusal);
    const connecting = client(mock.gatewayUrl, 'none', []).connect();
    await expect(connecting).rejects.toThrow(NetworkError);
    await expect(connecting).rejects.toThrow('4004');
  });

  it('waits for a beat that is further off than a timer reaches', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const hello = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":1000000000000}}';
    const mock = await serve(opened(step(5, 1, 'gateway', hello)));
    await client(mock.gatewayUrl, 'none', []).connect();
    expect(warnings).toEqual([]);
  });

  it('sends what it is given', async () => {
    const mock = await serve(opened());
    const built = client(mock.gatewayUrl, 'none', []);
    await built.connect();
    built.send({ op: 3, d: { status: 'idle' } });
    await expect.poll(() => mock.received({ op: 3 })).toMatchObject([{ payload: { d: { status: 'idle' } } }]);
  });

  it('can be closed before it is ready, and when nobody answers', async () => {
    const mock = await serve(
      recording(step(0, 1, 'client', IDENTIFY), step(9e9, 1, 'gateway', '{"op":7}')),
      1,
    );
    const built = client(mock.gatewayUrl, 'none', []);
    const connecting = built.connect();
    await Promise.all([expect(connecting).rejects.toThrow(UsageError), built.close()]);
    const nobody = client('ws://127.0.0.1:1', 'none', []);
    const failing = nobody.connect();
    await Promise.all([expect(failing).rejects.toThrow(UsageError), nobody.close()]);
  });
});
