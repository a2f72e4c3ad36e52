/**
 * Forward first: what the peers get is what the peers sent, to the byte, but for the one rewrite.
 *
 * A TCP hop on each side of the proxy notes every byte; node:zlib decodes the rewritten part.
 */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startRecorder, type Recorder, type RecorderOptions } from '../../src/library/record.js';
import { frameSplitter, type WireFrame } from '../support/frame-log.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { rowsOf } from '../support/stores.js';
import { afterUpgrade, TcpHop } from '../support/tcp-log.js';
import { inflateStream } from '../support/zlib-stream.js';

/** Size of the LZ77 window (RFC 1950): as much plain text must have passed since the change. */
const WINDOW_BYTES = 32_768;

let gateway: ScriptedGateway;
let upstreamHop: TcpHop;
let clientHop: TcpHop;
let recorder: Recorder;
let db: string;

async function setUp(options: RecorderOptions = {}): Promise<void> {
  db = scratchFile();
  const upstream = `ws://127.0.0.1:${upstreamHop.port}`;
  recorder = await startRecorder({ listen: '127.0.0.1:0', upstream, api: gateway.apiUrl, db, ...options });
  clientHop = await TcpHop.start(Number(new URL(recorder.gatewayUrl).port));
}

beforeEach(async () => {
  gateway = await ScriptedGateway.start({ guilds: 3 });
  upstreamHop = await TcpHop.start(gateway.port);
});
afterEach(async () => {
  await recorder.close();
  await clientHop[Symbol.asyncDispose]();
  await upstreamHop[Symbol.asyncDispose]();
  await gateway.close();
});

/** Identifies, sends one of each kind of frame, takes `count` messages, and closes. */
async function converse(query: string, count: number): Promise<void> {
  const client = new WebSocket(`ws://127.0.0.1:${clientHop.port}/?v=10&encoding=json${query}`);
  let received = 0;
  client.on('message', () => (received += 1));
  const until = async (total: number): Promise<void> => {
    while (received < total) await once(client, 'message');
  };
  await until(1);
  client.send(JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 513, properties: {} } }));
  await until(5);
  client.ping('are you there');
  client.send('{"op":1,', { fin: false });
  client.send('"d":4}', { fin: true });
  await until(6);
  for (let index = 0; index < count; index += 1)
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(index));
  gateway.peer.ping('and you');
  await until(6 + count);
  client.close(4321, 'arrivederci');
  await once(client, 'close');
}

function framesOf(chunks: readonly Buffer[]): WireFrame[] {
  const frames: WireFrame[] = [];
  frameSplitter((frame) => frames.push(frame))(afterUpgrade(chunks));
  return frames;
}

const isData = (frame: WireFrame): boolean => frame.kind === 'text' || frame.kind === 'binary';

/** Both legs of the only connection: the frames that the gateway sent, and those that the client got. */
function legs(): { sent: WireFrame[]; got: WireFrame[] } {
  const sent = framesOf(upstreamHop.logs[0]?.fromServer ?? []);
  const got = framesOf(clientHop.logs[0]?.fromServer ?? []);
  expect(got).toHaveLength(sent.length);
  expect(got.map((frame) => frame.kind)).toEqual(sent.map((frame) => frame.kind));
  return { sent, got };
}

const rewritten = (ready: string): string =>
  ready.replace(
    `"resume_gateway_url":"${gateway.url}"`,
    `"resume_gateway_url":"ws://127.0.0.1:${clientHop.port}/r/127.0.0.1:${gateway.port}"`,
  );

/** Index among the frames from which on all are equal, bytes of both kinds. */
function verbatimFrom(sent: readonly WireFrame[], got: readonly WireFrame[]): number {
  return sent.findLastIndex((frame, index) => !frame.payload.equals(got[index]?.payload ?? Buffer.of())) + 1;
}

