/** Recorded bytes as payloads, however they were cut. The referees are node:zlib, the zstd tool's bytes and vectors. */
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import type { JsonValue } from '../../src/gateway/payload.js';
import { decodePayloads, type DecodeOptions } from '../../src/library/decode-payloads.js';
import { encodeEtf } from '../../src/library/etf.js';
import { bestOf } from '../support/growth.js';

const TEXTS = [
  '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}',
  '{"t":"MESSAGE_CREATE","s":1,"op":0,"d":{"id":123456789012345678901,"x":1.0,"content":"grüße 👋"}}',
  '{"t":null,"s":null,"op":11,"d":null}',
];

/** A zlib-stream as a gateway makes it: one header, then each payload up to a sync flush. */
const zlibStream = (texts: readonly string[]): Buffer[] =>
  texts.map((text, index) =>
    Buffer.concat([
      index === 0 ? Buffer.from([0x78, 0x9c]) : Buffer.alloc(0),
      deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }),
    ]),
  );

/** A zstd-stream of raw blocks (RFC 8878 section 3.1.1.2), one a payload: a frame header, and no last block. */
const zstdStream = (texts: readonly string[]): Buffer[] =>
  texts.map((text, index) => {
    const bytes = Buffer.from(text);
    const header = Buffer.alloc(3);
    header.writeUIntLE(bytes.length << 3, 0, 3);
    return Buffer.concat([Buffer.from(index === 0 ? '28b52ffd0040' : '', 'hex'), header, bytes]);
  });

const etf = TEXTS.map((text) => Buffer.from(encodeEtf(JSON.parse(text) as JsonValue)));

const textsOf = (bytes: Uint8Array | Iterable<Uint8Array>, options: DecodeOptions = {}): string[] =>
  [...decodePayloads(bytes, options)].map(({ text }) => text);

/** Decodes as far as it goes: the payloads, and why it stopped. */
function salvage(bytes: Uint8Array, options: DecodeOptions): { texts: string[]; why: string } {
  const texts: string[] = [];
  try {
    for (const { text } of decodePayloads(bytes, options)) texts.push(text);
  } catch (error) {
    if (error instanceof UsageError) return { texts, why: error.message };
    throw error;
  }
  return { texts, why: '' };
}

function hintOf(bytes: Uint8Array, options: DecodeOptions): string {
  try {
    textsOf(bytes, options);
    return '';
  } catch (error) {
    return error instanceof UsageError ? error.hint : '';
  }
}

const TRANSPORTS: readonly (readonly [DecodeOptions, readonly Buffer[]])[] = [
  [{ encoding: 'json', compress: 'none' }, TEXTS.map((text) => Buffer.from(text))],
  [{ encoding: 'json', compress: 'zlib-stream' }, zlibStream(TEXTS)],
  [{ encoding: 'json', compress: 'zstd-stream' }, zstdStream(TEXTS)],
  [{ encoding: 'json', compress: 'zlib' }, TEXTS.map((text) => deflateSync(text))],
];

describe.each(TRANSPORTS)('decodePayloads of %j', (options, messages) => {
  it('gives every payload, number for number', () => {
    expect(textsOf(Buffer.concat(messages), options)).toEqual(TEXTS);
    expect(textsOf(messages, options)).toEqual(TEXTS);
  });

  it('gives the same payloads wherever the bytes are cut', () => {
    const bytes = Buffer.concat(messages);
    const cuts = fc
      .array(fc.nat(bytes.length), { maxLength: 6 })
      .map((all) => [0, ...all.sort((a, b) => a - b)]);
    fc.assert(
      fc.property(cuts, (starts) => {
        const pieces = starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
        expect(textsOf(pieces, options)).toEqual(TEXTS);
      }),
      { numRuns: 100 },
    );
  });

  it('says so when the last payload is cut off', () => {
    const bytes = Buffer.concat(messages);
    const { texts, why } = salvage(bytes.subarray(0, -12), options);
    expect(TEXTS.slice(0, texts.length)).toEqual(texts);
    expect(why).toMatch(/^payload 3 of the input is cut off|^the input is not z/);
  });
});

