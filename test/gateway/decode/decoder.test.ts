/** Frames become payloads or reasons, for every way a message can hold one. */
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../../../src/gateway/decode/decoded.js';
import { PayloadDecoder } from '../../../src/gateway/decode/decoder.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import type { Frame, FrameKind, Sender } from '../../../src/wire/frame.js';
import { JsonKeys } from '../../../src/wire/json/keys.js';
import type { Transport } from '../../../src/wire/transport.js';

const HELLO = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}';
const READY = '{"t":"READY","s":1,"op":0,"d":{"session_id":"a"}}';

function decoder(transport: Partial<Transport> = {}, sender: Sender = 'gateway'): PayloadDecoder {
  return new PayloadDecoder({
    sender,
    transport: { version: 10, encoding: 'json', compress: 'none', ...transport },
    extensions: null,
    maxPayloadBytes: 1000,
    secretKeys: new JsonKeys(['session_id']),
  });
}

function frame(kind: FrameKind, data: Uint8Array | string, changes: Partial<Frame> = {}): Frame {
  const bytes = Buffer.from(data);
  return { kind, data: bytes, wireBytes: bytes.length, isDeflated: false, error: null, ...changes };
}

/** A result in short: the payload's text with its sizes, or the status with the raw text. */
function inShort(decoded: Decoded): string {
  if (decoded.status !== 'ok') {
    const raw = decoded.raw === null ? '' : ` ${Buffer.from(decoded.raw).toString('latin1')}`;
    return `${decoded.status} ${decoded.wireBytes}b${raw}`;
  }
  return `${decoded.wireBytes}b ${decoded.payloadBytes}b ${Buffer.from(decoded.bytes).toString()}`;
}

const push = (
  to: PayloadDecoder,
  kind: FrameKind,
  data: Uint8Array | string,
  changes?: Partial<Frame>,
): string[] => to.push(frame(kind, data, changes)).map(inShort);

