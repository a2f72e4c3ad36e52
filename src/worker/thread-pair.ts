/**
 * Thread pair: a recorder thread, a writer thread and the memory that they share; used for as long as both live.
 *
 * They load while the caller goes on, and open nothing before `open`. When one of the two has died, the other one
 * finishes its remaining work and ends, too.
 */
import { MessageChannel } from 'node:worker_threads';
import type { UnfinishedBytes } from '../capture/half-connection.js';
import type { Host } from '../host.js';
import type { EarlierCapture } from '../store/store.js';
import { BatchSlots, createBatchSlots } from './batch-slots.js';
import {
  createFigures,
  type Figures,
  readFigures,
  type RecorderNotice,
  type Renaming,
  type StartOrder,
  unpackFailure,
  writeFigures,
  type WriterNotice,
} from './boundary.js';
import type { Reading } from './meter.js';
import { createRing, RingWriter } from './ring.js';
import { Thread } from './thread.js';

/** Callbacks of a pair. */
export interface PairListener {
  /** The ring has room again, after that was asked for. */
  readonly onRoom: () => void;
  /** The database has failed for some time; writing is retried. */
  readonly onTrouble: (error: Error, lastedMs: number) => void;
  /** The trouble is over. */
  readonly onRecovery: () => void;
  /** A renaming was tried: the file that got a name, or null, and the capture that goes on. */
  readonly onRenamed: (file: string | null, capture: EarlierCapture) => void;
  /** The capture goes on as another one, in another file. */
  readonly onMoved: (capture: EarlierCapture) => void;
  /** The writer has counted. */
  readonly onReading: (reading: Reading) => void;
  readonly log: Host['log'];
}

/** Two threads that record; a simulation has pairs of its own. */
export type RecordingPair = Pick<
  ThreadPair,
  | 'ring'
  | 'failed'
  | 'ended'
  | 'open'
  | 'figures'
  | 'settled'
  | 'unfinished'
  | 'hurry'
  | 'askToRename'
  | 'terminate'
>;

/** Starts a pair; arguments as of `ThreadPair`. */
export type StartPair = (...parts: ConstructorParameters<typeof ThreadPair>) => RecordingPair;

/** The two threads. */
export class ThreadPair {
  readonly ring: RingWriter;
  /** Resolves with the first error, if one occurs. */
  readonly failed: Promise<Error>;
  /** Resolves when both threads have ended, with the first error or null. */
  readonly ended: Promise<Error | null>;
  readonly #recorder: Thread<RecorderNotice>;
  readonly #writer: Thread<WriterNotice>;
  readonly #slots: BatchSlots;
  readonly #figures: SharedArrayBuffer;
  readonly #listener: PairListener;

  /** `secrets` are those that the previous pair knew. */
  constructor(queueBytes: number, secrets: SharedArrayBuffer, listener: PairListener) {
    const { port1, port2 } = new MessageChannel();
    const ring = createRing(queueBytes);
    const memory = { ring, slots: createBatchSlots(), figures: createFigures(), secrets };
    this.ring = new RingWriter(memory.ring);
    this.#slots = new BatchSlots(memory.slots);
    this.#figures = memory.figures;
    this.#listener = listener;
    this.#recorder = new Thread('recorder', { ...memory, port: port1 }, (notice) => {
      if (notice.type === 'drained') listener.onRoom();
      if (notice.type === 'report') listener.log('error', notice.line, 'decoder_failed');
    });
    this.#writer = new Thread('writer', { ...memory, port: port2 }, (notice) => this.#hear(notice));
    const threads = [this.#recorder, this.#writer];
    for (const { exited } of threads) void exited.then(() => this.#slots.close());
    this.failed = Promise.race(threads.map(({ failed }) => failed));
    let failure: Error | null = null;
    void this.failed.then((error) => {
      failure = error;
      this.close();
    });
    this.ended = Promise.all(threads.map(({ exited }) => exited))
      // A thread that ended without a message is marked as failed in the same turn.
      .then(() => new Promise((resolve) => void setImmediate(resolve)))
      .then(() => failure);
  }

  /** Opens the database and begins or continues a capture. Throws StoreError if the database cannot be used. */
  async open(order: StartOrder, earlier: EarlierCapture | null): Promise<EarlierCapture> {
    const { redaction, maxPayloadBytes, maxBodyBytes, ...writing } = order;
    const opening = this.#writer.order({ ...writing, earlier }, 'opened');
    const { placeholderKey, capture } = await opening.catch((error: unknown) => {
      // Its order does not come any more. It would wait for it until it is ended from outside, and the next attempt for that.
      void this.#recorder.terminate();
      throw error;
    });
    await this.#recorder.order({ redaction, maxPayloadBytes, maxBodyBytes, placeholderKey }, 'ready');
    return capture;
  }

  /** Sums over the records that this pair has written. */
  figures(): Figures {
    return readFigures(this.#figures);
  }

  /** Number of ring entries that are completely in the database, modulo 2^32. */
  settled(): number {
    return this.#slots.settled;
  }

  /** Bytes of these entries that are not in the database, because their frames were not whole. */
  unfinished(): readonly UnfinishedBytes[] {
    return this.#slots.unfinished();
  }

  /** Makes the writer give up a write that has failed for some time. */
  hurry(): void {
    this.#slots.hurry();
  }

  /** Makes the writer rename the database. */
  askToRename(how: Renaming): void {
    this.#slots.askToRename(how);
  }

  /** Makes both end with the data they have, without an end of the capture. */
  close(): void {
    this.#slots.close();
    this.#slots.hurry();
    this.ring.wake();
  }

  /** Terminates both at once. */
  async terminate(): Promise<void> {
    await Promise.all([this.#recorder.terminate(), this.#writer.terminate()]);
  }

  #hear(notice: WriterNotice): void {
    switch (notice.type) {
      case 'finished':
        writeFigures(this.#figures, notice.figures);
        break;
      case 'trouble':
        this.#listener.onTrouble(unpackFailure(notice.failure), notice.lastedMs);
        break;
      case 'recovered':
        this.#listener.onRecovery();
        break;
      case 'renamed':
        this.#listener.onRenamed(notice.file, notice.capture);
        break;
      case 'moved':
        this.#listener.onMoved(notice.capture);
        break;
      case 'counted':
        this.#listener.onReading(notice.reading);
        break;
      case 'log':
        this.#listener.log(notice.level, notice.line, notice.event);
        break;
      default:
    }
  }
}
