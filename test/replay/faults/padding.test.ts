import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { padReady } from '../../../src/replay/faults/faulty-peer.js';

const READY = '{"t":"READY","s":1,"op":0,"d":{"v":10,"_trace":["[\\"mock\\",{\\"micros\\":0.0}]"]}}';

describe('padReady', () => {
  it.each([200, 1024, 100_000, 1024 * 1024])('pads to %i bytes, and changes nothing else', (bytes) => {
    const padded = padReady(READY, bytes);
    expect(Buffer.byteLength(padded)).toBe(bytes);
    expect(JSON.parse(padded)).toMatchObject(JSON.parse(READY) as object);
    expect(padded).toContain('"_trace":["[\\"mock\\",{\\"micros\\":0.0}]"]}}');
  });

  it('adds padding that does not compress well', () => {
    expect(deflateSync(padReady(READY, 1024 * 1024)).length).toBeGreaterThan(600_000);
  });

  it('leaves a larger READY unchanged', () => {
    expect(padReady(READY, 10)).toBe(READY);
  });
});
