import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldFrames } from '../../src/gateway/held-frames.js';
import { cutAt, cutPlaces } from '../support/splits.js';
import { wsFrame } from '../support/ws-internals.js';

describe('HeldFrames', () => {
  it('hands out whole frames, and the bytes as they came', () => {
    const frames = fc.array(
      fc.record({
        opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
        fin: fc.boolean(),
        rsv1: fc.boolean(),
        data: fc.uint8Array({ maxLength: 125 }),
      }),
    );
    fc.assert(
      fc.property(frames, cutPlaces, (sent, places) => {
        const stream = Buffer.concat(sent.map(({ data, ...options }) => wsFrame(data, options)));
        const held = new HeldFrames();
        const seen: unknown[] = [];
        const released: Uint8Array[] = [];
        for (const chunk of cutAt(stream, places)) {
          held.append(chunk);
          for (let frame = held.next(); frame !== null; frame = held.next()) {
            if (frame === 'illegal') throw new Error('illegal');
            const { opcode, isFinal: fin, isDeflated: rsv1, data } = frame;
            seen.push({ opcode, fin, rsv1, data: Uint8Array.from(data) });
            if (seen.length % 3 === 0) released.push(held.release());
          }
        }
        expect(seen).toEqual(sent);
        released.push(held.releaseAll());
        expect(Buffer.concat(released).equals(stream)).toBe(true);
      }),
    );
  });

  it('keeps frames that were handed out when more bytes come', () => {
    const held = new HeldFrames();
    held.append(wsFrame(Buffer.from('first'), { opcode: 1 }));
    const frame = held.next();
    held.drop();
    for (let more = 0; more < 100; more += 1) held.append(Buffer.alloc(1000, 0xff));
    expect(frame).toMatchObject({ data: Uint8Array.from(Buffer.from('first')) });
    expect(held.releaseAll().length).toBe(100_000);
  });

  it.each([
    ['a masked frame', '8180000000 00'],
    ['RSV2', 'a100'],
    ['RSV3', '9100'],
    ['a reserved opcode', '8300'],
    ['a control frame of 126 bytes', '897e007e'],
    ['a message of 64 MiB and one byte', '827f0000000004000001'],
    ['a length that cannot be', '827fffffffffffffffff'],
  ])('calls %s illegal as soon as its header is there', (_, hex) => {
    const held = new HeldFrames();
    const header = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    held.append(header);
    expect(held.next()).toBe('illegal');
    expect(Buffer.from(held.releaseAll()).equals(header)).toBe(true);
  });
});
