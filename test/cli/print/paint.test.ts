/** Colour only where it is wanted, and no control characters from recorded traffic. */
import { describe, expect, it } from 'vitest';
import { createPaint, printable, printableLines } from '../../../src/cli/print/paint.js';

const red = (isTTY: boolean, isWanted: boolean, environment: Record<string, string> = {}): string =>
  createPaint({ isTTY }, isWanted, environment)('red', 'x');

describe('paintFor', () => {
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

describe('printable', () => {
  it('shows control characters instead of sending them', () => {
    expect(printable('a\u001b[2Jb\nc\u007f\u009b')).toBe('a␛[2Jb␊c��');
    expect(printable('grüße 👋')).toBe('grüße 👋');
  });

  it('shows marks that turn the direction of text, and separators of lines', () => {
    expect(printable('a\u202eb\u2066c\u200fd\u061ce\u2028f')).toBe('a�b�c�d�e�f');
  });
});

describe('printableLines', () => {
  it('keeps our own colours, line ends and tabs, and no other control characters', () => {
    expect(printableLines('\u001b[31mx\u001b[39m\n\ty')).toBe('\u001b[31mx\u001b[39m\n\ty');
    expect(printableLines('\u001b[5m\u001b]0;title\u0007\r\u202e')).toBe('␛[5m␛]0;title␇␍�');
  });
});
