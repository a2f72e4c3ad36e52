/** The ring alone, then between two threads. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRing, MIN_RING_BYTES, RingReader, RingWriter, type RingEntry } from '../../src/worker/ring.js';

function pair(bytes = MIN_RING_BYTES): { writer: RingWriter; reader: RingReader } {
  const buffer = createRing(bytes);
  return { writer: new RingWriter(buffer), reader: new RingReader(buffer) };
}

/** Bytes that tell at each place which entry and which position they belong to. */
function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 7) & 0xff);
}

function readAll(reader: RingReader): RingEntry[] {
  const entries: RingEntry[] = [];
  for (let entry = reader.read(); entry !== null; entry = reader.read()) entries.push(entry);
  return entries;
}

describe('a ring', () => {
  it('has a power of two of capacity, within its limits', () => {
    expect(pair(1).writer.capacity).toBe(MIN_RING_BYTES);
    expect(pair(MIN_RING_BYTES + 1).writer.capacity).toBe(MIN_RING_BYTES * 2);
    expect(pair(2 ** 20).reader.capacity).toBe(2 ** 20);
  });

  it('gives entries back in order, with tag, stamp and bytes', () => {
    const { writer, reader } = pair();
    expect(reader.read()).toBeNull();
    expect(writer.tryWrite(0xffffffff, 1_700_000_000_123_456, pattern(9, 1))).toBe(true);
    expect(writer.tryWrite(7, -0.5, new Uint8Array(0))).toBe(true);
    expect(readAll(reader)).toEqual([
      { tag: 0xffffffff, stamp: 1_700_000_000_123_456, bytes: pattern(9, 1) },
      { tag: 7, stamp: -0.5, bytes: new Uint8Array(0) },
    ]);
    expect(reader.depth).toBe(0);
  });

  it('takes an entry as long as the whole ring, refuses a longer one, and leaves what is queued alone', () => {
    const { writer, reader } = pair();
    writer.tryWrite(1, 1, pattern(1000, 1));
    reader.read();
    expect(writer.tryWrite(2, 2, pattern(writer.maxEntryBytes + 1, 2))).toBe(false);
    expect(writer.tryWrite(2, 2, pattern(writer.maxEntryBytes, 2))).toBe(true);
    expect(writer.depth).toBe(writer.capacity);
    expect(writer.tryWrite(3, 3, new Uint8Array(0))).toBe(false);
    expectSame(reader.read(), { tag: 2, stamp: 2, bytes: pattern(writer.maxEntryBytes, 2) });
    expect(reader.read()).toBeNull();
    expect(writer.tryWrite(3, 3, new Uint8Array(0))).toBe(true);
  });

  it('hands out copies: later writes do not change what was read', () => {
    const { writer, reader } = pair();
    writer.tryWrite(1, 1, pattern(writer.maxEntryBytes, 1));
    const first = reader.read();
    writer.tryWrite(2, 2, pattern(writer.maxEntryBytes, 2));
    expectSame(first, { tag: 1, stamp: 1, bytes: pattern(writer.maxEntryBytes, 1) });
  });

  it('behaves like a queue under any interleaving, across the overflow of its positions', () => {
    const lengths = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: MIN_RING_BYTES })),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ lengths, reads: fc.nat(8) }), { maxLength: 30 }), (rounds) => {
        const { writer, reader } = pair();
        const model: RingEntry[] = [];
        let tag = 0;
        for (const round of rounds) {
          for (const length of round.lengths) {
            const bytes = new Uint8Array(length).fill(tag);
            const depth = writer.depth;
            const isTaken = writer.tryWrite(tag, tag / 3, bytes);
            expect(isTaken).toBe(16 + 8 * Math.ceil(length / 8) <= writer.capacity - depth);
            if (isTaken) model.push({ tag, stamp: tag / 3, bytes });
            tag += 1;
          }
          for (let count = 0; count < round.reads; count += 1)
            expectSame(reader.read(), model.shift() ?? null);
        }
        for (const entry of readAll(reader)) expectSame(entry, model.shift() ?? null);
        expect(model).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('touches no more of its memory than was ever queued at a time, since it was empty', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 100 }), (rounds) => {
        const buffer = createRing(MIN_RING_BYTES);
        const [writer, reader] = [new RingWriter(buffer), new RingReader(buffer)];
        let deepest = 0;
        for (const round of rounds) {
          for (const [tag, length] of round.entries())
            expect(writer.tryWrite(tag, 0.5, new Uint8Array(length).fill(255))).toBe(true);
          deepest = Math.max(deepest, writer.depth);
          expect(readAll(reader).map(({ bytes }) => bytes.length)).toEqual(round);
        }
        const data = Buffer.from(buffer, buffer.byteLength - writer.capacity);
        expect(data.findLastIndex((byte) => byte !== 0)).toBeLessThan(deepest);
        expect(data.subarray(0, deepest).includes(255)).toBe(rounds.length > 0);
      }),
      { numRuns: 30 },
    );
  });
});

