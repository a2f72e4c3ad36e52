/**
 * Repainted text: a status line at the bottom of a terminal, or a screen that fills it.
 *
 * The status line is erased at its end. It does nothing without a terminal, so that logs stay clean. The screen uses the
 * terminal's alternate screen, so that none of it remains in what can be scrolled back to.
 * Source: ECMA-48 (CUP, ED, EL); xterm's private modes 7 (wrap), 25 (cursor) and 1049 (alternate screen).
 */
import { performance } from 'node:perf_hooks';
import type { WriteStream } from 'node:tty';
import { printable } from '../../printable.js';

/** Interval between two paintings of the line, in ms. */
const PERIOD_MS = 250;

/** Width of a terminal of unknown width. */
const USUAL_COLUMNS = 80;

// ECMA-48: carriage return, then erase in line.
const ERASE = '\r\u001b[2K';

/** Part of a stream that a status line needs. */
export type StatusStream = Pick<WriteStream, 'write' | 'columns' | 'isTTY'>;

/** Paints what `text` returns on `stream` until it is stopped. */
export class StatusLine {
  readonly #stream: StatusStream;
  readonly #text: () => string;
  #timer: NodeJS.Timeout | null = null;
  #paintedAtMs = -Infinity;

  constructor(stream: StatusStream, text: () => string) {
    this.#stream = stream;
    this.#text = text;
  }

  /** Starts painting, on a terminal; the timer does not keep the process alive. */
  start(): void {
    if (!this.#stream.isTTY || this.#timer !== null) return;
    this.#paint();
    this.#timer = setInterval(() => this.#paint(), PERIOD_MS).unref();
  }

  /** Paints the line if it is time for it, for work that lets no timer fire; `stop` erases it. */
  tick(): void {
    if (!this.#stream.isTTY || performance.now() - this.#paintedAtMs < PERIOD_MS) return;
    this.#paint();
  }

  /** Prints a line above the status line. */
  note(line: string): void {
    if (this.#timer !== null) this.#stream.write(ERASE);
    this.#stream.write(`${printable(line)}\n`);
    if (this.#timer !== null) this.#paint();
  }

  /** Erases the line. */
  stop(): void {
    if (this.#paintedAtMs === -Infinity) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#paintedAtMs = -Infinity;
    this.#stream.write(ERASE);
  }

  #paint(): void {
    this.#paintedAtMs = performance.now();
    // A line that reached the edge would wrap, and could not be erased. Some terminals report 0.
    const width = this.#stream.columns > 0 ? this.#stream.columns : USUAL_COLUMNS;
    this.#stream.write(ERASE + printable(this.#text()).slice(0, width - 1));
  }
}

/** Part of a stream that a screen needs. */
export type ScreenStream = Pick<WriteStream, 'write' | 'rows'>;

const OPEN = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const CLOSE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

/** Height of a terminal of unknown height. */
const USUAL_ROWS = 24;

/** Shows lines on a whole terminal, from its construction until it is disposed of. */
export class Screen implements Disposable {
  readonly #stream: ScreenStream;

  constructor(stream: ScreenStream) {
    this.#stream = stream;
    stream.write(OPEN);
  }

  /** Shows `lines` instead of the previous ones; the last row counts those that do not fit. */
  paint(lines: readonly string[]): void {
    // Painted over without being erased first, which would flicker.
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
