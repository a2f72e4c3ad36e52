/** Messages are unpacked through both layers, and every byte on the wire is accounted for. */
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Unpacked, Unpacker, type UnpackerOptions } from '../../../src/gateway/decode/unpacker.js';
import type { Frame } from '../../../src/wire/frame.js';
import { type DeflateParameters, WsDeflater } from '../../support/permessage-deflate.js';

const PLAIN = Buffer.from('{"op":11,"d":"some text, some text"}');

function unpacker(changes: Partial<UnpackerOptions> = {}): Unpacker {
  const transport = { version: 10, encoding: 'json', compress: 'none' } as const;
  return new Unpacker({ sender: 'gateway', transport, extensions: null, maxPayloadBytes: 500, ...changes });
}

const STREAM = { transport: { version: 10, encoding: 'json', compress: 'zlib-stream' } } as const;

function frame(data: Uint8Array, changes: Partial<Frame> = {}): Frame {
  return { kind: 'binary', data, wireBytes: data.length, isDeflated: false, error: null, ...changes };
}

const inShort = (unpacked: Unpacked): string =>
  `${unpacked.wireBytes}b ${unpacked.status === 'ok' ? Buffer.from(unpacked.bytes).toString() : unpacked.status}`;
const push = (to: Unpacker, data: Uint8Array, changes?: Partial<Frame>): string =>
  inShort(to.push(frame(data, changes)));

/** Messages of a stream, a sync flush after each. */
const stream = (...texts: readonly Uint8Array[]): Buffer[] =>
  texts.map((text, index) =>
    Buffer.concat([
      Buffer.from(index === 0 ? [0x78, 0x9c] : []),
      deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }),
    ]),
  );

