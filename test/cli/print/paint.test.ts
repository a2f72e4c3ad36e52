/** Colour only where it is wanted. */
import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../src/cli/print/paint.js';

const red = (isTTY: boolean, isWanted: boolean, environment: Record<string, string> = {}): string =>
  createPaint({ isTTY }, isWanted, environment)('red', 'x');

describe('createPaint', () => {
  it('colours a terminal', () => {
    expect(red(true, true)).toBe('\u001b[31mx\u001b[39m');
    expect(createPaint({ isTTY: true }, true, {})('plain', 'x')).toBe('x');
  });

  it('leaves text unchanged if the output is not a terminal', () => {
    expect(red(false, true)).toBe('x');
    expect(red(true, false)).toBe('x');
    expect(red(true, true, { NO_COLOR: '1' })).toBe('x');
    expect(red(true, true, { TERM: 'dumb' })).toBe('x');
    expect(createPaint({}, true, {})('red', 'x')).toBe('x');
  });

  it('takes an empty NO_COLOR for unset, as no-color.org says', () => {
    expect(red(true, true, { NO_COLOR: '' })).not.toBe('x');
  });
});
