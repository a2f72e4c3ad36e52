/** ETF documents lose their secrets with their projections, or are given up. */
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { redactEtf } from '../../../src/gateway/redact/etf.js';
import { decodeEtf } from '../../../src/wire/etf/decode.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import type { JsonValue } from '../../../src/wire/json/value.js';

function projection(etf: Uint8Array): Buffer {
  const decoded = decodeEtf(etf, { maxPayloadBytes: 1e6 });
  if (!decoded.ok) throw new Error(decoded.reason);
  return Buffer.from(decoded.json);
}

/** Redacts a document as if its projection had been redacted by replacing text. */
function redact(etf: Uint8Array, from: string, to: string): Uint8Array | null {
  const before = projection(etf);
  return redactEtf(etf, before, Buffer.from(before.toString().replaceAll(from, to)));
}

const READY: JsonValue = {
  op: 0,
  t: 'READY',
  d: { session_id: 'secret-1', note: 'mm secret-1?', list: ['m', 'secret-1', 1, null, 2 ** 40] },
};

describe('redactEtf', () => {
  it('exchanges texts, to a longer or shorter text, and keeps every other byte', () => {
    const expected = (to: string): Uint8Array =>
      encodeEtf(JSON.parse(JSON.stringify(READY).replaceAll('secret-1', to)) as JsonValue);
    for (const to of ['redacted:0123456789abcdef', 'r', 'x'.repeat(300), 'é']) {
      expect(redact(encodeEtf(READY), 'secret-1', to)).toEqual(Buffer.from(expected(to)));
    }
  });

  it('exchanges keys', () => {
    const redacted = redact(encodeEtf({ op: 0, d: { 'secret-1': 'x' } }), 'secret-1', 'r');
    expect(redacted).toEqual(Buffer.from(encodeEtf({ op: 0, d: { r: 'x' } })));
  });

  it('returns null if the secret is a number, is compressed, or is in bytes that look like a term', () => {
    const disguised = { op: 0, d: ['secret-1', 'm\0\0\0\x08secret-1'] };
    expect(redact(encodeEtf(disguised), '"secret-1"', '"r"')).toBeNull();
    expect(redact(encodeEtf({ op: 0, d: { phone: 12345 } }), '12345', '0')).toBeNull();
    const term = Buffer.from(encodeEtf(READY)).subarray(1);
    const head = Buffer.from([131, 80, 0, 0, 0, 0]);
    head.writeUInt32BE(term.length, 2);
    expect(redact(Buffer.concat([head, deflateSync(term)]), '"secret-1"', '"r"')).toBeNull();
  });

  it('takes a document that ends in the head of a binary', () => {
    const etf = Buffer.from(encodeEtf({ op: 0, d: 'm' }));
    expect(redact(etf, '"m"', '"n"')).toEqual(Buffer.from(encodeEtf({ op: 0, d: 'n' })));
  });
});

it('gives a document up whose redacted projection is of another shape', () => {
  const etf = encodeEtf({ a: 'x', b: 'y' });
  for (const after of ['{"a":"z"}', '[]', '"x"', 'null', '{"a":1,"b":"y"}', '{"a":["x"],"b":"y"}'])
    expect(redactEtf(etf, projection(etf), Buffer.from(after))).toBeNull();
});
