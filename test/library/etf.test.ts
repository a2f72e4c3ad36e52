import { expect, it } from 'vitest';
import { decodeEtfDocument, encodeEtf } from '../../src/library/etf.js';

it('encodeEtf and decodeEtf are inverse', () => {
  const value = { op: 0, d: [null, true, 1.5, 'grüße', { $binary: '/w==' }] };
  const result = decodeEtfDocument(encodeEtf(value));
  expect(result.ok && result.value).toEqual(value);
  expect(result.ok && result.byteCount).toBe(encodeEtf(value).length);
});

it('decodeEtf limits the size of a compressed term, and says why bytes are not ETF', () => {
  const compressed = Buffer.from('8350000000ff', 'hex');
  expect(decodeEtfDocument(compressed, { maxPayloadBytes: 10 })).toEqual({ ok: false, reason: 'too_large' });
  expect(decodeEtfDocument(Buffer.from('{}'))).toEqual({ ok: false, reason: 'not_etf' });
});
