/**
 * Thread pair: a recorder thread, a writer thread, those that decode for the recorder, and the memory that they share;
 * used for as long as all live.
 *
 * They load while the caller goes on, and open nothing before `open`. When one of them has died, the recorder and the
 * writer finish their remaining work and end, too.
 */
import { MessageChannel } from 'node:worker_threads';
import type { UnfinishedBytes } from '../capture/half-connection.js';
import type { Host } from '../host.js';
import type { EarlierCapture } from '../store/store.js';
import { createHeldCount } from '../wire/held-bytes.js';
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
import { openLane } from './decoder-lane.js';
import { createRing, Ring, RingWriter } from './ring.js';
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

/** How a pair is made. */
export interface PairSize {
  /** Size of the queue between relay and recorder. */
  readonly queueBytes: number;
  /** Threads that decode; 1 for the recorder itself. */
  readonly decoders: number;
}

/** The threads. */
export class ThreadPair {
  readonly ring: RingWriter;
  /** Resolves with the first error, if one occurs. */
  readonly failed: Promise<Error>;
  /** Resolves when all threads have ended, with the first error or null. */
  readonly ended: Promise<Error | null>;
  readonly #recorder: Thread<RecorderNotice>;
  readonly #writer: Thread<WriterNotice>;
  readonly #decoders: readonly Thread<RecorderNotice>[];
  readonly #slots: BatchSlots;
  readonly #lanes: readonly { readonly slots: BatchSlots; readonly ring: Ring }[];
  readonly #figures: SharedArrayBuffer;
  readonly #listener: PairListener;

  /** `secrets` are those that the previous pair knew. */
  constructor({ queueBytes, decoders }: PairSize, secrets: SharedArrayBuffer, listener: PairListener) {
    const { port1, port2 } = new MessageChannel();
    const ring = createRing(queueBytes);
    const slots = createBatchSlots();
    const memory = { ring, slots, figures: createFigures(), secrets, held: createHeldCount() };
    this.ring = new RingWriter(memory.ring);
    this.#slots = new BatchSlots(memory.slots);
    this.#figures = memory.figures;
    this.#listener = listener;
    const hear = (notice: RecorderNotice): void => this.#hearDecoding(notice);
    const lanes = Array.from({ length: decoders > 1 ? decoders : 0 }, () => openLane(queueBytes));
    this.#lanes = lanes.map(({ near }) => ({ slots: new BatchSlots(near.slots), ring: new Ring(near.ring) }));
    this.#decoders = lanes.map(
      ({ far }) => new Thread('decoder', { ...far, held: memory.held, recorderRing: ring }, hear),
    );
    const near = lanes.map((lane) => lane.near);
    this.#recorder = new Thread('recorder', { ...memory, port: port1, lanes: near }, hear);
    this.#writer = new Thread('writer', { ...memory, port: port2 }, (notice) => this.#hear(notice));
    const both = [this.#recorder, this.#writer];
    for (const { exited } of both) void exited.then(() => this.#slots.close());
    for (const { failed } of both) void failed.then(() => this.close());
    this.#decoders.forEach(({ exited }, index) => void exited.then(() => this.#closeLane(index)));
    const threads = [...both, ...this.#decoders];
    this.failed = Promise.race(threads.map(({ failed }) => failed));
    let failure: Error | null = null;
    void this.failed.then((error) => {
      failure = error;
      this.#slots.hurry();
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
      // Their order does not come any more. They would wait for it until they are ended from outside, and the next attempt
      // for that.
      for (const thread of [this.#recorder, ...this.#decoders]) void thread.terminate();
      throw error;
    });
    const decoding = { redaction, maxPayloadBytes };
    await Promise.all([
      this.#recorder.order({ ...decoding, maxBodyBytes, placeholderKey }, 'ready'),
      ...this.#decoders.map((decoder) => decoder.order(decoding, 'ready')),
    ]);
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

  /** Makes all end with the data they have, without an end of the capture. */
  close(): void {
    this.#slots.close();
    this.#slots.hurry();
    this.ring.wake();
    for (const { slots, ring } of this.#lanes) {
      slots.close();
      ring.wake();
    }
  }

  /** A decoder has ended. The recorder takes what it has sent, and what was decoded by others before that. */
  #closeLane(index: number): void {
    this.#lanes[index]?.slots.close();
    this.ring.wake();
  }

  /** Terminates all at once. */
  async terminate(): Promise<void> {
    const threads = [this.#recorder, this.#writer, ...this.#decoders];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  #hearDecoding(notice: RecorderNotice): void {
    if (notice.type === 'drained') this.#listener.onRoom();
    if (notice.type === 'report') this.#listener.log('error', notice.line, 'decoder_failed');
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
