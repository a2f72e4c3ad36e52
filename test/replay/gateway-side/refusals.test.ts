import { expect, it } from 'vitest';
import { findCloseCode } from '../../../src/gateway/close-codes.js';
import { REFUSALS } from '../../../src/replay/gateway-side/client-limits.js';

it('has a documented code for each, and none for two', () => {
  const codes = Object.values(REFUSALS).map(({ code }) => code);
  expect(codes.every((code) => findCloseCode(code) !== null)).toBe(true);
  expect(new Set(codes).size).toBe(codes.length);
});

it('has reasons that a close frame has room for', () => {
  for (const { reason } of Object.values(REFUSALS))
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
});
