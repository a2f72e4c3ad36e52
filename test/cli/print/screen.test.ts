import { describe, expect, it } from 'vitest';
import { Screen } from '../../../src/cli/print/status-line.js';

class Tty {
  readonly rows: number;
  written = '';
  constructor(rows: number) {
    this.rows = rows;
  }
  write(text: string): boolean {
    this.written += text;
    return true;
  }
}

const shownBy = (rows: number, ...paintings: string[][]): string => {
  const stream = new Tty(rows);
  {
    using screen = new Screen(stream);
    for (const lines of paintings) screen.paint(lines);
  }
  return stream.written.replaceAll('\u001b', 'E');
};

describe('Screen', () => {
  it('overwrites the previous content, and restores the terminal at the end', () => {
    expect(shownBy(5, ['one', 'two'], ['three'])).toBe(
      'E[?1049hE[?25lE[?7l' + 'E[HoneE[K\r\ntwoE[KE[J' + 'E[HthreeE[KE[J' + 'E[?7hE[?25hE[?1049l',
    );
  });

  it('counts the lines that do not fit', () => {
    expect(shownBy(3, ['a', 'b', 'c', 'd'])).toContain('E[HaE[K\r\nbE[K\r\n… 2 more linesE[KE[J');
    expect(shownBy(3, ['a', 'b', 'c'])).not.toContain('more');
    expect(shownBy(0, new Array<string>(30).fill('x'))).toContain('… 7 more lines');
  });

  it('restores the terminal when painting fails', () => {
    const stream = new Tty(3);
    expect(() => {
      using screen = new Screen(stream);
      screen.paint(['a']);
      throw new Error('lost');
    }).toThrow('lost');
    expect(stream.written).toMatch(/\[\?1049l$/);
  });
});