describe('the bytes of the client', () => {
  it.each(['', '&compress=zlib-stream'])('reach the gateway as sent (%j)', async (query) => {
    await setUp();
    await converse(query, 3);
    const sent = afterUpgrade(clientHop.logs[0]?.fromClient ?? []);
    const got = afterUpgrade(upstreamHop.logs[0]?.fromClient ?? []);
    expect(sent.length).toBeGreaterThan(150);
    expect(got.equals(sent)).toBe(true);
  });
});

describe('the bytes of the gateway', () => {
  it('reach the client as sent when nothing is compressed, but for one string in READY', async () => {
    await setUp();
    await converse('', 20);
    const { sent, got } = legs();
    const [, ready] = sent.filter(isData).map((frame) => frame.payload.toString());
    const changed = sent.flatMap((frame, index) =>
      got[index]?.payload.equals(frame.payload) ? [] : [index],
    );
    expect(changed).toHaveLength(1);
    expect(got[changed[0] ?? 0]?.payload.toString()).toBe(rewritten(ready ?? ''));
    // The headers too: before READY and after it the raw streams are the same.
    const rawSent = afterUpgrade(upstreamHop.logs[0]?.fromServer ?? []);
    const rawGot = afterUpgrade(clientHop.logs[0]?.fromServer ?? []);
    const start = rawSent.indexOf(ready ?? '') - 4;
    expect(rawGot.subarray(0, start).equals(rawSent.subarray(0, start))).toBe(true);
    const tail = rawSent.length - rawSent.indexOf(ready ?? '') - Buffer.byteLength(ready ?? '');
    expect(rawGot.subarray(-tail).equals(rawSent.subarray(-tail))).toBe(true);
  });

  it('are re-encoded for one window after READY under zlib-stream, and are the gateway’s own from then on', async () => {
    await setUp();
    await converse('&compress=zlib-stream', 120);
    const { sent, got } = legs();
    const plainSent = (await inflateStream(sent.filter(isData).map((frame) => frame.payload))).map(String);
    const plainGot = (await inflateStream(got.filter(isData).map((frame) => frame.payload))).map(String);
    expect(plainGot).toEqual(plainSent.map((text, index) => (index === 1 ? rewritten(text) : text)));

    // As early as the window allows: the frames before hold less plain text than it, after the changed string.
    const converged = verbatimFrom(sent, got);
    const dataBefore = sent.slice(0, converged).filter(isData).length;
    const ready = plainGot[1] ?? '';
    const changeEnd = ready.indexOf('/r/127.0.0.1') + `/r/127.0.0.1:${gateway.port}`.length;
    const passed = (count: number): number =>
      Buffer.byteLength(ready.slice(changeEnd) + plainGot.slice(2, count).join(''));
    expect(passed(dataBefore)).toBeGreaterThanOrEqual(WINDOW_BYTES);
    expect(passed(dataBefore - 1)).toBeLessThan(WINDOW_BYTES);
    expect(converged).toBeLessThan(sent.length - 40);

    await recorder.close();
    const [connection] = rowsOf(db, 'SELECT relay_mode, converged_frame_no FROM connection');
    expect(connection).toMatchObject({ relay_mode: 'converged' });
    const [frame] = rowsOf(
      db,
      "SELECT count(*) AS position FROM frame_view WHERE sender = 'gateway' AND frame_no <= ?",
      connection?.['converged_frame_no'],
    );
    expect(frame).toEqual({ position: converged + 1 });
  });

  it.each(['', '&compress=zlib-stream'])(
    'reach the client as sent, all of them, with no rewrite (%j)',
    async (query) => {
      await setUp({ rewrite: false });
      await converse(query, 60);
      const sent = afterUpgrade(upstreamHop.logs[0]?.fromServer ?? []);
      const got = afterUpgrade(clientHop.logs[0]?.fromServer ?? []);
      expect(sent.length).toBeGreaterThan(4000);
      expect(got.equals(sent)).toBe(true);
    },
  );
});
