/** zlib itself, by the object under node:zlib; what node:zlib says is right. */
import { randomBytes } from 'node:crypto';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeInflate, WholeInflate } from '../../../src/wire/zlib/node-inflate.js';
import { changeEngines, OTHER_ENGINES, restoreEngines } from '../../support/other-zlib.js';

describe('NodeInflate', () => {
  const deflated = (plain: Uint8Array): Buffer => deflateSync(plain, { finishFlush: constants.Z_SYNC_FLUSH });
  const plain = fc.integer({ min: 0, max: 600_000 }).map((length) => Buffer.alloc(length, 'some text, '));

  it('inflates streams of any length side by side, and overwrites no earlier result', () => {
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), fc.nat(50), (plains, cut) => {
        const found = plains.map((one) => {
          const stream = deflated(one);
          const subject = new NodeInflate();
          return [stream.subarray(0, cut), stream.subarray(cut)].map((piece) => subject.push(piece));
        });
        const texts = found.map((pieces) => Buffer.concat(pieces.map((piece) => piece ?? Buffer.of(0))));
        expect(texts.findIndex((text, at) => Buffer.compare(text, plains[at]!) !== 0)).toBe(-1);
      }),
      { numRuns: 20 },
    );
  });

  it('shares memory between its results', () => {
    const results = Array.from({ length: 100 }, () => new NodeInflate().push(deflated(randomBytes(100))));
    expect(new Set(results.map((result) => result?.buffer)).size).toBeLessThan(5);
  });

  it('inflates nothing more after broken data', () => {
    const subject = new NodeInflate();
    const stream = deflated(Buffer.from('{"op":11}'));
    expect(subject.push(Buffer.concat([stream, Buffer.of(7)]))).toBeNull();
    expect(subject.push(stream.subarray(2))).toBeNull();
  });
});

describe('WholeInflate', () => {
  const subject = new WholeInflate();
  const isSame = (found: Uint8Array | null, expected: Uint8Array | null): boolean =>
    found === null || expected === null ? found === expected : Buffer.compare(found, expected) === 0;

  it('inflates whole buffers that are shorter than 64 KiB and its bound', () => {
    const plain = fc
      .integer({ min: 0, max: 70_000 })
      .chain((length) => fc.constantFrom(Buffer.alloc(length, 'ab'), randomBytes(length)));
    fc.assert(
      fc.property(
        fc.oneof(
          plain,
          fc.constantFrom(65_535, 65_536).map((length) => Buffer.alloc(length)),
        ),
        fc.nat(3),
        (one, more) => {
          const bytes = deflateSync(one);
          expect(
            isSame(subject.push(bytes, one.length + more), more > 0 && one.length < 65_536 ? one : null),
          ).toBe(true);
        },
      ),
    );
  });

  it('takes no buffer that is cut, damaged or followed by something', () => {
    const change = fc.constantFrom<(bytes: Buffer) => Buffer>(
      (bytes) => bytes.subarray(0, -1),
      (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
      (bytes) => Buffer.from(bytes.fill(bytes[9]! ^ 1, 9, 10)),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 200 }), change, (plain, damage) => {
        const bytes = damage(deflateSync(plain));
        expect(isSame(subject.push(bytes, 1000), inflatedByNode(bytes))).toBe(true);
        expect(isSame(subject.push(deflateSync(plain), 1000), plain)).toBe(true);
      }),
    );
  });
});

/** What node:zlib makes of a whole buffer; null if it is anything else. */
function inflatedByNode(bytes: Uint8Array): Buffer | null {
  try {
    const { buffer, engine } = inflateSync(bytes, { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return engine.bytesWritten === bytes.length ? buffer : null;
  } catch {
    return null;
  }
}

describe('a Node whose engine of zlib', () => {
  const loadAndTry = async (): Promise<boolean> =>
    (await import('../../../src/wire/zlib/node-inflate.js')).hasNodeInflate();

  afterEach(() => {
    restoreEngines();
  });

  it.each([
    ...OTHER_ENGINES,
    [
      'says nothing of broken data',
      (handle: object) => void Object.defineProperty(handle, 'onerror', { set: () => undefined }),
    ] as const,
  ])('%s is not used', async (_, change) => {
    changeEngines(change);
    expect(await loadAndTry()).toBe(false);
  });

  it.each(OTHER_ENGINES)('%s reads no whole buffer either', async (_, change) => {
    changeEngines(change);
    const { inflateOnce } = await import('../../../src/wire/whole-buffer.js');
    const inflated = inflateOnce(deflateSync('{"op":11}'), { maxPayloadBytes: 100 });
    expect(inflated).toEqual({ status: 'ok', bytes: Buffer.from('{"op":11}') });
  });

  it('does what it always did is used', async () => {
    changeEngines(() => undefined);
    expect(await loadAndTry()).toBe(true);
  });
});
