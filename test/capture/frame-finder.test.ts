/** After a gap: frames are decoded again from the next one on, if the stream can be decoded from its middle. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameFinder } from '../../src/capture/frame-finder.js';
import type { Handshake, TapEvent } from '../../src/capture/tap.js';
import type { Sender } from '../../src/wire/frame.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import type { JsonObject } from '../../src/wire/json/value.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
import { framesOf, record } from '../support/capture-playbook.js';
import { handshake, type Sent, socketBytes } from '../support/capture/tap-events.js';

const payload = (s: number): JsonObject => ({
  op: 0,
  s,
  t: 'MESSAGE_CREATE',
  // Bytes of an encoded frame in the text, in a key and as numbers: none of them may be taken for a frame.
  d: { content: '\u00c1\u0082~{"op":1} \u0101"{', '\u00c1"': { op: 1 }, pad: 'x'.repeat((s * 37) % 200) },
});

const json = (value: JsonObject): Buffer => Buffer.from(JSON.stringify(value));
const FORMS: Readonly<Record<string, (value: JsonObject) => Sent>> = {
  json: (value) => value,
  'json in binary messages': (value) => ['binary', json(value)],
  etf: (value) => ['binary', encodeEtf(value)],
  'a zlib buffer for each': (value) => ['binary', deflateSync(json(value))],
};

/** Records `bytes` after a gap, cut in pieces of `size`. */
function recordAfterGap(
  sender: Sender,
  bytes: Uint8Array,
  size: number,
  changes: Partial<Handshake> = {},
): ReturnType<typeof framesOf> {
  const events: TapEvent[] = [
    { type: 'open', connection: 1, handshake: handshake(changes), isContinued: true },
    { type: 'gap', connection: 1, sender, fromUs: 1, untilUs: 2, bytes: 7 },
  ];
  for (let at = 0; at < bytes.length; at += size)
    events.push({
      type: 'chunk',
      connection: 1,
      sender,
      atUs: 3 + at,
      bytes: new Uint8Array(bytes.subarray(at, at + size)),
    });
  events.push({ type: 'end', connection: 1, end: { atUs: 9e6, endedBy: 'client', relayMode: 'verbatim' } });
  return framesOf(record(events));
}

const openFinder = (held: HeldBytes): FrameFinder =>
  FrameFinder.open({
    parser: { maxPayloadBytes: 1 << 20, isDeflateNegotiated: true, held },
    decoder: {
      sender: 'gateway',
      transport: { version: 10, encoding: 'json', compress: 'none' },
      extensions: 'permessage-deflate',
      maxPayloadBytes: 1 << 20,
    },
  })!;

const SIZES = fc.integer({ min: 1, max: 400 });

