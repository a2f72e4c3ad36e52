import { expect, it } from 'vitest';
import { findCloseCode } from '../../../src/gateway/close-codes.js';
import { REFUSALS } from '../../../src/replay/gateway-side/client-limits.js';

it('each refusal has its own documented close code', () => {
  const codes = Object.values(REFUSALS).map(({ code }) => code);
  expect(codes.every((code) => findCloseCode(code) !== null)).toBe(true);
  expect(new Set(codes).size).toBe(codes.length);
});

it('each refusal has a reason that fits a close frame', () => {
  for (const { reason } of Object.values(REFUSALS))
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
});
