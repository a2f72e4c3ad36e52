/**
 * Recorder threads, seen from the relay's side: one decodes what `tap` is given, one writes it to the database.
 *
 * Whatever happens to them, the relay goes on. A thread that dies takes the other with it, once that has done what it
 * still can; it is announced in the log once, what passes from then on is counted, and `close` throws what went wrong.
 */
import { MessageChannel } from 'node:worker_threads';
import { StoreError } from '../errors.js';
import type { Host } from '../host.js';
import { BatchSlots, createBatchSlots } from './batch-slots.js';
import type { RecorderNotice, StartOrder, WriterNotice } from './boundary.js';
import { createFigures, readFigures, writeFigures, type Figures } from './figures.js';
import { RingTap, type OverloadPolicy } from './ring-tap.js';
import { createRing, RingWriter } from './ring.js';
import { Thread } from './thread.js';

/** What the threads are made with; the rest comes with `open`. */
export interface RecorderThreadsOptions {
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

/** Threads that record what `tap` is given. They load while the caller goes on; nothing is opened before `open`. */
export class RecorderThreads {
  /** Where the relay's traffic goes; may be used before `open`, and queues until then. */
  readonly tap: RingTap;
  readonly #host: Host;
  readonly #recorder: Thread<RecorderNotice>;
  readonly #writer: Thread<WriterNotice>;
  readonly #slots: BatchSlots;
  readonly #figures: SharedArrayBuffer;
  #isRecording = false;
  #failure: Error | null = null;

  constructor(options: RecorderThreadsOptions) {
    const { port1, port2 } = new MessageChannel();
    const memory = {
      ring: createRing(options.queueBytes),
      slots: createBatchSlots(),
      figures: createFigures(),
    };
    this.#host = options.host;
    this.#figures = memory.figures;
    this.#slots = new BatchSlots(memory.slots);
    this.tap = new RingTap(new RingWriter(memory.ring), options.onOverload);
    this.#recorder = new Thread('recorder', { ...memory, port: port1 }, (notice) => {
      if (notice.type === 'drained') this.tap.drained();
    });
    this.#writer = new Thread('writer', { ...memory, port: port2 }, (notice) => {
      if (notice.type === 'finished') writeFigures(this.#figures, notice.figures);
    });
    for (const { failed, exited } of [this.#recorder, this.#writer]) {
      void failed.then((error) => this.#fail(error));
      void exited.then(() => this.#slots.close());
    }
  }

  /** Opens the database and begins a capture. Throws StoreError when the database cannot be used. */
  async open({ db, capture, maxDbSizeBytes, ...recording }: StartOrder): Promise<void> {
    const { placeholderKey } = await this.#writer.order({ db, capture, maxDbSizeBytes }, 'opened');
    await this.#recorder.order({ ...recording, placeholderKey }, 'ready');
    this.#isRecording = true;
  }

  /** What has been recorded so far. */
  figures(): LiveFigures {
    return { ...readFigures(this.#figures), queueBytes: this.tap.depth };
  }

  /**
   * Records what was tapped so far, ends the capture and the threads. Throws StoreError when the disk ended
   * the recording early, and any other error as it was.
   */
  async close(): Promise<Figures> {
    this.tap.stop(this.#host.nowUs());
    await Promise.all([this.#recorder.exited, this.#writer.exited]);
    if (this.#failure instanceof StoreError) {
      const lost = `recording ended early, and ${this.tap.lostBytes} bytes passed unrecorded`;
      throw new StoreError(`${lost}: ${this.#failure.message}`, this.#failure.hint, { cause: this.#failure });
    }
    if (this.#failure !== null) throw this.#failure;
    return readFigures(this.#figures);
  }

  /** Ends threads that record nothing, because they were never opened or could not be. */
  async discard(): Promise<void> {
    await Promise.all([this.#recorder.terminate(), this.#writer.terminate()]);
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    // In this order: what wakes the recorder, should it be asleep, comes with the second.
    this.#slots.close();
    this.tap.abandon();
    if (!this.#isRecording) return;
    const hint = error instanceof StoreError ? `: ${error.hint}` : '';
    this.#host.log('error', `recording stopped, traffic goes on without it: ${error.message}${hint}`);
  }
}