describe('decodePayloads of ETF', () => {
  const projected = TEXTS.map((text) => JSON.stringify(JSON.parse(text)));

  it('gives the projection as JSON, one document behind the other', () => {
    expect(textsOf(Buffer.concat(etf), { encoding: 'etf' })).toEqual(projected);
    expect(textsOf(Buffer.from(etf.map((bytes) => [...bytes]).flat()), { encoding: 'etf' })).toEqual(
      projected,
    );
  });

  it('waits for what is still to come', () => {
    const bytes = Buffer.concat(etf);
    expect(
      textsOf(
        [...bytes].map((byte) => Buffer.from([byte])),
        { encoding: 'etf' },
      ),
    ).toEqual(projected);
  });

  // Measured with erlpack 0.1.3; erlang.org, External Term Format.
  it.each([
    ['83740000000 26d000000026f7061016d000000016473036e696c'.replace(' ', ''), '{"op":1,"d":null}'],
    ['836e08000700 02c15a067102'.replaceAll(' ', ''), '"175928847299117063"'],
    ['836a', '[]'],
    ['8361ff', '255'],
  ])('%s is %s', (hex, text) => {
    expect(textsOf(Buffer.from(hex, 'hex'), { encoding: 'etf' })).toEqual([text]);
  });

  it.each([
    ['7b7d', 'payload 1 of the input is not ETF (not_etf)'],
    ['836a83ee', 'payload 2 of the input is not ETF (unknown_tag)'],
    ['836d000000ff', 'payload 1 of the input is cut off, or not ETF'],
    ['8350000000ff00', 'payload 1 of the input is cut off, or not ETF'],
  ])('refuses %s', (hex, why) => {
    expect(salvage(Buffer.from(hex, 'hex'), { encoding: 'etf' }).why).toBe(why);
  });
});

