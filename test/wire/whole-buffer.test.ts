/** Payload compression, judged by node:zlib. */
import { deflateSync, gzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InflateBudget } from '../../src/wire/inflate-budget.js';
import { inflateOnce } from '../../src/wire/whole-buffer.js';

const limits = { maxPayloadBytes: 1000 };

describe('inflateOnce', () => {
  it('inflates one complete buffer', () => {
    const inflated = inflateOnce(deflateSync('{"op":11}'), limits);
    expect(inflated.status === 'ok' && Buffer.from(inflated.bytes).toString()).toBe('{"op":11}');
  });

  it('bounds the output', () => {
    expect(inflateOnce(deflateSync(Buffer.alloc(1000)), limits).status).toBe('ok');
    expect(inflateOnce(deflateSync(Buffer.alloc(1001)), limits).status).toBe('too_large');
    expect(inflateOnce(deflateSync(Buffer.alloc(100_000_000)), limits).status).toBe('too_large');
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['text', Buffer.from('{"op":11}')],
    ['a cut buffer', deflateSync('{"op":11}').subarray(0, -3)],
    ['a wrong checksum', Buffer.concat([deflateSync('{"op":11}').subarray(0, -1), Buffer.of(0)])],
    [
      'bytes before the checksum',
      Buffer.concat([
        deflateSync('{"op":11}').subarray(0, -4),
        Buffer.of(0),
        deflateSync('{"op":11}').subarray(-4),
      ]),
    ],
    ['bytes behind the checksum', Buffer.concat([deflateSync('{"op":11}'), Buffer.of(0)])],
    ['gzip', gzipSync('{"op":11}')],
  ])('fails on %s', (_, bytes) => {
    expect(inflateOnce(bytes, limits)).toEqual({ status: 'inflate_failed' });
  });

  const noise = fc.uint8Array({ maxLength: 20_000 });
  const ample = { maxPayloadBytes: 1_000_000 };

  it('agrees with node:zlib on whole buffers of any length', () => {
    fc.assert(
      fc.property(noise, fc.integer({ min: 0, max: 9 }), (plain, level) => {
        const inflated = inflateOnce(deflateSync(plain, { level }), ample);
        expect(inflated.status === 'ok' && Buffer.compare(inflated.bytes, plain)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('agrees with node:zlib on what is broken', () => {
    fc.assert(
      fc.property(noise, fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, place, flip) => {
        const bytes = deflateSync(plain);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const inflated = inflateOnce(bytes, ample);
        expect(inflated.status === 'ok' ? Buffer.from(inflated.bytes) : null).toEqual(inflatedByNode(bytes));
      }),
      { numRuns: 200 },
    );
  });
});

function inflatedByNode(bytes: Uint8Array): Buffer | null {
  try {
    return inflateSync(bytes);
  } catch {
    return null;
  }
}

describe('a budget', () => {
  const budgetOf = (bytes: number): InflateBudget => new InflateBudget(bytes, bytes);

  it.each([10, 100_000])('is spent by a buffer that inflates to %i bytes', (bytes) => {
    const budget = budgetOf(200_000);
    expect(inflateOnce(deflateSync(Buffer.alloc(bytes)), { maxPayloadBytes: 200_000, budget }).status).toBe(
      'ok',
    );
    expect(budget.left).toBe(200_000 - bytes);
  });

  it('that is used up is a reason of its own', () => {
    const budget = budgetOf(500);
    expect(inflateOnce(deflateSync(Buffer.alloc(501)), { ...limits, budget })).toEqual({
      status: 'too_complex',
    });
    expect(budget.left).toBe(1);
    const ample = budgetOf(1000);
    expect(inflateOnce(deflateSync(Buffer.alloc(1001)), { ...limits, budget: ample })).toEqual({
      status: 'too_large',
    });
    expect(ample.left).toBe(1);
  });
});
