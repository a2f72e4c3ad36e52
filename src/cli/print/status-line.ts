/**
 * Status line: one line at the bottom of a terminal that is painted over and over, and erased without a trace.
 *
 * It does nothing where there is no terminal, so that logs stay clean.
 */
import type { WriteStream } from 'node:tty';
import { printable } from './paint.js';

/** How often the line is painted anew, in ms. */
const PERIOD_MS = 250;

/** Width of a terminal that does not tell. */
const USUAL_COLUMNS = 80;

// ECMA-48: carriage return, then erase in line.
const ERASE = '\r\u001b[2K';

/** What a status line needs of a stream. */
export type StatusStream = Pick<WriteStream, 'write' | 'columns' | 'isTTY'>;

/** Paints what `text` returns on `stream` until it is stopped. */
export class StatusLine {
  readonly #stream: StatusStream;
  readonly #text: () => string;
  #timer: NodeJS.Timeout | null = null;

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

  /** Prints a line above the status line. */
  note(line: string): void {
    if (this.#timer !== null) this.#stream.write(ERASE);
    this.#stream.write(`${printable(line)}\n`);
    if (this.#timer !== null) this.#paint();
  }

  /** Erases the line. */
  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#stream.write(ERASE);
  }

  #paint(): void {
    // A line that reached the edge would wrap, and could not be erased any more. Some terminals say 0.
    const width = this.#stream.columns > 0 ? this.#stream.columns : USUAL_COLUMNS;
    this.#stream.write(ERASE + printable(this.#text()).slice(0, width - 1));
  }
}
