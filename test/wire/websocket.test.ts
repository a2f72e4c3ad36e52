import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame, FrameKind } from '../../src/wire/frame.js';
import type { FrameParserOptions } from '../../src/wire/websocket.js';
import { encodeClose, encodeFrame, FrameParser, parseClose } from '../../src/wire/websocket.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import { cutAt, cutPlaces, inPieces } from '../support/splits.js';
import { wsFrame, wsRead } from '../support/ws-internals.js';

const OPCODES: Readonly<Record<FrameKind, number>> = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const limits = { maxPayloadBytes: 1 << 20 };
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A frame whose bytes are written as a latin-1 string, which compares and prints faster than an array. */
type Seen = Omit<Frame, 'data'> & { readonly data: string };

const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1');

/** Frames of a stream that comes in `chunks`. */
function parse(chunks: readonly Uint8Array[], options: FrameParserOptions = limits): Seen[] {
  const parser = new FrameParser(options);
  const frames = chunks.flatMap((chunk) => parser.push(Uint8Array.from(chunk)));
  const rest = parser.end();
  return [...frames, ...(rest === null ? [] : [rest])].map((frame) => ({
    ...frame,
    data: text(frame.data),
  }));
}

const good = (kind: FrameKind, data: Uint8Array, isDeflated = false): Seen => ({
  kind,
  data: text(data),
  wireBytes: data.length,
  isDeflated,
  error: null,
});

describe('the examples of RFC 6455 §5.7', () => {
  const hello = utf8('Hello');
  it.each<[string, string, Seen[]]>([
    ['unmasked text', '81 05 48 65 6c 6c 6f', [good('text', hello)]],
    ['masked text', '81 85 37 fa 21 3d 7f 9f 4d 51 58', [good('text', hello)]],
    ['fragmented text', '01 03 48 65 6c 80 02 6c 6f', [good('text', hello)]],
    ['ping', '89 05 48 65 6c 6c 6f', [good('ping', hello)]],
    ['masked pong', '8a 85 37 fa 21 3d 7f 9f 4d 51 58', [good('pong', hello)]],
    ['256 bytes', `82 7e 0100 ${'00'.repeat(256)}`, [good('binary', new Uint8Array(256))]],
    ['64 KiB', `82 7f 0000000000010000 ${'00'.repeat(65_536)}`, [good('binary', new Uint8Array(65_536))]],
  ])('%s', (_, hex, frames) => {
    const stream = bytes(hex);
    expect(parse([stream])).toEqual(frames);
    expect(parse(inPieces(stream, stream.length > 1000 ? 1000 : 1))).toEqual(frames);
    expect(parse([Buffer.concat([stream, stream])])).toEqual([...frames, ...frames]);
  });
});

const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }));
const size = fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 127, 65_535, 65_536));
const message = fc.record({
  kind: fc.constantFrom<FrameKind>('text', 'binary'),
  data: size.map((length) => utf8('gatetape '.repeat(length / 9 + 1)).subarray(0, length)),
  fragments: fc.nat(3),
  ping: fc.option(fc.uint8Array({ maxLength: 125 })),
});

/** One message as `ws` frames it, in fragments, with a ping before the last one. */
function wsMessage(
  sent: typeof message extends fc.Arbitrary<infer T> ? T : never,
  key: Uint8Array | null,
): Buffer {
  const parts = cutAt(
    sent.data,
    Array.from({ length: sent.fragments }, (_, index) => (index + 1) * 37),
  );
  return Buffer.concat(
    parts.flatMap((part, index) => {
      const fin = index === parts.length - 1;
      const frame = wsFrame(part, { opcode: index === 0 ? OPCODES[sent.kind] : 0, fin, mask: key });
      return fin && sent.ping !== null ? [wsFrame(sent.ping, { opcode: 9, mask: key }), frame] : [frame];
    }),
  );
}

