/** A decoded payload parses its `d` on first access. */
import { describe, expect, it } from 'vitest';
import { DecodedPayload } from '../../../src/gateway/decode/decoded.js';

function payload(text: string, dStart: number, dEnd: number): DecodedPayload {
  const bytes = Buffer.from(`__${text}`).subarray(2);
  const sizes = { etf: null, wireBytes: bytes.length, payloadBytes: bytes.length };
  return new DecodedPayload({ op: 0, s: 1, t: 'X', bytes, dStart, dEnd, ...sizes, hasSecretKey: false });
}

describe('DecodedPayload', () => {
  it('reads d from its place in the text', () => {
    expect(payload('{"d":{"é":[1,null]},"op":0}', 5, 20).d).toEqual({ é: [1, null] });
    expect(payload('{"d":false}', 5, 10).d).toBe(false);
  });

  it('has null for no d', () => {
    expect(payload('{"op":0}', 0, 0).d).toBeNull();
  });

  it('parses once', () => {
    const one = payload('{"d":{"a":1}}', 5, 12);
    expect(one.d).toBe(one.d);
  });

  it('keeps the values that it was created with', () => {
    expect(payload('{"d":{"a":1}}', 5, 12)).toMatchObject({
      status: 'ok',
      op: 0,
      s: 1,
      t: 'X',
      payloadBytes: 13,
      wireBytes: 13,
      hasSecretKey: false,
    });
  });
});