/** As toEqual, but fast on long bytes. */
function expectSame(actual: RingEntry | null, expected: RingEntry | null): void {
  expect(actual?.tag).toBe(expected?.tag);
  expect(actual?.stamp).toBe(expected?.stamp);
  expect(Buffer.compare(actual?.bytes ?? Buffer.of(), expected?.bytes ?? Buffer.of())).toBe(0);
}

/** Body of a thread that answers each message with what it did; `dist` because a thread runs no TypeScript. */
const thread = (body: string, buffer: SharedArrayBuffer): Worker =>
  new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     import(${JSON.stringify(new URL('../../dist/worker/ring.js', import.meta.url).href)}).then(({ RingReader }) => {
       const ring = new RingReader(workerData);
       ${body}
     });`,
    { eval: true, workerData: buffer },
  );

describe('between two threads', () => {
  it('loses, doubles and reorders nothing while both run at full speed', async () => {
    const buffer = createRing(MIN_RING_BYTES);
    const writer = new RingWriter(buffer);
    const count = 20_000;
    const reader = thread(
      `const faults = [];
       for (let next = 0; next < ${count};) {
         const entry = ring.read();
         if (entry === null) { ring.sleep(1, 1000); continue; }
         const length = (next * 37) % 2000;
         const isWhole = entry.bytes.length === length && entry.bytes.every((byte) => byte === next % 251);
         if (entry.tag !== next || entry.stamp !== next / 2 || !isWhole) faults.push(next);
         next += 1;
       }
       parentPort.postMessage(faults);`,
      buffer,
    );
    const faults = once(reader, 'message');
    for (let next = 0; next < count;) {
      const bytes = new Uint8Array((next * 37) % 2000).fill(next % 251);
      if (writer.tryWrite(next, next / 2, bytes)) next += 1;
      else await new Promise(setImmediate);
    }
    expect(await faults).toEqual([[]]);
  });

  it('wakes a sleeping reader at the requested depth, or on request', async () => {
    const buffer = createRing(MIN_RING_BYTES);
    const writer = new RingWriter(buffer);
    const reader = thread(
      `for (let round = 0; round < 2; round += 1) {
         parentPort.postMessage('going to sleep');
         ring.sleep(1000, 60_000);
         parentPort.postMessage(ring.depth);
         while (ring.read() !== null);
       }`,
      buffer,
    );
    const said: unknown[] = [];
    reader.on('message', (message) => said.push(message));
    // At the end of a thread its messages and its exit can come in the same turn.
    const exited = once(reader, 'exit');
    await once(reader, 'message');
    // A count, not the depth: the reader may have emptied the ring before the writer looks.
    for (let entries = 0; entries < 16; entries += 1) writer.tryWrite(1, 0, new Uint8Array(48));
    while (said.length < 3) await once(reader, 'message');
    writer.tryWrite(2, 0, new Uint8Array(48));
    writer.wake();
    await exited;
    expect(said).toEqual(['going to sleep', 1024, 'going to sleep', 64]);
  });
});
