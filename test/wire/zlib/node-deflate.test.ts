/** Messages by an engine that is used again; node:zlib inflates them, and `deflateRawSync` makes an engine for each. */
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { deflateMessage } from '../../../src/wire/zlib/node-deflate.js';
import { changeEngines, OTHER_ENGINES, restoreEngines } from '../../support/other-zlib.js';

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH };
const MARKER = Buffer.from('0000ffff', 'hex');

it('makes messages that each inflate alone, as short as node:zlib makes them, and leaves earlier ones alone', () => {
  const noise = fc.uint8Array({ maxLength: 5_000 });
  const repeated = fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 2_000 }))
    .map(([text, times]) => Buffer.from(text.repeat(times)));
  const large = fc
    .integer({ min: 30_000, max: 70_000 })
    .map((length) => Buffer.alloc(length, 'no two alike? all are'));
  fc.assert(
    fc.property(fc.array(fc.oneof(noise, repeated, large), { maxLength: 30 }), (payloads) => {
      const made = payloads.map(deflateMessage);
      const isGood = made.map((message, index) => {
        const payload = payloads[index]!;
        const least = deflateRawSync(payload, SYNC).length;
        return (
          inflateRawSync(message, SYNC).equals(payload) &&
          Buffer.from(message.subarray(-4)).equals(MARKER) &&
          message.length <= 1.01 * least + 8
        );
      });
      expect(isGood).not.toContain(false);
    }),
    { numRuns: 10 },
  );
});

it('keeps no more memory than the messages take', () => {
  const messages = Array.from({ length: 1000 }, (_, count) => {
    // A long payload between them does not end their memory.
    if (count % 50 === 0) deflateMessage(Buffer.alloc(200_000));
    return deflateMessage(randomBytes(1000));
  });
  const memory = new Set(messages.map(({ buffer }) => buffer));
  const usedBytes = messages.reduce((sum, { length }) => sum + length, 0);
  const heldBytes = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(heldBytes).toBeLessThan(1.1 * usedBytes + 2 * 256 * 1024);
});

describe('a Node whose engine of zlib', () => {
  const loadMaker = async (): Promise<typeof deflateMessage> =>
    (await import('../../../src/wire/zlib/node-deflate.js')).deflateMessage;
  const text = Buffer.from('{"op":11}');
  const expected = deflateRawSync(text, SYNC);
  /** Whether the memory of a message is that of the engine, which is longer than any of node:zlib. */
  const isOfEngine = ({ buffer }: Uint8Array): boolean => buffer.byteLength > 128 * 1024;

  afterEach(() => {
    restoreEngines();
  });

  it.each(OTHER_ENGINES)('%s makes no message', async (_, change) => {
    changeEngines(change);
    const make = await loadMaker();
    expect(make(text)).toEqual(expected);
    expect(isOfEngine(make(text))).toBe(false);
  });

  it('does what it always did makes all of them', async () => {
    changeEngines(() => undefined);
    const make = await loadMaker();
    expect(make(text)).toEqual(expected);
    expect(isOfEngine(make(text))).toBe(true);
  });

  it('fails later makes only those before that', async () => {
    let isFailing = false;
    changeEngines((handle) => {
      const write = handle.writeSync.bind(handle);
      handle.writeSync = (...args) => {
        write(...args);
        if (isFailing) handle.onerror();
      };
    });
    const make = await loadMaker();
    expect(isOfEngine(make(text))).toBe(true);
    isFailing = true;
    expect(make(text)).toEqual(expected);
    expect(isOfEngine(make(text))).toBe(false);
    isFailing = false;
    expect(isOfEngine(make(text))).toBe(true);
  });
});
