/** One recording, every transport of the mock, read back by decoders that share no code with it. */
import { execFileSync } from 'node:child_process';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/gateway/payload.js';
import type { Recording } from '../../src/replay/recording.js';
import { hasErlang } from '../support/erlang.js';
import { readByErlang } from '../support/erlang-json.js';
import { BareClient, serve } from '../support/mocks.js';
import { dispatch, readySession, step } from '../support/capture/steps.js';
import { inflateStream } from '../support/zlib-stream.js';

const hasZstd = canRun('zstd', ['--version']);
if (!hasZstd) console.log('skipped: no zstd command line tool here to read zstd-stream');
if (!hasErlang) console.log('skipped: no Erlang here to read ETF');

function canRun(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const odd: JsonValue = {
  integers: [0, 1, 255, 256, -1, -129, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32, -(2 ** 40), 2 ** 53 - 1],
  floats: [0.5, -1e-7, 1.5e300],
  words: ['', 'né😀', '\u0000\n"\\', 'x'.repeat(70_000)],
  '42': { nested: [[], {}, [null, true, false]] },
  snowflake: '175928847299117063',
};
const DISPATCHES: readonly [string, JsonValue][] = [
  ['GUILD_CREATE', { id: '81384788765712384', members: Array.from({ length: 400 }, (_, id) => ({ id })) }],
  ['SESSIONS_REPLACE', [{ session_id: 'all' }, { session_id: 'other' }]],
  ['AN_EVENT_OF_TOMORROW', odd],
  ['NOTHING', null],
  ['NUMBER', 7],
];
const recording: Recording = readySession(
  ...DISPATCHES.map(([event, d], index) => dispatch(30 + index, index + 2, event, d)),
  step(90, 1, 'gateway', '{"t":null,"s":null,"op":77,"d":["an opcode of tomorrow"],"extra":{"kept":0.25}}'),
  dispatch(95, 20, 'MESSAGE_CREATE', { content: 'last' }),
);
const recorded = recording.steps
  .slice(3)
  .map((entry) => (entry.type === 'payload' ? (JSON.parse(entry.text) as unknown) : null));

/** Messages from HELLO on; the last is the answer to a QOS heartbeat. */
async function play(
  query: string,
  identify: object = {},
): Promise<{ messages: Buffer[]; isBinary: boolean[] }> {
  const mock = await serve(recording);
  const client = new BareClient(`${mock.gatewayUrl}/?v=10&${query}`);
  const messages = [await client.next()];
  client.ws.send(JSON.stringify({ op: 2, d: { token: 't', intents: 1, properties: {}, ...identify } }));
  messages.push(...(await client.take(1 + recorded.length)));
  client.ws.send('{"op":40,"d":{"seq":20,"qos":{"ver":27,"active":true,"reasons":[]}}}');
  client.ws.send('{"op":41,"d":{"session_id":"a-uuid"}}');
  messages.push(await client.next());
  return {
    messages,
    isBinary: messages.map((message) => 'isBinary' in message && message.isBinary === true),
  };
}

function expectRecorded(payloads: unknown[]): void {
  const [hello, ready, ...rest] = payloads;
  expect(hello).toMatchObject({ t: null, s: null, op: 10, d: { heartbeat_interval: 41_250 } });
  expect(ready).toMatchObject({ t: 'READY', s: 1, op: 0, d: { session_id: 'recorded-session' } });
  expect(rest).toEqual([...recorded, { t: null, s: null, op: 11, d: null }]);
}

const json = (payload: Uint8Array): unknown => JSON.parse(Buffer.from(payload).toString());

/** Payloads that one endless zstd frame holds, read by the command line tool: all messages, and all but the last. */
function unzstd(messages: readonly Buffer[]): Buffer {
  const lastBlock = Buffer.from([1, 0, 0]); // ends the frame, which a gateway never does
  return execFileSync('zstd', ['-d', '-c'], {
    input: Buffer.concat([...messages, lastBlock]),
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** The bytes that each message adds to the stream. */
function unzstdEach(messages: readonly Buffer[]): Buffer[] {
  const lengths = messages.map((_, index) => unzstd(messages.slice(0, index + 1)).length);
  const whole = unzstd(messages);
  return lengths.map((length, index) => whole.subarray(lengths[index - 1] ?? 0, length));
}

describe('json', () => {
  it('without compression is text', async () => {
    const { messages, isBinary } = await play('encoding=json');
    expect(isBinary).not.toContain(true);
    expectRecorded(messages.map(json));
  });

  it('is what the gateway was recorded to send, byte for byte', async () => {
    const { messages } = await play('encoding=json');
    const texts = recording.steps.slice(3).map((entry) => entry.type === 'payload' && entry.text);
    expect(messages.slice(2, -1).map(String)).toEqual(texts);
  });

  it('over zlib-stream', async () => {
    const { messages, isBinary } = await play('encoding=json&compress=zlib-stream', { compress: true });
    expect(isBinary).not.toContain(false);
    expectRecorded((await inflateStream(messages)).map(json));
  });

  it.skipIf(!hasZstd)('over zstd-stream', async () => {
    const { messages, isBinary } = await play('encoding=json&compress=zstd-stream');
    expect(isBinary).not.toContain(false);
    expectRecorded(unzstdEach(messages).map(json));
  });

  it('with payload compression: READY and GUILD_CREATE as one zlib buffer each, the rest as text', async () => {
    const { messages, isBinary } = await play('encoding=json', { compress: true });
    expect(isBinary.map((binary, index) => (binary ? index : -1)).filter((index) => index >= 0)).toEqual([
      1, 2,
    ]);
    expectRecorded(messages.map((message, index) => json(isBinary[index] ? inflateSync(message) : message)));
  });
});

describe.skipIf(!hasErlang)('etf', () => {
  it('without compression is binary', async () => {
    const { messages, isBinary } = await play('encoding=etf', { compress: true });
    expect(isBinary).not.toContain(false);
    expectRecorded(readByErlang(messages));
  });

  it('over zlib-stream', async () => {
    const { messages } = await play('encoding=etf&compress=zlib-stream');
    expectRecorded(readByErlang(await inflateStream(messages)));
  });

  it.skipIf(!hasZstd)('over zstd-stream', async () => {
    const { messages } = await play('encoding=etf&compress=zstd-stream');
    expectRecorded(readByErlang(unzstdEach(messages)));
  });
});
