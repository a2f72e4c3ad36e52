/**
 * Thread: one of the recording workers, seen from the relay's thread.
 *
 * Its last notice is `finished` or `failed`; a worker that ends without either has failed, too.
 */
import { createRequire } from 'node:module';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { DecoderLane } from './decoder-lane.js';
import {
  packFailure,
  unpackFailure,
  type Order,
  type RecorderNotice,
  type SharedMemory,
  type WriterNotice,
} from './boundary.js';

// Resolved by name, so that the sources find the compiled threads too; a worker does not run TypeScript.
const require = createRequire(import.meta.url);

/**
 * Size of the young generation of a thread, in MB, of which V8 uses a third at a time. Few of its objects live long. By
 * default V8 takes four times as much, and leaves more garbage in other memory; recording is not faster with it.
 */
const YOUNG_GENERATION_MB = 12;

/** `workerData` of the writer thread: the memory, and its end of the port that belongs to the slots. */
export interface ThreadMemory extends SharedMemory {
  readonly port: MessagePort;
}

/** `workerData` of the recorder thread. */
export interface RecorderMemory extends ThreadMemory {
  /** One for each decoder thread. */
  readonly lanes: readonly DecoderLane[];
}

/** `workerData` of a decoder thread. */
export interface DecoderMemory extends DecoderLane, Pick<SharedMemory, 'held'> {
  readonly recorderRing: SharedArrayBuffer;
}

/** A worker that posts notices of type `T`. It loads while the caller goes on, and then waits for its order. */
export class Thread<T extends RecorderNotice | WriterNotice> {
  /** Resolves with the error, if one occurs. */
  readonly failed: Promise<Error>;
  /** Resolves when the worker has ended, for any reason. */
  readonly exited: Promise<void>;
  readonly #worker: Worker;

  /** The ports in `memory` are transferred to the worker. */
  constructor(
    name: 'recorder' | 'writer' | 'decoder',
    memory: ThreadMemory | RecorderMemory | DecoderMemory,
    hear: (notice: T) => void,
  ) {
    const lanes = 'lanes' in memory ? memory.lanes : [];
    const worker = new Worker(require.resolve(`#${name}-thread`), {
      name: `gatetape ${name}`,
      workerData: memory,
      transferList: [memory.port, ...lanes.map(({ port }) => port)],
      // The caller's own flags, such as --input-type or a loader, do not apply to the compiled threads.
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

  /** Gives the worker its order. Resolves with its answer; rejects if it fails before. */
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

  /** Terminates the worker at once. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
