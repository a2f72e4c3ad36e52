/**
 * Thread: one of the two workers that record, as the relay's thread sees it.
 *
 * Its last notice is `finished` or `failed`; a worker that ends without either has failed, too.
 */
import { createRequire } from 'node:module';
import { Worker, type MessagePort } from 'node:worker_threads';
import {
  packFailure,
  unpackFailure,
  type Order,
  type RecorderNotice,
  type SharedMemory,
  type WriterNotice,
} from './boundary.js';

// Resolved by name, so that the compiled threads are found from the sources too; a worker runs no TypeScript.
const require = createRequire(import.meta.url);

/**
 * New objects of a thread, in MB, of which V8 uses a third at a time. Hardly any of them live long. Left alone V8 takes four
 * times as much, and leaves as much more garbage in other memory; recording is no faster for it.
 */
const YOUNG_GENERATION_MB = 12;

/** What each of the two threads gets as `workerData`: the memory, and its end of the port that goes with the slots. */
export interface ThreadMemory extends SharedMemory {
  readonly port: MessagePort;
}

/** A worker that posts notices of type `T`. It loads while the caller goes on, and then waits for its order. */
export class Thread<T extends RecorderNotice | WriterNotice> {
  /** Resolves with what went wrong, once something does. */
  readonly failed: Promise<Error>;
  /** Resolves when the worker is gone, however it ended. */
  readonly exited: Promise<void>;
  readonly #worker: Worker;

  /** The port in `memory` goes over to the worker. */
  constructor(name: 'recorder' | 'writer', memory: ThreadMemory, hear: (notice: T) => void) {
    const worker = new Worker(require.resolve(`#${name}-thread`), {
      name: `gatetape ${name}`,
      workerData: memory,
      transferList: [memory.port],
      // The caller's own flags, such as --input-type or a loader, are not for our compiled threads.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker = worker;
    this.exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.failed = new Promise((fail) => {
      let hasEnded = false;
      worker.on('message', (notice: T) => {
        hasEnded ||= notice.type === 'finished' || notice.type === 'failed';
        if (notice.type === 'failed') fail(unpackFailure(notice.failure));
        else hear(notice);
      });
      worker.on('error', (error) => fail(unpackFailure(packFailure(error))));
      worker.on('exit', () => {
        if (!hasEnded) fail(new Error(`the ${name} thread ended without a word`));
      });
    });
  }

  /** Gives the worker its order; resolves with its answer, and rejects when it fails before. */
  async order<K extends T['type']>(order: Order, answer: K): Promise<Extract<T, { readonly type: K }>> {
    const answered = new Promise<Extract<T, { readonly type: K }>>((resolve) => {
      this.#worker.on('message', (notice: T) => {
        if (notice.type === answer) resolve(notice as Extract<T, { readonly type: K }>);
      });
    });
    this.#worker.postMessage(order);
    return Promise.race([
      answered,
      this.failed.then((error) => {
        throw error;
      }),
    ]);
  }

  /** Ends the worker wherever it is. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
