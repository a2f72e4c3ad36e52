import { describe, expect, it } from 'vitest';
import { Lookback } from '../../../src/gateway/rewrite/message-stream.js';

const WINDOW = 32_768;

describe('Lookback', () => {
  it('reports equal windows until a byte is changed', () => {
    const lookback = new Lookback();
    lookback.advance(100, 100);
    expect(lookback.isEqual).toBe(true);
  });

  it('is equal again exactly one window behind the last changed byte', () => {
    const lookback = new Lookback();
    lookback.advance(1000, 400);
    lookback.advance(WINDOW - 401, WINDOW - 401);
    expect(lookback.isEqual).toBe(false);
    lookback.advance(1, 1);
    expect(lookback.isEqual).toBe(true);
  });

  it('starts again with each change', () => {
    const lookback = new Lookback();
    lookback.advance(10, 0);
    lookback.advance(WINDOW - 1, WINDOW - 1);
    lookback.advance(10, 5);
    lookback.advance(WINDOW - 6, WINDOW - 6);
    expect(lookback.isEqual).toBe(false);
    lookback.advance(WINDOW, WINDOW);
    expect(lookback.isEqual).toBe(true);
  });

  it('is equal at once when a window of unchanged bytes follows in the same message', () => {
    const lookback = new Lookback();
    lookback.advance(WINDOW + 10, WINDOW);
    expect(lookback.isEqual).toBe(true);
  });
});