describe('Unpacker', () => {
  it('passes uncompressed messages on', () => {
    expect(push(unpacker(), PLAIN)).toBe(`36b ${PLAIN.toString()}`);
    expect(push(unpacker(STREAM), PLAIN, { kind: 'text' })).toBe(`36b ${PLAIN.toString()}`);
    expect(push(unpacker({ ...STREAM, sender: 'client' }), PLAIN)).toBe(`36b ${PLAIN.toString()}`);
  });

  it('inflates one buffer from the gateway, in binary messages only', () => {
    const data = deflateSync(PLAIN);
    expect(push(unpacker(), data)).toBe(`${data.length}b ${PLAIN.toString()}`);
    expect(unpacker().push(frame(data, { kind: 'text' }))).toMatchObject({ status: 'ok', bytes: data });
    expect(unpacker({ sender: 'client' }).push(frame(data))).toMatchObject({ status: 'ok', bytes: data });
  });

  it('gives a payload of several messages the sum of their bytes', () => {
    const [first] = stream(PLAIN);
    const gateway = unpacker(STREAM);
    expect(push(gateway, first!.subarray(0, 10))).toBe('10b partial');
    expect(push(gateway, Buffer.alloc(0))).toBe('0b partial');
    expect(push(gateway, PLAIN, { kind: 'text' })).toBe(`36b ${PLAIN.toString()}`);
    expect(push(gateway, first!.subarray(10))).toBe(`${first!.length}b ${PLAIN.toString()}`);
    expect(gateway.end()).toBe(0);
  });

  it('counts an empty flush for the payload that follows', () => {
    const [empty, next] = stream(Buffer.alloc(0), PLAIN);
    const gateway = unpacker(STREAM);
    expect(push(gateway, empty!)).toBe(`${empty!.length}b partial`);
    expect(push(gateway, next!)).toBe(`${empty!.length + next!.length}b ${PLAIN.toString()}`);
  });

  it('reports an unfinished payload at the end', () => {
    const gateway = unpacker(STREAM);
    push(gateway, stream(PLAIN)[0]!.subarray(0, 10));
    expect(gateway.end()).toBe(10);
    expect(gateway.end()).toBe(0);
  });

  it('loses the stream with a faulty message, whose bytes count once', () => {
    const gateway = unpacker(STREAM);
    push(gateway, stream(PLAIN)[0]!.subarray(0, 10));
    expect(push(gateway, PLAIN, { error: 'too_large' })).toBe('46b too_large');
    expect(push(gateway, PLAIN)).toBe('36b context_lost');
    expect(gateway.end()).toBe(0);
  });

  it('keeps the limit inflated', () => {
    expect(push(unpacker(), deflateSync(Buffer.alloc(501)))).toMatch(/too_large$/);
    expect(push(unpacker(STREAM), stream(Buffer.alloc(501))[0]!)).toMatch(/too_large$/);
  });

  it('inflates more as time passes, by a clock', () => {
    const data = deflateSync(Buffer.alloc(2 ** 20));
    const statuses = (clock: (second: number) => number | null): string[] => {
      const gateway = unpacker({ maxPayloadBytes: 2 ** 20 });
      return [0, 2, 4, 6, 8, 10, 12, 14].map((second) => gateway.push(frame(data), clock(second)).status);
    };
    expect(new Set(statuses((second) => second * 1e6))).toEqual(new Set(['ok']));
    expect(statuses(() => null).at(-1)).toBe('too_complex');
  });

  const AGREEMENTS: readonly (readonly [header: string, parameters: DeflateParameters])[] = [
    ['permessage-deflate', {}],
    [
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
      { server_no_context_takeover: true, client_no_context_takeover: true },
    ],
  ];

  it.each(AGREEMENTS)('inflates %s from either sender', async (extensions, parameters) => {
    for (const sender of ['client', 'gateway'] as const) {
      const deflater = new WsDeflater(sender, parameters);
      const one = unpacker({ extensions, sender });
      for (let round = 0; round < 3; round += 1) {
        const data = await deflater.compress(PLAIN);
        expect(push(one, data, { isDeflated: true })).toBe(`${data.length}b ${PLAIN.toString()}`);
        expect(push(one, PLAIN)).toBe(`36b ${PLAIN.toString()}`);
      }
      deflater.close();
    }
  });

  it('inflates permessage-deflate around a stream', async () => {
    const deflater = new WsDeflater('gateway');
    const gateway = unpacker({ ...STREAM, extensions: 'permessage-deflate' });
    for (const message of stream(PLAIN, PLAIN)) {
      expect(push(gateway, await deflater.compress(message), { isDeflated: true })).toContain(
        PLAIN.toString(),
      );
    }
    deflater.close();
  });

  it('reads on after a faulty message only where contexts are not taken over', async () => {
    for (const [extensions, parameters] of AGREEMENTS) {
      const deflater = new WsDeflater('gateway', parameters);
      const gateway = unpacker({ extensions });
      await deflater.compress(PLAIN);
      expect(push(gateway, Buffer.alloc(0), { isDeflated: true, error: 'too_large' })).toBe('0b too_large');
      const next = push(gateway, await deflater.compress(PLAIN), { isDeflated: true });
      expect(next).toContain(extensions.includes('no_context') ? PLAIN.toString() : 'context_lost');
      deflater.close();
    }
  });

  it('begins in the middle only where contexts are not taken over, and with a stream not at all', async () => {
    for (const [extensions, parameters] of AGREEMENTS) {
      const deflater = new WsDeflater('gateway', parameters);
      const gateway = unpacker({ extensions, isContinued: true });
      const first = push(gateway, await deflater.compress(PLAIN), { isDeflated: true });
      expect(first).toContain(extensions.includes('no_context') ? PLAIN.toString() : 'context_lost');
      expect(push(gateway, PLAIN)).toBe(`36b ${PLAIN.toString()}`);
      deflater.close();
    }
    expect(push(unpacker({ ...STREAM, isContinued: true }), stream(PLAIN)[0]!)).toMatch(/context_lost$/);
  });

  it('reports a compressed message if no extension was negotiated', () => {
    const gateway = unpacker();
    expect(push(gateway, PLAIN, { isDeflated: true, error: 'too_large' })).toBe('36b too_large');
    expect(push(gateway, PLAIN, { isDeflated: true })).toBe('36b unsupported_compression');
  });
});