describe('decodePayloads of JSON', () => {
  it('reads any JSON, with any white space between', () => {
    expect(textsOf(Buffer.from(' {"op":1}\n\n[1,\n2] "x" 12 null\t'))).toEqual([
      '{"op":1}',
      '[1, 2]',
      '"x"',
      '12',
      'null',
    ]);
    expect(textsOf(Buffer.from('12'))).toEqual(['12']);
    expect(textsOf([Buffer.from('1'), Buffer.from('2 3')])).toEqual(['12', '3']);
    expect(textsOf(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ['{"op":1} {"op":', ['{"op":1}'], 'payload 2 of the input is cut off, or not JSON'],
    ['hello', [], 'payload 1 of the input is cut off, or not JSON'],
    ['"\xff"', [], 'payload 1 of the input is not UTF-8'],
    ['['.repeat(2000), [], 'payload 1 of the input is nested too deeply'],
  ])('gives the valid beginning of %j', (text, texts, why) => {
    expect(salvage(Buffer.from(text, 'latin1'), {})).toEqual({ texts, why });
  });
});

describe('broken compression', () => {
  it.each(['zlib-stream', 'zstd-stream', 'zlib'] as const)('%s is named', (compress) => {
    expect(salvage(Buffer.from('not compressed at all'), { compress })).toEqual({
      texts: [],
      why: `the input is not ${compress}, or broken`,
    });
  });

  it('never throws anything else', () => {
    const compress = fc.constantFrom('none', 'zlib-stream', 'zstd-stream', 'zlib') as fc.Arbitrary<'none'>;
    const options = fc.record({ encoding: fc.constantFrom('json', 'etf') as fc.Arbitrary<'json'>, compress });
    const start = fc.constantFrom('', '789c', '28b52ffd0040', '83', '8374', '7b22');
    fc.assert(
      fc.property(options, start, fc.uint8Array({ maxLength: 60 }), (chosen, hex, bytes) => {
        expect(salvage(Buffer.concat([Buffer.from(hex, 'hex'), bytes]), chosen)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe('a hint at another compression or encoding', () => {
  const stream = Buffer.concat(zlibStream(TEXTS));
  const zstd = Buffer.concat(zstdStream(TEXTS));
  const json = Buffer.from(TEXTS.join(''));
  it.each<[string, Uint8Array, DecodeOptions, string]>([
    ['zlib-stream', stream, {}, '--compress zlib-stream'],
    ['zlib-stream for zstd', stream, { compress: 'zstd-stream' }, '--compress zlib-stream'],
    ['zlib-stream for buffers', stream, { compress: 'zlib' }, '--compress zlib-stream'],
    ['zstd-stream', zstd, {}, '--compress zstd-stream'],
    ['zstd-stream for zlib', zstd, { compress: 'zlib-stream' }, '--compress zstd-stream'],
    ['plain text', json, { compress: 'zlib' }, '--compress none'],
    ['ETF', Buffer.concat(etf), {}, '--encoding etf'],
    ['JSON', json, { encoding: 'etf' }, '--encoding json'],
  ])('%s gives a hint', (_, bytes, options, hint) => {
    expect(hintOf(bytes, options)).toContain(hint);
  });
});

describe('bounds of decoding', () => {
  const MIB = 2 ** 20;
  const refusal = (bytes: Uint8Array, options: DecodeOptions): string => salvage(bytes, options).why;

  it('gives a payload up that is larger than any', () => {
    const bomb = deflateSync(Buffer.alloc(129 * MIB, 'a'), { level: 1 });
    expect(refusal(bomb, { compress: 'zlib' })).toContain('inflates to more than 128 MiB');
    const text = Array<Buffer>(130).fill(Buffer.alloc(MIB, 'a'));
    expect(() => textsOf([Buffer.from('{"a":"'), ...text])).toThrow(
      'payload 1 of the input is larger than 128 MiB',
    );
  });

  it('counts payloads as well as their bytes, until the user allows more', () => {
    const bomb = deflateSync('{}'.repeat(100_000), { finishFlush: constants.Z_SYNC_FLUSH });
    const options = { compress: 'zlib-stream', maxOutputBytes: MIB } as const;
    const { texts, why } = salvage(bomb, options);
    expect(texts.length).toBeLessThan(MIB / 64);
    expect(why).toMatch(/^payload \d+ of the input is part of a stream that inflates to more than 256 times/);
    expect(hintOf(bomb, options)).toContain('--max-output');
    expect(textsOf(bomb, { ...options, maxOutputBytes: 8 * MIB })).toHaveLength(100_000);
  });

  const list = (count: number): Buffer => {
    const head = Buffer.from([131, 108, 0, 0, 0, 0]);
    head.writeUInt32BE(count, 2);
    return Buffer.concat([head, Buffer.alloc(2 * count, Buffer.from([97, 7])), Buffer.from([106])]);
  };
  it.each<[string, DecodeOptions, (bytes: number) => Buffer]>([
    ['JSON', {}, (bytes) => Buffer.from(JSON.stringify({ op: 0, d: Array(bytes >> 2).fill(100) }))],
    ['a text of JSON', {}, (bytes) => Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(bytes) }))],
    ['ETF', { encoding: 'etf' }, (bytes) => list(bytes >> 1)],
    ['small documents', {}, (bytes) => Buffer.from('{"op":11,"d":"0123456789"}'.repeat(bytes / 26))],
  ])('takes time in proportion to %s in small pieces', (_, options, make) => {
    const timeOf = (bytes: Buffer): number => {
      const pieces = Array.from({ length: Math.ceil(bytes.length / 4096) }, (__, index) =>
        bytes.subarray(index * 4096, (index + 1) * 4096),
      );
      return bestOf(5, () => textsOf(pieces, options));
    };
    expect(timeOf(make(MIB)) / timeOf(make(MIB / 16))).toBeLessThan(60);
  });
});

describe('a decoded payload', () => {
  it('has text, value and gateway payload', () => {
    const [payload, other] = decodePayloads(Buffer.from('{"op":0,"t":"READY","s":1,"d":[]} [1]'));
    expect(payload?.text).toBe('{"op":0,"t":"READY","s":1,"d":[]}');
    expect(payload?.payload).toEqual({ op: 0, t: 'READY', s: 1, d: [] });
    expect(other?.value).toEqual([1]);
    expect(other?.payload).toBeNull();
  });
});
