/**
 * Standard output: lines, in large pieces, no faster than the reader takes them.
 *
 * A closed pipe (`gatetape frames | head`) is the reader's way of saying "enough": `ClosedPipe` unwinds the
 * command, which then ends with 0. Any other failure, such as a full disk behind `>`, is a StoreError.
 */
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { errorCode, refusedBySystem, StoreError } from '../../errors.js';
import { printableLines } from './paint.js';

/** Thrown when whoever read our output has gone; not a failure. */
export class ClosedPipe extends Error {}

/** Characters that are gathered before they are written. */
const PIECE = 64 * 1024;

/** How long a line may wait for others, in ms: a search that finds little shows what it finds. */
const PATIENCE_MS = 50;

/** Writes lines to a stream; on a terminal nothing that they hold steers it, in a file or pipe they are as they are. */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean };

  constructor(stream: Writable & { readonly isTTY?: boolean }) {
    this.#stream = stream;
    // Each write reports its own failure; without a listener the event would end the process besides.
    stream.on('error', () => undefined);
  }

  /** Writes each line with a line end, and returns once all are on their way. Throws ClosedPipe or a StoreError. */
  async print(lines: Iterable<string>): Promise<void> {
    let piece = '';
    let writtenAtMs = performance.now();
    for (const line of lines) {
      piece += `${line}\n`;
      if (piece.length < PIECE && performance.now() - writtenAtMs < PATIENCE_MS) continue;
      await this.#write(piece);
      writtenAtMs = performance.now();
      piece = '';
    }
    if (piece !== '') await this.#write(piece);
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(this.#stream.isTTY === true ? printableLines(text) : text, (error) => {
        if (error) reject(toOutputError(error));
        else resolve();
      });
    });
  }
}

function toOutputError(cause: unknown): Error {
  const code = errorCode(cause);
  // A pipe that was closed before is "destroyed" for every later write.
  if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return new ClosedPipe(code);
  return refusedBySystem('write the output', cause, 'make room, or send it elsewhere', StoreError);
}
