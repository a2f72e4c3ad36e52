/**
 * Screen: a whole terminal that is painted over and over, and given back as it was.
 *
 * It paints on the terminal's alternate screen, so nothing of it stays in what can be scrolled back to.
 * Source: ECMA-48 (CUP, ED, EL); xterm's private modes 7 (wrap), 25 (cursor) and 1049 (alternate screen).
 */
import type { WriteStream } from 'node:tty';

/** What a screen needs of a stream. */
export type ScreenStream = Pick<WriteStream, 'write' | 'rows'>;

const OPEN = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const CLOSE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

/** Height of a terminal that does not tell. */
const USUAL_ROWS = 24;

/** Shows lines on the whole of a terminal, from the moment it is made until it is closed. */
export class Screen implements Disposable {
  readonly #stream: ScreenStream;

  constructor(stream: ScreenStream) {
    this.#stream = stream;
    stream.write(OPEN);
  }

  /** Shows `lines` instead of what was there; those that do not fit are counted in the last row. */
  paint(lines: readonly string[]): void {
    // Painted over, not erased first: that would flicker.
    this.#stream.write(
      HOME +
        this.#fitting(lines)
          .map((line) => line + ERASE_LINE)
          .join('\r\n') +
        ERASE_BELOW,
    );
  }

  [Symbol.dispose](): void {
    this.#stream.write(CLOSE);
  }

  #fitting(lines: readonly string[]): readonly string[] {
    const rows = this.#stream.rows > 0 ? this.#stream.rows : USUAL_ROWS;
    if (lines.length <= rows) return lines;
    return [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
  }
}
