import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldFrames, OutputBuffer } from '../../../src/gateway/rewrite/held-frames.js';
import { cutAt, cutPlaces } from '../../support/splits.js';
import { wsFrame } from '../../support/ws-internals.js';

describe('HeldFrames', () => {
  it('returns complete frames, and the received bytes unchanged', () => {
    const frames = fc.array(
      fc.oneof(
        fc.record({
          opcode: fc.constantFrom(0, 1, 2),
          fin: fc.boolean(),
          rsv1: fc.boolean(),
          data: fc.uint8Array({ maxLength: 300 }),
        }),
        fc.record({
          opcode: fc.constantFrom(8, 9, 10),
          fin: fc.constant(true),
          rsv1: fc.constant(false),
          data: fc.uint8Array({ maxLength: 125 }),
        }),
      ),
    );
    fc.assert(
      fc.property(frames, cutPlaces, (sent, places) => {
        const stream = Buffer.concat(sent.map(({ data, ...options }) => wsFrame(data, options)));
        const held = new HeldFrames();
        const seen: unknown[] = [];
        const raws: Uint8Array[] = [];
        for (const chunk of cutAt(stream, places)) {
          held.append(chunk);
          for (let frame = held.next(); frame !== null; frame = held.next()) {
            if (typeof frame === 'string') throw new Error(frame);
            const { opcode, isFinal: fin, isDeflated: rsv1, data } = frame;
            seen.push({ opcode, fin, rsv1, data: Uint8Array.from(data) });
            raws.push(frame.raw);
          }
        }
        expect(seen).toEqual(sent);
        raws.push(held.rest());
        expect(Buffer.concat(raws).equals(stream)).toBe(true);
      }),
    );
  });

  it('keeps frames that were handed out when more bytes come', () => {
    const held = new HeldFrames();
    held.append(wsFrame(Buffer.from('first'), { opcode: 1 }));
    const frame = held.next();
    for (let more = 0; more < 100; more += 1) held.append(Buffer.alloc(1000, 0xff));
    expect(frame).toMatchObject({ data: Uint8Array.from(Buffer.from('first')) });
    expect(held.rest().length).toBe(100_000);
  });

  it.each([
    ['a masked frame', '8180000000 00'],
    ['RSV2', 'a100'],
    ['RSV3', '9100'],
    ['a reserved opcode', '8300'],
    ['a control frame of 126 bytes', '897e007e'],
    ['a fragmented control frame', '09'],
    ['RSV1 of a control frame', 'c9'],
    ['a length that cannot be', '827fffffffffffffffff'],
  ])('calls %s illegal as soon as it shows', (_, hex) => {
    const held = new HeldFrames();
    const header = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    held.append(header);
    expect(held.next()).toBe('illegal');
    expect(Buffer.from(held.rest()).equals(header)).toBe(true);
  });

  it('takes a control frame of 125 bytes, the longest that is legal', () => {
    const held = new HeldFrames();
    held.append(wsFrame(Buffer.alloc(125), { opcode: 9 }));
    expect(held.next()).toMatchObject({ opcode: 9, data: new Uint8Array(125) });
  });

  it('detects a frame that is too large by its header, and returns the header of an incomplete frame', () => {
    const held = new HeldFrames();
    held.append(Buffer.from('827f0000000001000001', 'hex'));
    expect(held.next()).toBe('too_large');
    const begun = new HeldFrames();
    begun.append(Buffer.from('01057b', 'hex'));
    expect(begun.next()).toBeNull();
    expect(begun.begun()).toEqual({
      opcode: 1,
      isFinal: false,
      isDeflated: false,
      data: Uint8Array.of(0x7b),
      length: 5,
    });
  });
});

describe('OutputBuffer', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

  it('joins its pieces, and returns bytes that do not change later', () => {
    fc.assert(
      fc.property(pieces, pieces, (first, second) => {
        const taken = [first, second].map((list) => {
          const output = new OutputBuffer();
          for (const piece of list) output.push(piece);
          return output.take();
        });
        expect(Buffer.concat(first).equals(taken[0]!)).toBe(true);
        expect(Buffer.concat(second).equals(taken[1]!)).toBe(true);
      }),
    );
  });

  it('grows beyond its initial size', () => {
    const large = Buffer.alloc(3_000_000, 'gatetape');
    const output = new OutputBuffer();
    output.push(Buffer.from('before'), large, Buffer.from('behind'));
    const expected = Buffer.concat([Buffer.from('before'), large, Buffer.from('behind')]);
    expect(expected.equals(output.take())).toBe(true);
  });
});
