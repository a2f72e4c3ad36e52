/**
 * Desk: gives long computations to a thread, says how far they are, and keeps what they gave.
 *
 * A computation goes on for as long as somebody asks for it. What it gave is kept while the file has not grown, and for
 * some time after that: the longer it took, the longer, so that a growing file is not computed over and over.
 */
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../errors.js';
import { unpackFailure } from '../worker/boundary.js';
import type { Progress } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { ComputationName, Computations } from './computations.js';
import { CANCELLED, type DeskNotice, type DeskOrder } from './desk-messages.js';

// Resolved by name, so that the sources find the compiled thread too.
const require = createRequire(import.meta.url);

/** How many times as long as a result took it is kept for a growing file, and at most in ms. */
const [KEPT_TIMES, KEPT_MS] = [20, 60_000];
/** How long a computation that is to end may take for it, in ms; then the thread ends. */
const GRACE_MS = 3_000;
/** How often computations are looked for that nobody asks for, in ms. */
const SWEEP_MS = 1_000;

/** What there is of a computation. */
export interface DeskAnswer<Result> {
  /** Null until it is complete. */
  readonly result: Result | null;
  readonly progress: Progress;
}

interface Entry {
  readonly id: number;
  readonly flag: Int32Array<SharedArrayBuffer>;
  readonly lastId: number;
  readonly startedAtMs: number;
  readonly settled: Promise<void>;
  readonly settle: () => void;
  askedAtMs: number;
  progress: Progress;
  finishedAtMs: number | null;
  result: unknown;
  failure: Error | null;
}

/** Long computations over one file. */
export class Desk {
  readonly #path: string;
  readonly #entries = new Map<string, Entry>();
  /** Results that are too old, while they are computed again. */
  readonly #stale = new Map<string, Entry>();
  readonly #sweep: NodeJS.Timeout;
  #worker: Worker | null = null;
  #ids = 0;

  constructor(path: string) {
    this.#path = path;
    this.#sweep = setInterval(() => this.#endUnasked(), SWEEP_MS);
    this.#sweep.unref();
  }

  /**
   * Result of a computation, or how far it is. `version` tells files apart that were at the path one after the other.
   * Rejects with the error of a computation that failed.
   */
  async ask<Name extends ComputationName>(
    name: Name,
    given: Computations[Name]['given'],
    lastId: number,
    version = 0,
  ): Promise<DeskAnswer<Computations[Name]['result']>> {
    const key = JSON.stringify([version, name, given]);
    const entry = this.#find(key, lastId) ?? this.#start(key, name, given, lastId);
    entry.askedAtMs = performance.now();
    if (entry.finishedAtMs === null) {
      const stale = this.#stale.get(key);
      if (stale !== undefined) return toAnswer(stale);
      await Promise.race([entry.settled, wait(PAGE_BOUNDS.patienceMs, undefined, { ref: false })]);
    }
    if (entry.failure !== null) {
      this.#entries.delete(key);
      throw entry.failure;
    }
    return toAnswer(entry);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#end();
  }

  #find(key: string, lastId: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.finishedAtMs == null || entry.lastId === lastId) return entry;
    const tookMs = entry.finishedAtMs - entry.startedAtMs;
    const ageMs = performance.now() - entry.finishedAtMs;
    if (ageMs < Math.min(KEPT_MS, tookMs * KEPT_TIMES)) return entry;
    this.#entries.delete(key);
    if (entry.failure === null) this.#stale.set(key, entry);
    return undefined;
  }

  #start<Name extends ComputationName>(
    key: string,
    name: Name,
    given: Computations[Name]['given'],
    lastId: number,
  ): Entry {
    this.#makeRoom();
    this.#ids += 1;
    const { promise: settled, resolve: settle } = withResolvers();
    const nowMs = performance.now();
    const entry: Entry = {
      id: this.#ids,
      flag: new Int32Array(new SharedArrayBuffer(4)),
      lastId,
      startedAtMs: nowMs,
      settled,
      settle,
      askedAtMs: nowMs,
      progress: { isComplete: false, done: 0, total: 0 },
      finishedAtMs: null,
      result: null,
      failure: null,
    };
    this.#entries.set(key, entry);
    const order: DeskOrder = { id: entry.id, name, given, flag: entry.flag };
    this.#ready().postMessage(order);
    return entry;
  }

  /** Forgets the oldest result when there are too many. Throws a StoreError when all are still computed. */
  #makeRoom(): void {
    if (this.#entries.size < PAGE_BOUNDS.computations) return;
    for (const [key, { finishedAtMs }] of this.#entries) {
      if (finishedAtMs === null) continue;
      this.#entries.delete(key);
      this.#stale.delete(key);
      return;
    }
    throw new StoreError('too much is computed for the page at once', 'wait for it, or close other views');
  }

  #ready(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(require.resolve('#page-desk'), {
      name: 'gatetape desk',
      workerData: { path: this.#path },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: PAGE_BOUNDS.computationMib },
    });
    worker.unref();
    worker.on('message', (notice: DeskNotice) => this.#hear(notice));
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('it has ended')));
    this.#worker = worker;
    return worker;
  }

  #hear(notice: DeskNotice): void {
    const [key, entry] = [...this.#entries].find(([, { id }]) => id === notice.id) ?? [];
    if (key === undefined || entry === undefined) return;
    if (notice.type === 'progress') {
      entry.progress = { isComplete: false, done: notice.done, total: notice.total };
      return;
    }
    entry.finishedAtMs = performance.now();
    this.#stale.delete(key);
    if (notice.type === 'done') {
      const { total } = entry.progress;
      entry.result = notice.result;
      entry.progress = { isComplete: true, done: total, total };
    }
    if (notice.type === 'failed') entry.failure = unpackFailure(notice.failure);
    if (notice.type === 'cancelled') this.#entries.delete(key);
    entry.settle();
  }

  /** The thread has ended: what it computed has failed. */
  #fail(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const entry of this.#entries.values()) {
      if (entry.finishedAtMs !== null) continue;
      entry.finishedAtMs = performance.now();
      entry.failure = new StoreError(
        `the page's computations have failed: ${error.message}`,
        'select less, such as one session or a shorter time',
        { cause: error },
      );
      entry.settle();
    }
  }

  #endUnasked(): void {
    const nowMs = performance.now();
    for (const [key, entry] of this.#entries) {
      if (entry.finishedAtMs !== null) continue;
      const isUnasked = nowMs - entry.askedAtMs > PAGE_BOUNDS.unaskedMs;
      const isTooLong = nowMs - entry.startedAtMs > PAGE_BOUNDS.computationMs;
      if (!isUnasked && !isTooLong) continue;
      Atomics.store(entry.flag, 0, CANCELLED);
      if (nowMs - entry.askedAtMs < PAGE_BOUNDS.unaskedMs + GRACE_MS && !isTooLong) continue;
      this.#entries.delete(key);
      void this.#end();
      return;
    }
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    for (const { flag } of this.#entries.values()) Atomics.store(flag, 0, CANCELLED);
    this.#fail(worker, new Error('it took too long'));
    await worker.terminate();
  }
}

function toAnswer<Result>({ result, progress }: Entry): DeskAnswer<Result> {
  return { result: progress.isComplete ? (result as Result) : null, progress };
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
