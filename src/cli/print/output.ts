/**
 * Standard output: writes lines in large pieces, no faster than the reader takes them.
 *
 * If the reader closes the pipe (`gatetape frames | head`), `ClosedPipe` ends the command, with exit code 0. Any other
 * failure, such as a full disk, is a StoreError.
 */
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { errorCode, refusedBySystem, StoreError } from '../../errors.js';
import { printableLines } from '../../printable.js';

/** Thrown when the reader of the output has closed the pipe; not a failure. */
export class ClosedPipe extends Error {}

/** Characters of one write. */
const PIECE = 64 * 1024;

/** Longest time that a line waits for more lines, in ms, so that a slow search shows each find. */
const PATIENCE_MS = 50;

/** Writes lines to a stream. On a terminal, control characters in them are made visible; files and pipes get them unchanged. */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean };
  /** Lines that wait for others. */
  #piece = '';
  #writtenAtMs = 0;

  constructor(stream: Writable & { readonly isTTY?: boolean }) {
    this.#stream = stream;
    // Each write reports its own failure. Without a listener, the event would also end the process.
    stream.on('error', () => undefined);
  }

  /** Writes each line with a line end; resolves when all are written. Rejects with ClosedPipe or a StoreError. */
  async print(lines: Iterable<string>): Promise<void> {
    this.#writtenAtMs = performance.now();
    for (const line of lines) {
      this.#piece += `${line}\n`;
      if (this.#piece.length < PIECE && performance.now() - this.#writtenAtMs < PATIENCE_MS) continue;
      await this.#write(this.#takePiece());
      this.#writtenAtMs = performance.now();
    }
    if (this.#piece !== '') await this.#write(this.#takePiece());
  }

  /** Sends off lines that have waited long enough, while the next one is being looked for. */
  hurry(): void {
    if (this.#piece === '' || performance.now() - this.#writtenAtMs < PATIENCE_MS) return;
    this.#writtenAtMs = performance.now();
    // A failure is reported by the next write.
    this.#stream.write(this.#makePrintable(this.#takePiece()));
  }

  #takePiece(): string {
    const piece = this.#piece;
    this.#piece = '';
    return piece;
  }

  #makePrintable(text: string): string {
    return this.#stream.isTTY === true ? printableLines(text) : text;
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(this.#makePrintable(text), (error) => {
        if (error) reject(toOutputError(error));
        else resolve();
      });
    });
  }
}

function toOutputError(cause: unknown): Error {
  const code = errorCode(cause);
  // Writes to a pipe that was closed earlier fail with "destroyed".
  if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return new ClosedPipe(code);
  return refusedBySystem('write the output', cause, 'make room, or send it elsewhere', StoreError);
}