describe('FrameParser', () => {
  it('reads what ws writes, however it is masked, fragmented and cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), mask, cutPlaces, (sent, key, places) => {
        const stream = Buffer.concat(sent.map((one) => wsMessage(one, key)));
        const expected = sent.flatMap((one) => [
          ...(one.ping === null ? [] : [good('ping', one.ping)]),
          good(one.kind, one.data),
        ]);
        expect(parse(cutAt(stream, places))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same frames for arbitrary bytes, however they are cut, and never throws', () => {
    const options = { maxPayloadBytes: 50 };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cutPlaces, (stream, places) => {
        const whole = parse([stream], options);
        expect(parse(cutAt(stream, places), options)).toEqual(whole);
        expect(parse(inPieces(stream, 1), options)).toEqual(whole);
        expect(whole.every((frame) => frame.data.length <= 50)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('counts the bytes of what is not whole, with its headers', () => {
    const first = wsFrame(utf8('some text'), { opcode: 1, fin: false, mask: Uint8Array.of(1, 2, 3, 4) });
    const ping = wsFrame(utf8('ping'), { opcode: 9 });
    const last = wsFrame(new Uint8Array(200), { opcode: 0 });
    const stream = Buffer.concat([first, ping, last]);
    const parser = new FrameParser(limits);
    const counts = inPieces(stream, 1).map((piece) => {
      parser.push(piece);
      return parser.unfinishedBytes;
    });
    const pingEnd = first.length + ping.length;
    expect(counts).toEqual(
      Array.from({ length: stream.length }, (_, index) => {
        const pushed = index + 1;
        return pushed === stream.length ? 0 : pushed < pingEnd ? pushed : pushed - ping.length;
      }),
    );
  });

  it('completes a frame without a payload with its header', () => {
    expect(new FrameParser(limits).push(wsFrame(new Uint8Array(0), { opcode: 9 }))).toHaveLength(1);
  });

  it('copies each byte of a fragmented message a bounded number of times', () => {
    const held = new HeldBytes();
    const parser = new FrameParser({ ...limits, held });
    const sizes = new Set<number>();
    for (let count = 0; count < 1000; count += 1) {
      parser.push(wsFrame(Uint8Array.of(7, 7), { opcode: count === 0 ? 2 : 0, fin: false }));
      sizes.add(held.held);
    }
    expect([...sizes]).toEqual(Array.from({ length: 11 }, (_, doublings) => 2 ** (doublings + 1)));
  });

  it('aliases the chunk for a frame that lies in it', () => {
    const chunk = wsFrame(utf8('hello'), { opcode: 1 });
    const [frame] = new FrameParser(limits).push(chunk);
    expect(frame?.data.buffer).toBe(chunk.buffer);
  });

  it('reads a 16 MB frame that comes in 64 KiB chunks', () => {
    const data = new Uint8Array(16_000_000).fill(0x5a);
    const chunks = inPieces(wsFrame(data, { opcode: 2, mask: Uint8Array.of(1, 2, 3, 4) }), 65_536);
    const [frame] = parse(chunks, { maxPayloadBytes: data.length });
    expect(frame?.error).toBeNull();
    expect(frame?.data === text(data)).toBe(true);
  });
});

describe('errors', () => {
  const ping = wsFrame(utf8('after'), { opcode: 9 });
  const after = good('ping', utf8('after'));

  it.each([
    ['RSV1 without permessage-deflate', 'c1 01 41'],
    ['RSV2', 'a1 01 41'],
    ['RSV3 on a control frame', '99 01 41'],
    ['a reserved data opcode', '83 01 41'],
    ['a reserved control opcode', '8b 01 41'],
    ['a fragmented control frame', '09 01 41'],
    ['a control frame of 126 bytes', `89 7e 007e ${'41'.repeat(126)}`],
    ['a stray continuation', '80 01 41'],
    ['RSV1 on a continuation', '01 00 c0 01 41'],
  ])('%s is a protocol error, and the next frame is read', (_, hex) => {
    const [faulty, ...rest] = parse([bytes(hex), ping]);
    expect(faulty).toMatchObject({ error: 'protocol_error', isDeflated: false });
    expect(faulty?.data).toMatch(/^A+$/);
    expect(rest).toEqual([after]);
  });

  it('a message within a message ends the first one as a protocol error', () => {
    const frames = parse([bytes('01 02 4865'), bytes('82 01 07'), ping]);
    expect(frames).toEqual([
      { ...good('text', utf8('He')), error: 'protocol_error' },
      good('binary', Uint8Array.of(7)),
      after,
    ]);
  });

  it('a length that cannot be is a protocol error that swallows the rest', () => {
    const frames = parse([bytes('82 7f 8000000000000000'), ping]);
    expect(frames).toEqual([
      { ...good('binary', new Uint8Array(0)), wireBytes: ping.length, error: 'protocol_error' },
    ]);
  });

  it('RSV1 marks a compressed message where permessage-deflate was negotiated', () => {
    const frames = parse([wsFrame(utf8('x'), { opcode: 1, rsv1: true })], {
      ...limits,
      isDeflateNegotiated: true,
    });
    expect(frames).toEqual([good('text', utf8('x'), true)]);
  });

  it('what exceeds the limit is counted, not kept', () => {
    const options = { maxPayloadBytes: 10 };
    const whole = wsFrame(new Uint8Array(11), { opcode: 2 });
    const parts = [
      wsFrame(new Uint8Array(8), { opcode: 1, fin: false }),
      wsFrame(new Uint8Array(8), { opcode: 0, fin: true }),
    ];
    expect(parse([whole, ...parts, ping], options)).toEqual([
      { ...good('binary', new Uint8Array(0)), wireBytes: 11, error: 'too_large' },
      { ...good('text', new Uint8Array(0)), wireBytes: 16, error: 'too_large' },
      after,
    ]);
    expect(parse([wsFrame(new Uint8Array(10), { opcode: 2 })], options)[0]?.error).toBeNull();
  });

  it.each([
    ['within a header', '81', 'binary', ''],
    ['within a payload', '81 85 37 fa 21 3d 7f 9f', 'text', 'He'],
    ['between fragments', '02 02 4865', 'binary', 'He'],
    ['within a control frame', '89 05 48', 'ping', 'H'],
  ])('a stream that ends %s leaves a truncated frame', (_, hex, kind, data) => {
    expect(parse([bytes(hex)])).toEqual([
      { kind, data, wireBytes: data.length, isDeflated: false, error: 'truncated' },
    ]);
  });

  it('a stream that ends between frames leaves nothing', () => {
    const parser = new FrameParser(limits);
    expect(parser.push(Uint8Array.from(ping))).toHaveLength(1);
    expect(parser.end()).toBeNull();
  });
});

describe('encodeFrame', () => {
  it('is read by ws, masked as a client and bare as a gateway', async () => {
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const data = Buffer.alloc(length, 'x');
      const frames = (key: Uint8Array | null): Uint8Array[] => [
        encodeFrame({ kind: 'text', data }, key),
        encodeFrame({ kind: 'binary', data }, key),
        encodeFrame({ kind: 'ping', data: data.subarray(0, 125) }, key),
        encodeFrame({ kind: 'close', data: encodeClose(4000, 'bye') }, key),
      ];
      const expected = [
        { kind: 'text', data: text(data) },
        { kind: 'binary', data: text(data) },
        { kind: 'ping', data: text(data.subarray(0, 125)) },
        { kind: 'close', data: 'bye', code: 4000 },
      ];
      expect(await wsRead(frames(null), { isServer: false })).toEqual(expected);
      expect(await wsRead(frames(Uint8Array.of(1, 2, 3, 4)), { isServer: true })).toEqual(expected);
    }
  });

  it('sets RSV1 for a deflated message', () => {
    const frame = encodeFrame({ kind: 'text', data: Uint8Array.of(1), isDeflated: true });
    expect(Buffer.from(frame)).toEqual(wsFrame(Uint8Array.of(1), { opcode: 1, rsv1: true }));
  });

  it('does not change its input', () => {
    const data = utf8('hello');
    encodeFrame({ kind: 'text', data }, Uint8Array.of(1, 2, 3, 4));
    expect(data).toEqual(utf8('hello'));
  });
});

describe('close frames', () => {
  it.each([
    ['', null, ''],
    ['03', null, ''],
    ['0fa0', 4000, ''],
    ['0fa1 7465 7374', 4001, 'test'],
    ['0fa0 ff', 4000, '\ufffd'],
  ])('body %s', (hex, code, reason) => {
    expect(parseClose(bytes(hex))).toEqual({ code, reason });
  });

  it('cuts a long reason between characters', () => {
    const body = encodeClose(4000, 'é'.repeat(100));
    expect(body.length).toBe(124);
    expect(parseClose(body)).toEqual({ code: 4000, reason: 'é'.repeat(61) });
  });

  it('has an empty form', () => {
    expect(encodeClose(null)).toEqual(new Uint8Array(0));
  });
});
