/**
 * Recorder thread, seen from the relay's side: starts it, feeds it through `tap`, and hears of its end.
 *
 * Whatever happens to the recorder, the relay goes on: a recorder that dies is announced in the log once,
 * what passes from then on is counted, and `close` throws what went wrong.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../errors.js';
import type { Host } from '../host.js';
import {
  describeFailure,
  restoreFailure,
  type SharedMemory,
  type StartOrder,
  type ThreadNotice,
} from './boundary.js';
import { createFigures, readFigures, writeFigures, type Figures } from './figures.js';
import { RingTap, type OverloadPolicy } from './ring-tap.js';
import { createRing, RingWriter } from './ring.js';

/** What the thread is made with; the rest comes with `open`. */
export interface RecorderThreadOptions {
  readonly host: Host;
  readonly onOverload: OverloadPolicy;
  /** Size of the queue between relay and recorder. */
  readonly queueBytes: number;
}

/** Figures of a running capture. */
export interface LiveFigures extends Figures {
  /** Bytes relayed and not yet looked at by the recorder. */
  readonly queueBytes: number;
}

// Resolved by name, so that the compiled thread is found from the sources too; a worker runs no TypeScript.
const THREAD = createRequire(import.meta.url).resolve('#recorder-thread');

/** A worker that records what `tap` is given. It loads while the caller goes on; nothing is opened before `open`. */
export class RecorderThread {
  /** Where the relay's traffic goes; may be used before `open`, and queues until then. */
  readonly tap: RingTap;
  readonly #host: Host;
  readonly #worker: Worker;
  readonly #figures: SharedArrayBuffer;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #state: 'loading' | 'recording' | 'finished' = 'loading';
  #failure: Error | null = null;

  constructor(options: RecorderThreadOptions) {
    const memory: SharedMemory = { ring: createRing(options.queueBytes), figures: createFigures() };
    this.#host = options.host;
    this.#figures = memory.figures;
    this.tap = new RingTap(new RingWriter(memory.ring), options.onOverload);
    // The caller's own flags, such as --input-type or a loader, are not for our compiled thread.
    this.#worker = new Worker(THREAD, { workerData: memory, name: 'gatetape recorder', execArgv: [] });
    this.#worker.on('error', (error) => this.#fail(restoreFailure(describeFailure(error))));
    this.#ready = new Promise((resolve) =>
      this.#worker.on('message', (notice: ThreadNotice) => this.#hear(notice, resolve)),
    );
    this.#exited = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#leave();
        resolve();
      }),
    );
  }

  /** Opens the database and begins a capture. Throws StoreError when the database cannot be used. */
  async open(order: StartOrder): Promise<void> {
    this.#worker.postMessage(order);
    await Promise.race([this.#ready, this.#exited]);
    if (this.#failure !== null) throw this.#failure;
  }

  /** What has been recorded so far. */
  figures(): LiveFigures {
    return { ...readFigures(this.#figures), queueBytes: this.tap.depth };
  }

  /**
   * Records what was tapped so far, ends the capture and the thread. Throws StoreError when the disk ended
   * the recording early, and any other error as it was.
   */
  async close(): Promise<Figures> {
    this.tap.stop(this.#host.nowUs());
    await this.#exited;
    if (this.#failure instanceof StoreError) {
      const lost = `recording ended early, and ${this.tap.lostBytes} bytes passed unrecorded`;
      throw new StoreError(`${lost}: ${this.#failure.message}`, this.#failure.hint, { cause: this.#failure });
    }
    if (this.#failure !== null) throw this.#failure;
    return readFigures(this.#figures);
  }

  /** Ends a thread that records nothing, because it was never opened or could not be. */
  async discard(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(notice: ThreadNotice, onReady: () => void): void {
    switch (notice.type) {
      case 'ready':
        this.#state = 'recording';
        onReady();
        break;
      case 'drained':
        this.tap.drained();
        break;
      case 'finished':
        this.#state = 'finished';
        writeFigures(this.#figures, notice.figures);
        break;
      case 'failed':
        this.#fail(restoreFailure(notice.failure));
    }
  }

  #leave(): void {
    if (this.#state !== 'finished') this.#fail(new Error('the recorder thread ended without a word'));
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.tap.abandon();
    if (this.#state !== 'recording') return;
    const hint = error instanceof StoreError ? `: ${error.hint}` : '';
    this.#host.log('error', `recording stopped, traffic goes on without it: ${error.message}${hint}`);
  }
}
