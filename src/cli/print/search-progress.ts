/**
 * Progress of a long search: a line on the terminal; finds are printed while the search goes on.
 *
 * The search holds the thread, so no timer fires while it runs: it reports each step here. Ctrl-C ends the process as
 * the system does, because no command that searches takes that signal.
 */
import { performance } from 'node:perf_hooks';
import type { Output } from './output.js';
import type { StatusStream } from './status-line.js';
import { StatusLine } from './status-line.js';
import { formatCount } from '../../units.js';

/** Time before the line appears, in ms. */
const PATIENCE_MS = 1_000;

/** Shows how far a search is. */
export class SearchProgress {
  readonly #output: Output;
  readonly #line: StatusLine;
  readonly #startMs = performance.now();
  #searched = 0;

  constructor(command: string, output: Output, stream: StatusStream = process.stderr) {
    this.#output = output;
    this.#line = new StatusLine(stream, () => `${command}: ${formatCount(this.#searched)} frames searched`);
  }

  /** Takes the number of frames that a step has looked at. */
  readonly add = (frames: number): void => {
    this.#searched += frames;
    this.#output.hurry();
    if (performance.now() - this.#startMs > PATIENCE_MS) this.#line.tick();
  };

  /** The lines; the progress line is erased before each. */
  *watch(lines: Iterable<string>): Generator<string, void> {
    try {
      for (const line of lines) {
        this.#line.stop();
        yield line;
      }
    } finally {
      this.#line.stop();
    }
  }
}
