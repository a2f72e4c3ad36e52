/**
 * Companion thread: a thread that reads what a recorder writes, and never delays or ends it.
 *
 * On request it closes the file: before a handover renames it, and before the recorder checkpoints it at its end.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** Requests to the thread: to close the file, to go on in the one at a path, or to read the rest and end. */
export type CompanionRequest = 'release' | 'finish' | { readonly db: string };

/** Answer to `release`. */
export interface Released {
  readonly type: 'released';
}

/** Calls of a recorder to a thread beside it. */
export interface Companion {
  /** Resolves when it has closed the file. */
  release(): Promise<void>;
  /** Goes on after `release`, with the same recording in the file at `db`. */
  goOn(db: string): void;
  /** Resolves when it has read the rest of the recording, or has given up after its time limit. */
  finish(): Promise<void>;
}

/** Parts of a thread, and its listeners. */
export interface CompanionParts<Notice> {
  readonly name: 'lint' | 'ship';
  readonly order: object;
  readonly hear: (notice: Exclude<Notice, Released>) => void;
  /** Receives the error that ended the thread. */
  readonly onEnded: (error: Error) => void;
}

/** Heap of the thread, in MB: beyond it the thread ends, and recording goes on. */
const HEAP_MB = 512;

// Resolved by name, so that the sources find the compiled thread too; a worker does not run TypeScript.
const require = createRequire(import.meta.url);

/** A running thread, which sends messages of type `Notice`. */
export class CompanionThread<Notice extends { readonly type: string }> implements Companion {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #onReleased: () => void = () => undefined;

  constructor({ name, order, hear, onEnded }: CompanionParts<Notice>) {
    const worker = new Worker(require.resolve(`#${name}-thread`), {
      name: `gatetape ${name}`,
      workerData: order,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (notice: Exclude<Notice, Released> | Released) => {
      if (notice.type === 'released') this.#onReleased();
      else hear(notice as Exclude<Notice, Released>);
    });
    worker.on('error', onEnded);
  }

  async release(): Promise<void> {
    const released = new Promise<void>((resolve) => (this.#onReleased = resolve));
    this.#ask('release');
    await Promise.race([released, this.#exited]);
  }

  goOn(db: string): void {
    this.#ask({ db });
  }

  async finish(): Promise<void> {
    this.#ask('finish');
    await this.#exited;
  }

  #ask(request: CompanionRequest): void {
    this.#worker.postMessage(request);
  }
}
