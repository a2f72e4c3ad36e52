/**
 * Desk: runs long computations in threads, reports their progress, and caches their results.
 *
 * A computation goes on as long as requests for it arrive. A result is kept until the file grows, and for some time after
 * that. This time is a multiple of the time that the computation took, so that a growing file costs a bounded part of a core.
 */
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../errors.js';
import { unpackFailure } from '../worker/boundary.js';
import type { Progress } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { ComputationName, Computations } from './computations.js';
import type { DeskNotice, DeskOrder } from './desk-entry.js';

// Resolved by name, so that sources find the compiled thread too: a worker cannot run TypeScript.
const require = createRequire(import.meta.url);

/** A result of a growing file is kept for so many times as long as it took, and at most so many ms. */
const [KEPT_TIMES, KEPT_MS] = [40, 900_000];
/** Interval of the search for computations without requests, in ms. */
const SWEEP_MS = 1_000;

/** State of a computation. */
export interface DeskAnswer<Result> {
  /** Null until it is complete. */
  readonly result: Result | null;
  readonly progress: Progress;
}

interface Entry {
  readonly order: DeskOrder;
  readonly lastId: number;
  readonly startedAtMs: number;
  readonly settled: Promise<void>;
  readonly settle: () => void;
  /** Null while it waits for a free thread, and after its end. */
  worker: Worker | null;
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
  /** Old results, given while they are computed again. */
  readonly #stale = new Map<string, Entry>();
  readonly #sweep: NodeJS.Timeout;

  constructor(path: string) {
    this.#path = path;
    this.#sweep = setInterval(() => this.#endUnasked(), SWEEP_MS);
    this.#sweep.unref();
  }

  /**
   * Result of a computation, or its progress. `version` counts the files that were at the path one after the other.
   * Rejects with the error of a computation that failed.
   */
  async ask<Name extends ComputationName>(
    name: Name,
    given: Computations[Name]['given'],
    lastId: number,
    version: number,
  ): Promise<DeskAnswer<Computations[Name]['result']>> {
    const key = JSON.stringify([version, name, given]);
    const entry = this.#find(key, lastId) ?? this.#add(key, { path: this.#path, name, given }, lastId);
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

  /** Ends all computations. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const workers = [...this.#entries.values()].flatMap(({ worker }) => worker ?? []);
    this.#entries.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
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

  #add(key: string, order: DeskOrder, lastId: number): Entry {
    this.#makeRoom();
    const { promise: settled, resolve: settle } = withResolvers();
    const nowMs = performance.now();
    const entry: Entry = {
      order,
      lastId,
      startedAtMs: nowMs,
      settled,
      settle,
      worker: null,
      askedAtMs: nowMs,
      progress: { isComplete: false, done: 0, total: 0 },
      finishedAtMs: null,
      result: null,
      failure: null,
    };
    this.#entries.set(key, entry);
    this.#startNext();
    return entry;
  }

  /** Forgets the oldest result when there are too many. Throws a StoreError if all are still being computed. */
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

  /** Starts waiting computations, up to the limit of threads. */
  #startNext(): void {
    const unfinished = [...this.#entries.values()].filter(({ finishedAtMs }) => finishedAtMs === null);
    const running = unfinished.filter(({ worker }) => worker !== null).length;
    const waiting = unfinished.filter(({ worker }) => worker === null);
    for (const entry of waiting.slice(0, PAGE_BOUNDS.computationThreads - running)) this.#start(entry);
  }

  #start(entry: Entry): void {
    const worker = new Worker(require.resolve('#page-desk'), {
      name: 'gatetape desk',
      workerData: entry.order,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: PAGE_BOUNDS.computationMib },
    });
    worker.unref();
    entry.worker = worker;
    worker.on('message', (notice: DeskNotice) => {
      if (notice.type === 'progress') {
        entry.progress = { isComplete: false, done: notice.done, total: notice.total };
        return;
      }
      if (notice.type === 'failed') entry.failure = unpackFailure(notice.failure);
      else entry.result = notice.result;
      this.#finish(entry);
    });
    worker.on('error', (error) => this.#fail(entry, error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => this.#fail(entry, 'it has ended'));
  }

  #finish(entry: Entry): void {
    if (entry.finishedAtMs !== null) return;
    const { total } = entry.progress;
    entry.finishedAtMs = performance.now();
    entry.progress = { isComplete: entry.failure === null, done: total, total };
    for (const [key, one] of this.#entries) if (one === entry) this.#stale.delete(key);
    void entry.worker?.terminate();
    entry.worker = null;
    entry.settle();
    this.#startNext();
  }

  /** Ends an entry without a result. */
  #fail(entry: Entry, why: string): void {
    if (entry.finishedAtMs !== null) return;
    const what = `a computation of the page has failed: ${why}`;
    entry.failure = new StoreError(what, 'select less, such as one session or a shorter time');
    this.#finish(entry);
  }

  #endUnasked(): void {
    const nowMs = performance.now();
    for (const [key, entry] of this.#entries) {
      if (entry.finishedAtMs !== null) continue;
      if (nowMs - entry.startedAtMs > PAGE_BOUNDS.computationMs) this.#fail(entry, 'it took too long');
      if (nowMs - entry.askedAtMs <= PAGE_BOUNDS.unaskedMs) continue;
      this.#entries.delete(key);
      this.#fail(entry, 'no request has asked for it');
    }
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
