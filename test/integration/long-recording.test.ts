/** A day of traffic at full speed: all of it, in order, and the same bytes in every run and over every transport. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Recording } from '../../src/replay/recording.js';
import { serve } from '../support/mocks.js';
import { dispatch, readySession } from '../support/capture/steps.js';

const DAY_US = 24 * 3_600e6;
const COUNT = 50_000;
const TRANSPORTS = ['json', 'etf'].flatMap((encoding) =>
  ['', '&compress=zlib-stream', '&compress=zstd-stream'].map((compress) => `encoding=${encoding}${compress}`),
);

function spread(count: number): Recording {
  return readySession(
    ...Array.from({ length: count }, (_, index) =>
      dispatch(Math.round(((index + 1) / count) * DAY_US), index + 2, 'MESSAGE_CREATE', {
        id: String(1_200_000_000_000_000_000n + BigInt(index)),
        content: `message ${index * 7919}`,
      }),
    ),
  );
}

/** What one client is sent behind READY, which names the port: count, digest of the bytes, and the last message. */
async function play(recording: Recording, query: string, count: number): Promise<[number, string, string]> {
  await using mock = await serve(recording, 'max');
  const client = new WebSocket(`${mock.gatewayUrl}/?v=10&${query}`, { perMessageDeflate: false });
  const digest = createHash('sha256');
  let received = 0;
  let last = '';
  await new Promise<void>((resolve) =>
    client.on('message', (data: Buffer) => {
      received += 1;
      if (received === 1) client.send('{"op":2,"d":{"token":"t","properties":{},"intents":1}}');
      if (received > 2) digest.update(`${data.length} `).update(data);
      last = query === 'encoding=json' ? data.toString() : '';
      if (received === count + 2) resolve();
    }),
  );
  client.terminate();
  return [received - 2, digest.digest('hex'), last];
}

it('a recording of a day plays in seconds, in order, and the same twice', async () => {
  const recording = spread(COUNT);
  const seqs: number[] = [];
  for (const step of recording.steps)
    if (step.type === 'payload' && step.payload.s !== null) seqs.push(step.payload.s);
  const [first, second] = [
    await play(recording, 'encoding=json', COUNT),
    await play(recording, 'encoding=json', COUNT),
  ];
  expect(second).toEqual(first);
  expect(first[0]).toBe(COUNT);
  expect(first[2]).toContain(`"s":${seqs.at(-1)!},`);
  // In order, byte for byte: the recorded texts themselves.
  const expected = createHash('sha256');
  for (const step of recording.steps.slice(3)) {
    if (step.type === 'payload') expected.update(`${Buffer.byteLength(step.text)} `).update(step.text);
  }
  expect(first[1]).toBe(expected.digest('hex'));
}, 30_000);

it.each(TRANSPORTS)('two runs over %s send the same bytes', async (query) => {
  const recording = spread(500);
  const [first, second] = [await play(recording, query, 500), await play(recording, query, 500)];
  expect(second).toEqual(first);
});
