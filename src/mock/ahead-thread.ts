/**
 * Ahead thread: makes the messages of a long recording while its first play runs, beginning with the last ones.
 *
 * The play itself makes messages from the first one on, so that the two meet, wherever that is; then the thread ends.
 * Compressing takes most of a first play's time at full speed, and there another processor can help.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { MessageCache, MockTransport } from './message-cache.js';

/** Messages of a batch of texts, one after the other, and where each ends. */
export interface MadeMessages {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/** Characters of a recording whose messages take clearly longer to make than a thread to start: some 3,000 messages. */
const MIN_CHARS = 2 * 1024 * 1024;
/** Characters of a batch: some 3 ms of work. */
const BATCH_CHARS = 150_000;
/** Batches that wait or are made, so that the thread never waits. */
const BATCHES_AHEAD = 2;

// Resolved by name, so that the sources find the compiled thread too; a worker does not run TypeScript.
const require = createRequire(import.meta.url);

/** Threads of a mock, one for each transport whose messages take long to make. */
export class AheadThreads {
  readonly #cache: MessageCache;
  readonly #texts: readonly string[];
  readonly #isWorthIt: boolean;
  readonly #begun = new Set<string>();
  readonly #threads = new Set<AheadThread>();

  /** `texts` are those of the recordings, in the order in which they are played. */
  constructor(cache: MessageCache, texts: readonly string[], minChars = MIN_CHARS) {
    this.#cache = cache;
    this.#texts = texts;
    const chars = texts.reduce((sum, { length }) => sum + length, 0);
    this.#isWorthIt = chars >= minChars && availableParallelism() > 1;
  }

  /** A client has come that speaks `transport`. */
  begin(transport: MockTransport): void {
    const { encoding, compress } = transport;
    const name = `${encoding} ${compress}`;
    if (!this.#isWorthIt || compress !== 'zlib-stream' || this.#begun.has(name)) return;
    this.#begun.add(name);
    const thread = new AheadThread({ encoding, compress }, this.#cache, this.#texts);
    this.#threads.add(thread);
    void thread.exited.then(() => this.#threads.delete(thread));
  }

  /** Resolves when every thread has ended, by itself or not. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }
}

/** A thread that makes messages of one transport. */
class AheadThread {
  readonly exited: Promise<void>;
  readonly #transport: MockTransport;
  readonly #cache: MessageCache;
  readonly #texts: readonly string[];
  readonly #worker: Worker;
  /** Number of texts before those that were given to the thread. */
  #left: number;
  /** Texts that the thread has not answered, in batches. */
  readonly #given: (readonly string[])[] = [];

  constructor(transport: MockTransport, cache: MessageCache, texts: readonly string[]) {
    this.#transport = transport;
    this.#cache = cache;
    this.#texts = texts;
    this.#left = texts.length;
    // The caller's own flags, such as a loader, do not apply to the compiled thread.
    const worker = new Worker(require.resolve('#ahead-thread'), {
      name: 'gatetape ahead',
      workerData: transport,
      execArgv: [],
    });
    worker.unref();
    worker.on('error', () => undefined); // the play makes all messages itself then
    worker.on('message', (made: MadeMessages) => this.#take(made));
    this.exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.#worker = worker;
    for (let i = 0; i < BATCHES_AHEAD; i++) this.#give();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #take({ bytes, ends }: MadeMessages): void {
    let start = 0;
    const isKept = (this.#given.shift() ?? []).every((text, index) => {
      const message = bytes.subarray(start, (start = ends[index] ?? start));
      return this.#cache.add(this.#transport, text, message);
    });
    if (isKept) this.#give();
    if (!isKept || this.#given.length === 0) void this.close();
  }

  /** Gives the thread the batch before the last one, unless the play has come there. */
  #give(): void {
    const end = this.#left;
    for (let chars = 0; this.#left > 0 && chars < BATCH_CHARS;)
      chars += this.#texts[--this.#left]?.length ?? 0;
    const texts = this.#texts.slice(this.#left, end);
    const [first] = texts;
    if (first === undefined || this.#cache.has(this.#transport, first)) return;
    this.#given.push(texts);
    this.#worker.postMessage(texts);
  }
}
