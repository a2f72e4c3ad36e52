/**
 * Faults of the mock, recorded and linted: each that a rule can see is seen by that rule, and by no other as an error.
 * Those that need time to be seen are in lint/faults.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInflate, constants } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { WebSocket } from 'ws';
import { lintCapture } from '../../src/library/lint.js';
import { startMockGateway } from '../../src/library/mock.js';
import { startRecorder } from '../../src/library/record.js';
import { SECRETS } from '../support/payloads.js';
import { scratchFile } from '../support/scratch.js';

const tape = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));
const IDENTIFY = {
  token: SECRETS.token,
  intents: 513,
  shard: [0, 1],
  properties: { os: 'a', browser: 'b', device: 'c' },
};

/** What each fault leads to, by a client that does nothing wrong but for coming back at once. */
const FAULTS: readonly (readonly [fault: string, ...rules: readonly string[]])[] = [
  ['reconnect'],
  ['invalid-session:true'],
  ['close:4000'],
  ['close:4002', 'error cl-server-blames'],
  ['reset', 'info cl-no-frame'],
  ['heartbeat-request'],
  ['duplicate', 'info gw-seq-duplicate'],
  ['skip-seq', 'error gw-seq-gap'],
  ['reorder', 'error gw-seq-back'],
  ['corrupt-stream', 'error gw-stream-broken'],
  ['no-flush-suffix', 'error gw-stream-broken'],
  ['split-message'],
  ['split-message:suffix'],
  ['drop-ack'],
  ['stall:1'],
  ['delay:50'],
  ['api-503'],
  ['big-ready:64KiB'],
  ['invalid-session:false', 'info id-after-op9-early'],
  ['resume-refused close:4000', 'info id-after-op9-early'],
];

/** The tape up to where its gateway asks to reconnect: a refused RESUME plays it from the start, again and again. */
function tapeUntilReconnect(path: string): string {
  const lines = readFileSync(tape, 'utf8').split('\n');
  writeFileSync(
    path,
    lines
      .slice(
        0,
        lines.findIndex((line) => line.includes('"op":7,')),
      )
      .join('\n'),
  );
  return path;
}

interface Payload {
  readonly op: number;
  readonly d: Readonly<Record<string, string>>;
  readonly s: number | null;
  readonly t: string | null;
}

/** A client that comes back by RESUME until `done`, and does nothing wrong. */
async function converse(gatewayUrl: string, done: Promise<void>): Promise<void> {
  let [sessionId, seq, url]: [string | null, number | null, string] = [null, null, gatewayUrl];
  const state = { isDone: false };
  while (!state.isDone) {
    const socket = new WebSocket(`${url}/?v=10&encoding=json&compress=zlib-stream`);
    const inflate = createInflate({ chunkSize: 1024 * 1024 }); // one payload, one chunk
    const send = (op: number, d: unknown): void => socket.send(JSON.stringify({ op, d }));
    const take = ({ op, d, s, t }: Payload): void => {
      if (op === 0) seq = s;
      if (t === 'READY') [sessionId, url] = [d['session_id'] ?? null, d['resume_gateway_url'] ?? url];
      if (op === 1) send(1, seq);
      if (op === 7) socket.close(4200);
      if (op === 9 && (d as unknown) === false) sessionId = null;
      if (op !== 10 && op !== 9) return;
      if (sessionId === null) send(2, IDENTIFY);
      else send(6, { token: SECRETS.token, session_id: sessionId, seq });
    };
    inflate.on('error', () => socket.close(4000));
    inflate.on('data', (bytes: Buffer) => {
      try {
        take(JSON.parse(bytes.toString()) as Payload);
      } catch {
        socket.close(4000); // two payloads, or a part of one
      }
    });
    socket.on('message', (bytes: Buffer) => {
      inflate.write(bytes);
      inflate.flush(constants.Z_SYNC_FLUSH);
    });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    void done.then(() => {
      state.isDone = true;
      socket.close(4900);
    });
    await closed;
  }
}

describe.concurrent('the fault', () => {
  it.for(FAULTS)('%s', async ([fault, ...rules], { expect, onTestFinished }) => {
    const db = scratchFile('faults.sqlite', onTestFinished);
    {
      const played = fault.startsWith('resume-refused')
        ? tapeUntilReconnect(scratchFile('short.tape.ndjson', onTestFinished))
        : tape;
      const faults = fault.split(' ');
      await using mock = await startMockGateway({ tape: played, speed: 'max', faults });
      await using recorder = await startRecorder({
        ...{ listen: '127.0.0.1:0', upstream: mock.gatewayUrl, api: mock.apiUrl, db },
      });
      await converse(recorder.gatewayUrl, mock.finished());
    }
    const { findings } = await lintCapture({ db });
    const found = [...new Set(findings.map(({ severity, rule }) => `${severity} ${rule}`))];
    expect(found).toEqual(expect.arrayContaining([...rules]));
    // A slow machine may lead to more that is no error, such as a session that takes long to begin.
    const isError = (name: string): boolean => name.startsWith('error ');
    expect(found.filter(isError)).toEqual(rules.filter(isError));
  });
});