describe('after a gap', () => {
  it.each(
    Object.keys(FORMS).flatMap((form) =>
      (['gateway', 'client'] as const)
        .filter((sender) => sender === 'gateway' || form !== 'a zlib buffer for each')
        .map((sender) => [form, sender] as const),
    ),
  )(
    'every whole frame is decoded (%s, %s), wherever the stream is cut, and no byte is uncounted',
    (form, sender) => {
      const frames = Array.from({ length: 6 }, (_, index) =>
        socketBytes(sender, FORMS[form]!(payload(index + 1))),
      );
      const stream = Buffer.concat(frames);
      fc.assert(
        fc.property(fc.nat(stream.length - 1), SIZES, (cut, size) => {
          const got = recordAfterGap(sender, stream.subarray(cut), size);
          let start = 0;
          const whole = frames.flatMap((bytes, index) => {
            start += bytes.length;
            return start - bytes.length >= cut ? [{ seq: index + 1, bytes: bytes.length }] : [];
          });
          expect(got.filter(({ status }) => status === 'ok').map(({ seq }) => seq)).toEqual(
            whole.map(({ seq }) => seq),
          );
          const lost = got.filter(({ status }) => status !== 'ok');
          expect(lost.every(({ status }) => status === 'context_lost')).toBe(true);
          const wholeBytes = whole.reduce((sum, { bytes }) => sum + bytes, 0);
          expect(lost.reduce((sum, { wireBytes }) => sum + wireBytes, 0)).toBe(
            stream.length - cut - wholeBytes,
          );
        }),
        { numRuns: 60 },
      );
    },
  );

  it('control frames and fragments before the next whole message are passed over', () => {
    const bytes = Buffer.concat([
      socketBytes('gateway', ['ping', 'x']),
      Buffer.from([0x01, 3, 0x7b, 0x22, 0x6f]),
      Buffer.from([0x80, 5, 0x70, 0x22, 0x3a, 0x31, 0x7d]),
      socketBytes('gateway', payload(4), ['ping', 'y']),
    ]);
    const got = recordAfterGap('gateway', bytes, 1000);
    expect(got.map(({ status, wireBytes }) => [status, status === 'ok' ? 0 : wireBytes])).toEqual([
      ['context_lost', 15],
      ['ok', 0],
      ['control', 1],
    ]);
  });

  it.each([
    ['zlib-stream', { transport: { version: 10, encoding: 'json', compress: 'zlib-stream' } }],
    ['zstd-stream', { transport: { version: 10, encoding: 'json', compress: 'zstd-stream' } }],
  ] as const)('a %s stays lost, but what its client sends is decoded again', (_, changes) => {
    const gateway = recordAfterGap('gateway', socketBytes('gateway', payload(1), payload(2)), 100, changes);
    expect(new Set(gateway.map(({ status }) => status))).toEqual(new Set(['context_lost']));
    const client = recordAfterGap('client', socketBytes('client', { op: 1, d: 5 }), 100, changes);
    expect(client.map(({ status }) => status)).toEqual(['ok']);
  });

  it('messages of permessage-deflate whose context is missing say so, and those without it are decoded', () => {
    const deflated = Buffer.from(socketBytes('gateway', ['text', Buffer.alloc(20, 7)]));
    deflated[0]! |= 0x40;
    const bytes = Buffer.concat([
      socketBytes('gateway', payload(1)),
      deflated,
      socketBytes('gateway', payload(2)),
    ]);
    const got = recordAfterGap('gateway', bytes, 1000, { extensions: 'permessage-deflate' });
    expect(got.map(({ status }) => status)).toEqual(['ok', 'context_lost', 'ok']);
  });

  /** A search of a gateway's messages of permessage-deflate, whose context is missing. */
  it('bytes in which no frame can begin are given up at once, and not kept', () => {
    const held = new HeldBytes();
    const finder = openFinder(held);
    const chunk = new Uint8Array(10_000).fill(0xc1);
    for (let i = 0; i < 10; i += 1) {
      expect(finder.push(chunk)).toEqual({ skippedBytes: chunk.length, found: null });
      expect(held.held).toBe(0);
    }
    const frame = socketBytes('gateway', payload(1));
    for (const byte of frame.subarray(0, -1))
      expect(finder.push(Uint8Array.of(byte))).toEqual({ skippedBytes: 0, found: null });
    expect(finder.unfinishedBytes).toBe(frame.length - 1);
    expect(finder.push(frame.subarray(-1))).toEqual({ skippedBytes: 0, found: new Uint8Array(frame) });
    expect(held.held).toBe(0);
  });

  it('bytes for which there is no memory are counted', () => {
    const held = new HeldBytes(10);
    const finder = openFinder(held);
    expect(finder.push(Uint8Array.of(0x81, 0x40))).toEqual({ skippedBytes: 0, found: null });
    expect(finder.push(new Uint8Array(20))).toEqual({ skippedBytes: 22, found: 'lost' });
    expect(finder.end()).toBe(0);
    expect(held.held).toBe(0);
  });

  it('bytes that look like frames are moved no more often than they are decoded', () => {
    class CountedBytes extends HeldBytes {
      taken = 0;
      override take(bytes: number): boolean {
        this.taken += bytes;
        return super.take(bytes);
      }
    }
    const held = new CountedBytes();
    const finder = openFinder(held);
    // Each begins as a frame of 4 KiB that ends beyond the chunk.
    const stream = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from('817e10007b22', 'hex')));
    let pushes = 0;
    let skippedBytes = 0;
    for (let at = 0; at < stream.length; at += 64, pushes += 1)
      skippedBytes += finder.push(stream.subarray(at, at + 64)).skippedBytes;
    expect(skippedBytes + finder.end()).toBe(stream.length);
    expect(held.taken).toBeLessThan(pushes * 3 * (4096 + 64));
  });

  it('bytes that only look like frames are searched up to a limit', () => {
    // Each pair of bytes more is another frame of 8 KiB that is not JSON.
    const head = Buffer.from([0x81, 126, 0x20, 0, 0x7b, 0x22]);
    const bytes = Buffer.concat([
      ...Array.from({ length: 30_000 }, () => head),
      socketBytes('gateway', payload(1)),
    ]);
    const got = recordAfterGap('gateway', bytes, 65_536);
    expect(new Set(got.map(({ status }) => status))).toEqual(new Set(['context_lost']));
    expect(got.reduce((sum, { wireBytes }) => sum + wireBytes, 0)).toBe(bytes.length);
  });
});

describe('no frame begins', () => {
  it.each([
    ['where one would be too short', Buffer.from([0x81, 1, 0x7b])],
    ['where one would be too long', Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0, 0x7b, 0x22])],
    ['where the bytes are only masked like one', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x7b, 0x7d])],
  ])('%s', (_, bytes) => {
    const next = socketBytes('gateway', payload(1));
    const stream = Buffer.concat([bytes, next]);
    expect(openFinder(new HeldBytes()).push(stream)).toEqual({
      skippedBytes: bytes.length,
      found: new Uint8Array(next),
    });
  });
});
