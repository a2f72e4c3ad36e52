import { describe, expect, it } from 'vitest';
import { waitForBurst } from '../../src/worker/recorder-loop.js';
import { createRing, RingReader, RingWriter } from '../../src/worker/ring.js';

const CHUNK = new Uint8Array(2 ** 16);

/** A real ring whose reader sleeps no time at all, but finds so many chunks written in each of its sleeps. */
function scripted(chunksPerSleep: readonly number[]): Scripted {
  const buffer = createRing(2 ** 23);
  const writer = new RingWriter(buffer);
  const reader = new RingReader(buffer);
  const sleeps: number[] = [];
  reader.sleep = (depth, timeoutMs) => {
    expect(depth).toBe(reader.highWater);
    sleeps.push(timeoutMs);
    for (let count = chunksPerSleep[sleeps.length - 1] ?? 0; count > 0; count -= 1)
      writer.tryWrite(1, 0, CHUNK);
  };
  writer.tryWrite(1, 0, CHUNK);
  return { reader, sleeps };
}

interface Scripted {
  readonly reader: RingReader;
  /** How long each sleep was to be, in ms. */
  readonly sleeps: number[];
}

describe('letPass (pause of the recorder)', () => {
  it('keeps a lone frame waiting for one slice of a few ms', () => {
    const { reader, sleeps } = scripted([0]);
    waitForBurst(reader);
    expect(sleeps).toHaveLength(1);
    expect(sleeps[0]).toBeLessThan(10);
  });

  it('sleeps through a burst, and no longer', () => {
    const { reader, sleeps } = scripted([20, 30, 25, 1, 20]);
    waitForBurst(reader);
    expect(sleeps).toHaveLength(4);
    expect(reader.depth).toBeGreaterThan(77 * CHUNK.length);
  });

  it('ends its rest while there is room left in the ring', () => {
    const { reader, sleeps } = scripted(new Array<number>(100).fill(32));
    waitForBurst(reader);
    expect(reader.depth).toBeGreaterThanOrEqual(reader.highWater);
    expect(reader.depth).toBeLessThan(reader.capacity);
    expect(sleeps).toHaveLength(3);
  });

  it('ends its rest after 80 ms, however long bytes keep coming', () => {
    const { reader, sleeps } = scripted(new Array<number>(100).fill(4));
    waitForBurst(reader);
    expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(80);
  });
});