describe('PayloadDecoder', () => {
  it.each(['text', 'binary'] as const)('reads JSON from a %s message of either sender', (kind) => {
    for (const sender of ['client', 'gateway'] as const) {
      const [decoded] = decoder({}, sender).push(frame(kind, READY));
      expect(decoded).toMatchObject({ status: 'ok', op: 0, s: 1, t: 'READY', d: { session_id: 'a' } });
      expect(inShort(decoded!)).toBe(`${READY.length}b ${READY.length}b ${READY}`);
    }
  });

  it('reports the keys that it was asked to look for', () => {
    const [ready] = decoder().push(frame('text', READY));
    const [hello] = decoder().push(frame('text', HELLO));
    expect([ready, hello]).toMatchObject([{ hasSecretKey: true }, { hasSecretKey: false }]);
  });

  it('reads envelopes in any order, without s, t or d, and with odd ones', () => {
    const read = (text: string): unknown => decoder().push(frame('text', text))[0];
    expect(read('{"d":{},"op":11}')).toMatchObject({ op: 11, s: null, t: null, d: {} });
    expect(read('{"op":11}')).toMatchObject({ op: 11, d: null });
    expect(read('{"op":0,"s":"1","t":2,"d":[1]}')).toMatchObject({ op: 0, s: null, t: null, d: [1] });
    expect(read(' {"op" : 7 , "d" : 5} ')).toMatchObject({ op: 7, d: 5 });
  });

  it('inflates payload compression, which shares no context', () => {
    const gateway = decoder();
    for (const text of [HELLO, READY]) {
      const data = deflateSync(text);
      expect(push(gateway, 'binary', data)).toEqual([`${data.length}b ${text.length}b ${text}`]);
    }
    expect(push(gateway, 'text', HELLO)).toEqual([`${HELLO.length}b ${HELLO.length}b ${HELLO}`]);
  });

  it('inflates zlib-stream over messages, and takes text beside it', () => {
    const gateway = decoder({ compress: 'zlib-stream' });
    const stream = Buffer.concat([
      Buffer.from([0x78, 0x9c]),
      deflateRawSync(HELLO, { finishFlush: constants.Z_SYNC_FLUSH }),
    ]);
    expect(push(gateway, 'binary', stream.subarray(0, 10))).toEqual(['partial 10b']);
    expect(push(gateway, 'text', HELLO)).toEqual([`${HELLO.length}b ${HELLO.length}b ${HELLO}`]);
    expect(push(gateway, 'binary', stream.subarray(10))).toEqual([
      `${stream.length}b ${HELLO.length}b ${HELLO}`,
    ]);
  });

  it('never inflates what clients send', () => {
    const data = deflateSync(HELLO);
    expect(decoder({ compress: 'zlib-stream' }, 'client').push(frame('binary', data))).toMatchObject([
      { status: 'not_utf8', raw: data },
    ]);
    expect(push(decoder({ compress: 'zlib-stream' }, 'client'), 'text', HELLO)).toHaveLength(1);
  });

  it('gives each payload of a message its own size, and the first the bytes on the wire', () => {
    const data = deflateSync(`${HELLO} ${READY}\n[1]{"op`);
    expect(push(decoder(), 'binary', data)).toEqual([
      `${data.length}b ${HELLO.length}b ${HELLO}`,
      `0b ${READY.length}b ${READY}`,
      'not_object 0b [1]',
      'not_json 0b {"op',
    ]);
  });

  it('ends a payload under way as truncated, with the sum of its parts', () => {
    const gateway = decoder({ compress: 'zlib-stream' });
    expect(decoder({ compress: 'zlib-stream' }).end()).toBeNull();
    const stream = deflateSync(HELLO).subarray(0, 30);
    push(gateway, 'binary', stream.subarray(0, 12));
    push(gateway, 'binary', stream.subarray(12));
    expect(inShort(gateway.end()!)).toBe('truncated 30b');
    expect(gateway.end()).toBeNull();
  });

  it('passes control frames on', () => {
    expect(push(decoder({ compress: 'zlib-stream' }), 'ping', 'x')).toEqual(['control 1b x']);
    expect(push(decoder(), 'close', 'xx', { error: 'protocol_error' })).toEqual(['protocol_error 2b xx']);
  });

  it('loses the compression context if a message is missing', () => {
    const gateway = decoder({ compress: 'zlib-stream' });
    expect(push(gateway, 'text', 'x', { error: 'protocol_error' })).toEqual(['protocol_error 1b x']);
    expect(push(gateway, 'binary', 'x', { error: 'too_large' })).toEqual(['too_large 1b']);
    expect(push(gateway, 'binary', 'y')).toEqual(['context_lost 1b y']);
    expect(push(gateway, 'text', HELLO)).toHaveLength(1);
  });

  it.each([
    ['json', 'text', '', 'not_json'],
    ['json', 'text', '{"op":1', 'not_json'],
    ['json', 'text', `${'['.repeat(2000)}${']'.repeat(2000)}`, 'too_complex'],
    ['json', 'text', '"x"', 'not_object'],
    ['json', 'text', '{"op":1.5}', 'not_object'],
    ['json', 'text', Buffer.from([0x22, 0xff, 0x22]), 'not_utf8'],
    ['json', 'binary', Buffer.from([0x22, 0xff, 0x22]), 'not_utf8'],
    ['json', 'binary', Buffer.from([0x78, 0x9c, 1, 2]), 'inflate_failed'],
    ['json', 'binary', deflateSync('x'.repeat(2000)), 'too_large'],
    ['etf', 'binary', Buffer.from([1, 2]), 'not_etf'],
    ['etf', 'binary', Buffer.from([0xff]), 'not_etf'],
    ['etf', 'text', '{', 'not_json'],
    ['unknown', 'binary', Buffer.from([1, 2]), 'unknown_encoding'],
    ['unknown', 'text', '{', 'not_json'],
  ] as const)('calls %s %s %j %s', (encoding, kind, data, status) => {
    expect(decoder({ encoding }).push(frame(kind, data))).toMatchObject([{ status }]);
  });

  it('reads JSON whatever encoding the URL asked for', () => {
    for (const encoding of ['etf', 'unknown'] as const) {
      expect(push(decoder({ encoding }), 'text', HELLO)).toHaveLength(1);
      expect(decoder({ encoding }).push(frame('binary', HELLO))).toMatchObject([{ op: 10 }]);
    }
  });

  it('reads ETF as its projection, beside the document, several in one message', () => {
    const hello = Buffer.from(encodeEtf({ op: 10, d: { heartbeat_interval: 41_250 }, s: null, t: null }));
    const ready = Buffer.from(encodeEtf({ op: 0, t: 'READY', s: 1, d: { session_id: 'a', id: '1' } }));
    const results = decoder({ encoding: 'etf' }).push(frame('binary', Buffer.concat([hello, ready])));
    expect(results).toMatchObject([
      { op: 10, s: null, d: { heartbeat_interval: 41_250 }, wireBytes: hello.length + ready.length },
      { op: 0, t: 'READY', s: 1, d: { session_id: 'a', id: '1' }, wireBytes: 0, hasSecretKey: true },
    ]);
    expect(results).toMatchObject([
      { etf: hello, payloadBytes: hello.length },
      { etf: ready, payloadBytes: ready.length },
    ]);
  });

  it.each([
    ['json', Buffer.alloc(400_000, '1 ')],
    ['etf', Buffer.alloc(300_000, Uint8Array.of(131, 97, 1))],
  ] as const)('takes no more than a thousand payloads out of one message of %s', (encoding, data) => {
    const results = decoder({ encoding }).push(frame('binary', data));
    expect(results.length).toBeLessThan(1030);
    expect(results[1000]?.status).toBe('not_object');
    const rest = results.at(-1);
    expect(rest?.status).toBe(encoding === 'etf' ? 'not_etf' : 'not_json');
    expect(rest?.status !== 'ok' && (rest?.raw?.length ?? 0)).toBeGreaterThan(290_000);
    expect(results.reduce((sum, { wireBytes }) => sum + wireBytes, 0)).toBe(data.length);
  });

  it('reads ETF under every compression', () => {
    const etf = Buffer.from(encodeEtf({ op: 11, d: null }));
    const stream = Buffer.concat([
      Buffer.from([0x78, 0x9c]),
      deflateRawSync(etf, { finishFlush: constants.Z_SYNC_FLUSH }),
    ]);
    for (const [compress, data] of [
      ['none', etf],
      ['none', deflateSync(etf)],
      ['zlib-stream', stream],
    ] as const) {
      const [payload] = decoder({ encoding: 'etf', compress }).push(frame('binary', data));
      expect(payload).toMatchObject({ status: 'ok', op: 11 });
      expect(payload?.status === 'ok' && Buffer.from(payload.etf ?? [])).toEqual(etf);
    }
  });

  it('keeps invalid ETF, and ETF without a payload, unchanged', () => {
    const list = Buffer.from(encodeEtf([1]));
    const cut = Buffer.from(encodeEtf({ op: 1 })).subarray(0, -1);
    expect(push(decoder({ encoding: 'etf' }), 'binary', list)).toEqual([
      `not_object ${list.length}b ${list.toString('latin1')}`,
    ]);
    expect(push(decoder({ encoding: 'etf' }), 'binary', Buffer.concat([list, cut]))).toEqual([
      `not_object ${list.length + cut.length}b ${list.toString('latin1')}`,
      `not_etf 0b ${cut.toString('latin1')}`,
    ]);
  });

  it("reads the gateway's zstd-stream", () => {
    // A HELLO as twilight's tests captured it, and a raw block of libzstd's format behind it (RFC 8878 §3.1.1.2).
    const hello = Buffer.from(
      '28b52ffd00406403004207191c7089737428d0cb55ffa74a4b7ecbdee7ff9712d3d4ab9097d2ff3304312247620224fd' +
        '7a8d63cbe10ba22f85f106c952f55bcef7a4e29c5c6c827b0b5fc70f3db3759d1c25414019fab608c7cd2c492f13da2d' +
        '1b0ef5ca51527aa77947ad3d8cbe0f030100244a12',
      'hex',
    );
    const ack = Buffer.concat([Buffer.from([0x48, 0, 0]), Buffer.from('{"op":11}')]);
    const gateway = decoder({ compress: 'zstd-stream' });
    expect(gateway.push(frame('binary', hello))).toMatchObject([
      { op: 10, d: { heartbeat_interval: 41_250 }, wireBytes: hello.length, payloadBytes: 124 },
    ]);
    expect(gateway.push(frame('binary', ack))).toMatchObject([{ op: 11, wireBytes: ack.length }]);
  });

  it('reports an undocumented compression as unsupported', () => {
    expect(push(decoder({ compress: 'unknown' }), 'binary', 'x')).toEqual(['unsupported_compression 1b x']);
  });

  it('takes any frames, and accounts for every byte of theirs exactly once', () => {
    const anyFrame = fc
      .record({
        kind: fc.constantFrom('text' as const, 'binary' as const, 'ping' as const),
        data: fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.json().map((text) => Buffer.from(text)),
          fc.json().map((text) => deflateSync(`{"op":1,"d":${text}}{"op":2}`)),
          fc.json().map((text) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })),
        ),
        isDeflated: fc.boolean(),
        fault: fc.constantFrom(null, null, null, 'too_large' as const, 'truncated' as const),
      })
      .map(({ kind, data, ...rest }) => frame(kind, data, rest));
    const anyTransport = fc.record({
      encoding: fc.constantFrom('json' as const, 'etf' as const, 'unknown' as const),
      compress: fc.constantFrom('none' as const, 'zlib-stream' as const, 'unknown' as const),
    });
    fc.assert(
      fc.property(anyTransport, fc.array(anyFrame, { maxLength: 12 }), (transport, frames) => {
        const one = decoder(transport);
        const results = frames.flatMap((each) => one.push(each));
        const rest = one.end();
        const counted = [...results, ...(rest === null ? [] : [rest])].filter(
          ({ status }) => status !== 'partial',
        );
        const sum = (list: readonly { wireBytes: number }[]): number =>
          list.reduce((total, { wireBytes }) => total + wireBytes, 0);
        expect(sum(counted)).toBe(sum(frames));
        expect(results.length).toBeGreaterThanOrEqual(frames.length);
      }),
      { numRuns: 200 },
    );
  });
});

