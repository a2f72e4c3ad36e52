/**
 * Every fault through the public door: what a client sees of it over real sockets, and the same again with the same seed.
 *
 * The client is a plain one: it asks the API, identifies, sends heartbeats after READY, resumes or identifies again as
 * requested, and always reconnects, until it gets 4004.
 */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startMockGateway } from '../../src/library/mock.js';
import { FAULT_NAMES } from '../../src/replay/faults/catalogue.js';
import { formatTape } from '../../src/replay/tape/tape.js';
import { dispatch, readySession } from '../support/capture/steps.js';
import { scratchFile } from '../support/scratch.js';

const EVENTS = Array.from({ length: 12 }, (_, index) =>
  dispatch(30 + index, index + 2, 'MESSAGE_CREATE', { id: String(index), content: `message ${index}` }),
);
const GOODBYE = 4004;

interface Heard {
  readonly op: number;
  readonly s?: number | null;
  readonly t?: string | null;
  readonly d?: { readonly session_id?: string } | boolean | null;
}

/** What a client saw, a line for each API call, message and end; whether it was acknowledged comes last. */
async function seenBy(gatewayUrl: string, apiUrl: string, compress: string): Promise<string[]> {
  const seen: string[] = [];
  let isAcknowledged = false;
  let session: string | null = null;
  let seq = 0;

  const answer = ({ op, s, t, d }: Heard, send: (op: number, d: unknown) => void): void => {
    const enter = (): void => {
      if (session === null) send(2, { token: 't', intents: 1, properties: {} });
      else send(6, { token: 't', session_id: session, seq });
    };
    seq = Math.max(seq, s ?? 0);
    if (t === 'READY') {
      session = (d as { session_id: string }).session_id;
      send(1, seq);
    }
    if (op === 1) send(1, seq);
    if (op === 9 && d !== true) [session, seq] = [null, 0];
    if (op === 10 || op === 9) enter();
    if (op === 11) isAcknowledged = true;
  };

  const visit = (): Promise<number> => {
    const socket = new WebSocket(`${gatewayUrl}/?v=10&encoding=json${compress}`, {
      perMessageDeflate: false,
    });
    const send = (op: number, d: unknown): void => socket.send(JSON.stringify({ op, d }));
    let count = 0;
    socket.on('message', (data: Buffer, isBinary) => {
      count += 1;
      const text = data.toString();
      if (isBinary) {
        // No inflater here: HELLO is first, and where a message ends is all that matters.
        seen.push(data.subarray(-4).toString('hex'));
        if (count === 1) answer({ op: 10 }, send);
        if (count === 2) send(1, 1);
        return;
      }
      const heard = parsed(text);
      if (heard?.op !== 11) seen.push(text.replaceAll(new URL(gatewayUrl).port, 'PORT'));
      if (heard !== null) answer(heard, send);
      if (heard?.op === 7) socket.close(4900);
    });
    return new Promise((resolve) => void socket.on('error', () => undefined).on('close', resolve));
  };

  for (const path of ['gateway', 'gateway/bot'])
    seen.push(`${path} ${(await fetch(`${apiUrl}/v10/${path}`)).status}`);
  for (let code = 0; code !== GOODBYE; seen.push(`end ${code}`)) code = await visit();
  return [...seen, `acknowledged: ${isAcknowledged}`];
}

function parsed(text: string): Heard | null {
  try {
    return JSON.parse(text) as Heard;
  } catch {
    return null;
  }
}

/** What a client saw of a mock with these faults. */
async function run(tape: string, faults: readonly string[], compress = ''): Promise<string[]> {
  await using mock = await startMockGateway({ tape, speed: 'max', faults, seed: 7 });
  const seen = seenBy(mock.gatewayUrl, mock.apiUrl, compress);
  await mock.finished();
  while (mock.received({ op: 1 }).length === 0) await mock.stirred();
  mock.disconnect(GOODBYE);
  return await seen;
}

const CASES: readonly (readonly [faults: readonly string[], sees: RegExp])[] = [
  [['reconnect@seq=5'], /"op":7[^]*end 4900[^]*RESUMED/],
  [['invalid-session:true@seq=5'], /"op":9,"d":true[^]*RESUMED/],
  [['invalid-session@seq=5'], /"op":9,"d":false[^]*READY/],
  [['close:4000@seq=5'], /end 4000[^]*RESUMED/],
  [['reset@event=MESSAGE_*'], /end 1006[^]*RESUMED/],
  [['drop-ack'], /acknowledged: false/],
  [['heartbeat-request@t=0'], /"op":1,/],
  [['delay:5'], /message 11/],
  [['stall:0.05@seq=4'], /message 11/],
  [['duplicate@p=0.3'], /\n(.*message \d+.*)\n\1\n/],
  [['skip-seq@event=MESSAGE_*'], /^(?![^]*"s":2,)/],
  [['reorder@seq=4'], /"s":5,[^]*"s":4,/],
  [['corrupt-stream@seq=4'], /\n[^{][^\n]*message 2/],
  [['split-message@seq=4'], /\n(?!\{"t")\S[^\n]*\}\n/],
  [['split-message:suffix@seq=4'], /\n(?!\{"t")\S[^\n]*\}\n/],
  [['big-ready:20KiB'], /READY.{20000}/],
  [['close:4000@seq=5', 'resume-refused'], /end 4000[^]*"op":9,"d":false[^]*READY/],
  [['api-503'], /^gateway 503\ngateway\/bot 200\n/],
];

it('each fault has its documented effect, and the same effect in a second run', async () => {
  const tape = scratchFile('recorded.tape.ndjson');
  writeFileSync(tape, formatTape(readySession(...EVENTS)));
  const usual = await run(tape, []);
  expect(usual.filter((line) => line.includes('MESSAGE_CREATE'))).toHaveLength(EVENTS.length);
  const visits = CASES.map(async ([faults, sees]) => {
    const [first, second] = await Promise.all([run(tape, faults), run(tape, faults)]);
    expect(second, faults.join()).toEqual(first);
    expect(first.join('\n'), faults.join()).toMatch(sees);
    if (!/^(?:delay|stall)/.test(faults[0] ?? '')) expect(first, faults.join()).not.toEqual(usual);
  });
  await Promise.all(visits);

  const zlib = '&compress=zlib-stream';
  const [whole, cut, again] = await Promise.all([
    run(tape, [], zlib),
    run(tape, ['no-flush-suffix@seq=4'], zlib),
    run(tape, ['no-flush-suffix@seq=4'], zlib),
  ]);
  const cuts = (seen: readonly string[]): number =>
    seen.filter((line) => /^[0-9a-f]{8}$/.test(line) && line !== '0000ffff').length;
  expect([cuts(whole), cuts(cut)]).toEqual([0, 1]);
  expect(again).toEqual(cut);

  const tried = [...CASES.flatMap(([faults]) => faults), 'no-flush-suffix'];
  expect(new Set(tried.map((fault) => fault.split(/[:@]/)[0]))).toEqual(new Set(FAULT_NAMES));
});
