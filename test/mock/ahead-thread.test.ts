/** Messages that a thread makes while the play begins: the same as those of the play, within the cache's bound. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { constants, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AheadThreads } from '../../src/mock/ahead-thread.js';
import { MessageCache } from '../../src/mock/message-cache.js';
import { BareClient, IDENTIFY, serve } from '../support/mocks.js';
import { dispatch, readySession } from '../support/capture/steps.js';

const ZLIB = { encoding: 'json', compress: 'zlib-stream' } as const;
const ETF = { encoding: 'etf', compress: 'zlib-stream' } as const;
const texts = fc
  .sample(fc.json(), { numRuns: 400, seed: 1 })
  .flatMap((json, index) => [
    `{"op":0,"s":${index},"d":${json}}`,
    `{"op":0,"s":${index},"d":"${'é'.repeat(index)}"}`,
  ]);

/** Ends of the threads that `act` starts. */
async function endsOf(act: () => void): Promise<readonly Promise<unknown>[]> {
  const ends: Promise<unknown>[] = [];
  const hear = (worker: Worker): void => void ends.push(once(worker, 'exit'));
  process.on('worker', hear);
  act();
  await turn();
  process.off('worker', hear);
  return ends;
}

// With one processor no thread starts.
describe.skipIf(availableParallelism() === 1)('a thread that makes messages ahead (two processors)', () => {
  it.each([ZLIB, ETF])('makes the messages that the play would make: %j', async (transport) => {
    const cache = new MessageCache();
    const ends = await endsOf(() => new AheadThreads(cache, texts, 0).begin(transport));
    expect(ends).toHaveLength(1);
    await Promise.all(ends);
    expect(texts.every((text) => cache.has(transport, text))).toBe(true);
    const [ahead, play] = [cache, new MessageCache()].map((from) => from.findMaker(transport));
    expect(texts.findIndex((text) => Buffer.compare(ahead!(text), play!(text)) !== 0)).toBe(-1);
  });

  it('ends where the play has come to', async () => {
    const cache = new MessageCache();
    const many = texts.map((text) => JSON.stringify({ text, rest: 'x'.repeat(2_000) }));
    const played = many.slice(0, 300).map(cache.findMaker(ZLIB));
    await Promise.all(await endsOf(() => new AheadThreads(cache, many, 0).begin(ZLIB)));
    const isMade = many.map((text) => cache.has(ZLIB, text));
    // The batch in which the two meet is the play's.
    expect(isMade.lastIndexOf(false)).toBeLessThan(400);
    expect(many.slice(0, 300).map(cache.findMaker(ZLIB))).toEqual(played);
  });

  it('ends when the cache is full', async () => {
    const cache = new MessageCache(10_000);
    await Promise.all(await endsOf(() => new AheadThreads(cache, texts, 0).begin(ZLIB)));
    const kept = texts.filter((text) => cache.has(ZLIB, text));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(texts.length);
  });

  it('starts once for a transport, and not where messages cost little or are few', async () => {
    const threads = new AheadThreads(new MessageCache(), texts, 0);
    const few = new AheadThreads(new MessageCache(), texts);
    const ends = await endsOf(() => {
      for (const compress of ['none', 'zstd-stream', 'zlib-stream', 'zlib-stream'] as const) {
        threads.begin({ encoding: 'json', compress });
        few.begin({ encoding: 'json', compress });
      }
    });
    expect(ends).toHaveLength(1);
    await Promise.all([threads.close(), ...ends]);
  });

  it('helps to play a long recording, each payload in its place', async () => {
    const steps = Array.from({ length: 3_000 }, (_, index) =>
      dispatch(40 + index, 2 + index, 'MESSAGE_CREATE', { content: `${index} ${'lorem ipsum '.repeat(60)}` }),
    );
    const mock = await serve(readySession(...steps));
    const url = `${mock.gatewayUrl}/?v=10&encoding=json&compress=zlib-stream`;
    const client = new BareClient(url);
    const started = once(process, 'worker');
    const hello = await client.next();
    client.ws.send(IDENTIFY);
    const messages = [hello, ...(await client.take(steps.length + 1))];
    await started;
    const plain = String(inflateSync(Buffer.concat(messages), { finishFlush: constants.Z_SYNC_FLUSH }));
    expect(plain.endsWith(steps.map((each) => (each.type === 'payload' ? each.text : '')).join(''))).toBe(
      true,
    );
  });
});