it('too many values, or a term of ETF that says more than it may hold, are no payload and are not kept', () => {
  const many = Buffer.concat([
    Buffer.from('{"op":0,"d":["\\"",'),
    Buffer.alloc(4_000_002, '1,'),
    Buffer.from('1]}'),
  ]);
  const one = decoder();
  expect(one.push(frame('text', many))).toMatchObject([{ status: 'too_complex', raw: null }]);
  const compressed = Buffer.from('8350000f4240', 'hex');
  const etf = decoder({ encoding: 'etf' });
  expect(etf.push(frame('binary', compressed))).toMatchObject([{ status: 'too_large', raw: null }]);
  const deep = Buffer.concat([Buffer.of(131), Buffer.alloc(2002, Buffer.of(104, 1)), Buffer.of(106)]);
  expect(etf.push(frame('binary', deep))).toMatchObject([{ status: 'too_complex', raw: null }]);
});

it('text that is too long to be searched for secrets is not plain', () => {
  const isPlain = (bytes: number): unknown[] =>
    decoder()
      .push(frame('text', Buffer.alloc(bytes, 'x')))
      .map((one) => one.status !== 'ok' && one.isPlain);
  expect([isPlain(2 ** 20), isPlain(2 ** 20 + 1)]).toEqual([[true], [false]]);
});

it('text with line ends and tabs is plain, and none with other control characters', () => {
  const isPlain = (code: number): unknown =>
    decoder()
      .push(frame('text', Buffer.of(0x61, code, 0x62)))
      .map((one) => one.status !== 'ok' && one.isPlain)[0];
  const plain = Array.from({ length: 128 }, (_, code) => code).filter(isPlain);
  expect(plain).toEqual([0x09, 0x0a, 0x0d, ...Array.from({ length: 96 }, (_, index) => 0x20 + index)]);
});

it('text that was cut within a character is plain, and no other text that is not UTF-8', () => {
  const isPlain = (data: Uint8Array, error: Frame['error']): unknown =>
    decoder()
      .push(frame('text', data, { error }))
      .map((one) => one.status !== 'ok' && one.isPlain);
  const text = Buffer.from('a\u{1f600}');
  for (const end of [1, 2, 3, 4, 5]) expect(isPlain(text.subarray(0, end), 'truncated')).toEqual([true]);
  for (const end of [2, 3, 4]) expect(isPlain(text.subarray(0, end), 'protocol_error')).toEqual([false]);
  expect(isPlain(Buffer.from([0x61, 0xff, 0xff, 0xff, 0xff]), 'truncated')).toEqual([false]);
});
