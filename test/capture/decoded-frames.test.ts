/** What is decoded in one thread is the same in the next, whatever it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packDecoded, packMark, unpackDecoded, unpackMark } from '../../src/capture/decoded-frames.js';
import { PayloadDecoder } from '../../src/gateway/decode/decoder.js';
import { findSecretKeys } from '../../src/gateway/redact/redact.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
import type { Frame } from '../../src/wire/frame.js';

const place = { connection: 7, sender: 'gateway', frameNo: 3, atUs: 5 } as const;
const transport = { version: 10, encoding: 'json', compress: 'none' } as const;
const options = { sender: 'gateway', transport, extensions: null, maxPayloadBytes: 1e6 } as const;

const frame = (kind: Frame['kind'], data: Uint8Array): Frame => ({
  kind,
  data,
  wireBytes: data.length,
  isDeflated: false,
  error: null,
});

const payload = fc.record(
  {
    op: fc.integer({ min: 0, max: 50 }),
    t: fc.option(fc.oneof(fc.constant('READY'), fc.string(), fc.string({ minLength: 400, maxLength: 600 }))),
    s: fc.option(fc.nat()),
    d: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

const anyFrame = fc.oneof(
  payload.map((value) => frame('text', Buffer.from(JSON.stringify(value)))),
  fc.json({ maxDepth: 2 }).map((text) => frame('binary', Buffer.from(encodeEtf(JSON.parse(text) as null)))),
  fc.uint8Array().map((bytes) => frame('binary', bytes)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => frame('close', bytes)),
);

describe('a decoded frame', () => {
  it('is the same after it was packed', () => {
    fc.assert(
      fc.property(anyFrame, (each) => {
        for (const decoded of new PayloadDecoder(options).push(each)) {
          const kind = each.kind;
          const packed = packDecoded({ ...place, kind, decoded }, false);
          expect(unpackMark(packed)).toBeNull();
          const unpacked = unpackDecoded(packed);
          expect(unpacked).toEqual({ ...place, kind, decoded });
          if (decoded.status === 'ok' && unpacked.decoded.status === 'ok')
            expect(unpacked.decoded.d).toEqual(decoded.d);
        }
      }),
    );
  });

  it('has no long name of an event on its way, as those are remembered', () => {
    const t = 'E'.repeat(10_000);
    const [decoded] = new PayloadDecoder(options).push(
      frame('text', Buffer.from(JSON.stringify({ op: 0, t, s: 1, d: {} }))),
    );
    const packed = packDecoded({ ...place, kind: 'text', decoded: decoded! }, true);
    expect(packed.event).toBeNull();
    expect(unpackDecoded(packed).decoded).toMatchObject({ t });
  });

  it('takes no bytes along that can hide secrets, unless nothing is masked', () => {
    const decoded = { status: 'not_json', wireBytes: 3, raw: Buffer.from('abc'), isPlain: false } as const;
    expect(packDecoded({ ...place, kind: 'binary', decoded }, true).raw).toBeNull();
    expect(packDecoded({ ...place, kind: 'binary', decoded }, false).raw).toEqual(decoded.raw);
  });
});

it('a mark is the same after it was packed', () => {
  const mark = { unfinishedBytes: 5, convergedFrameNo: null };
  expect(unpackMark(packMark(1, mark))).toEqual(mark);
  expect(unpackMark(packMark(1, { ...mark, convergedFrameNo: 9 }))).toEqual({ ...mark, convergedFrameNo: 9 });
});

it('a payload whose columns are missing has nothing in it', () => {
  const mark = packMark(1, { unfinishedBytes: 0, convergedFrameNo: null });
  const { decoded } = unpackDecoded({ ...mark, status: 'ok' });
  expect(decoded).toMatchObject({ status: 'ok', op: 0, t: null, payloadBytes: 0 });
  const long = packDecoded(
    { ...place, kind: 'text', decoded: { status: 'not_json', wireBytes: 1, raw: null, isPlain: true } },
    true,
  );
  // The flags of a secret key and of a long name, of a payload that is no JSON.
  expect(unpackDecoded({ ...long, status: 'ok', session: 3, body: Buffer.from('[') }).decoded).toMatchObject({
    t: null,
    hasSecretKey: true,
  });
});

it('a payload says whether it has a secret key', () => {
  const text = JSON.stringify({ op: 3, d: { token: 'x' } });
  const decoder = new PayloadDecoder({ ...options, secretKeys: findSecretKeys('secrets') });
  const [decoded] = decoder.push(frame('text', Buffer.from(text)));
  const packed = packDecoded({ ...place, kind: 'text', decoded: decoded! }, true);
  expect(unpackDecoded(packed).decoded).toMatchObject({ hasSecretKey: true });
});
