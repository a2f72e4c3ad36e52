/** No control characters of recorded traffic reach a terminal. */
import { describe, expect, it } from 'vitest';
import { printable, printableLines } from '../src/printable.js';

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
