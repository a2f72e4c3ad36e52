/**
 * A recorder, its decoders and a writer in one thread: the real parts of all, driven by turns.
 *
 * What waits for the other thread gives it turns instead. Either one can die at any point at which a turn ends or waits.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { CaptureDecoder } from '../../src/capture/capture-decoder.js';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import { findSecretKeys } from '../../src/gateway/redact/redact.js';
import { Placeholders } from '../../src/store/placeholders.js';
import type { EarlierCapture } from '../../src/store/store.js';
import { createHeldCount, HeldBytes } from '../../src/wire/held-bytes.js';
import { BatchReceiver } from '../../src/worker/batch-receiver.js';
import { BatchSender } from '../../src/worker/batch-sender.js';
import { BatchSlots, createBatchSlots, SlotReceiver, SlotSender } from '../../src/worker/batch-slots.js';
import {
  createFigures,
  packFailure,
  readFigures,
  unpackFailure,
  writeFigures,
  type DecodeOrder,
  type Figures,
  type RotationOrder,
  type StartOrder,
  type Renaming,
} from '../../src/worker/boundary.js';
import type { DecoderLane } from '../../src/worker/decoder-lane.js';
import { DECODED_AGE_US, decodeNext, type DecoderParts } from '../../src/worker/decoder-loop.js';
import { DecoderTeam } from '../../src/worker/decoder-team.js';
import { recordNext, type RecorderParts } from '../../src/worker/recorder-loop.js';
import { createRing, RingReader, RingWriter } from '../../src/worker/ring.js';
import { Rotator } from '../../src/worker/rotator.js';
import { SecretMemory } from '../../src/worker/secret-memory.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import type { PairListener, PairSize, RecordingPair } from '../../src/worker/thread-pair.js';
import { lookAfterFile, writeNext, type WriterParts } from '../../src/worker/writer-loop.js';
import type { SimulatedClock } from './clock.js';

/** Smallest ring of a run: every message that is not a chunk fits. */
const MIN_RING_BYTES = 4096;

/** Slots of earlier runs: to make them takes longer than to use them. */
const freeSlots: SharedArrayBuffer[] = [];
/** As much of their beginning and of their end is as in new ones: more than the counts there. */
const CLEAN_BYTES = 2 ** 15;

function takeSlots(): SharedArrayBuffer {
  const used = freeSlots.pop();
  if (used === undefined) return createBatchSlots();
  cleanHead ??= new Uint8Array(createBatchSlots(), 0, CLEAN_BYTES);
  new Uint8Array(used).set(cleanHead);
  new Uint8Array(used, used.byteLength - CLEAN_BYTES).fill(0);
  return used;
}

let cleanHead: Uint8Array | null = null;

/** What a pair needs of its run. */
export interface PairSetting {
  readonly clock: SimulatedClock;
  readonly randomBytes: (count: number) => Buffer;
  /** Age at which a batch is due. */
  readonly batchAgeUs: number;
  readonly isRotating: boolean;
  /** Called while a thread waits or between its steps; may throw `Death`. */
  readonly onWait: (who: 'recorder' | 'writer', why: 'slot' | 'pause') => void;
}

/** A thread dies here. */
export class Death extends Error {}

interface RecorderState extends RecorderParts {
  readonly slots: TurnSender;
}

interface DecoderState extends DecoderParts {
  readonly slots: TurnSender;
}

interface WriterState extends WriterParts {
  readonly store: SteadyStore;
  readonly slots: SlotReceiver;
}

/** All threads. */
export class SimulatedPair implements RecordingPair {
  readonly ring: RingWriter;
  readonly failed: Promise<Error>;
  readonly ended: Promise<Error | null>;
  readonly #memory;
  readonly #setting: PairSetting;
  readonly #listener: PairListener;
  readonly #slots: BatchSlots;
  readonly #lanes: readonly ReturnType<typeof openSimulatedLane>[];
  readonly #decoders: (DecoderState | null)[] = [];
  readonly #ports: { readonly port1: MessagePort; readonly port2: MessagePort };
  #recorder: RecorderState | null = null;
  #writer: WriterState | null = null;
  #recorderEnds = false;
  #writerEnds = false;
  #isWriterBusy = false;
  #failure: Error | null = null;
  #fail: (error: Error) => void = () => undefined;
  #end: (failure: Error | null) => void = () => undefined;

  constructor(
    setting: PairSetting,
    { queueBytes, decoders }: PairSize,
    secrets: SharedArrayBuffer,
    listener: PairListener,
  ) {
    const ring = createRing(queueBytes, MIN_RING_BYTES);
    this.#memory = { ring, slots: takeSlots(), figures: createFigures(), secrets, held: createHeldCount() };
    this.#lanes = Array.from({ length: decoders > 1 ? decoders : 0 }, () => openSimulatedLane(queueBytes));
    this.#setting = setting;
    this.#listener = listener;
    this.#ports = new MessageChannel();
    this.ring = new RingWriter(ring);
    this.#slots = new BatchSlots(this.#memory.slots);
    this.failed = new Promise((resolve) => (this.#fail = resolve));
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Whether all threads are at work. */
  get isAlive(): boolean {
    return this.#recorder !== null && this.#writer !== null && !this.#decoders.includes(null);
  }

  open(
    { redaction, maxPayloadBytes, maxBodyBytes, ...order }: StartOrder,
    earlier: EarlierCapture | null,
  ): Promise<EarlierCapture> {
    const { clock } = this.#setting;
    try {
      const slots = new SlotReceiver(this.#memory.slots);
      const store = this.#openStore({ ...order, earlier }, slots);
      const batches = new BatchReceiver(slots, this.#ports.port2);
      const tick = this.#setting.isRotating
        ? this.#createTick(store, slots, order.rotation)
        : (): void => undefined;
      this.#writer = { slots, batches, store, figures: this.#memory.figures, compactAfterUs: null, tick };
      const placeholders = new Placeholders(store.placeholderKey);
      const sender = new TurnSender(this.#memory.slots, () => this.#waitForSlot());
      const held = new HeldBytes(undefined, this.#memory.held);
      this.#decoders.push(
        ...this.#lanes.map(({ far }) => this.#startDecoder(far, held, { redaction, maxPayloadBytes })),
      );
      const recorder = new CaptureRecorder({
        redaction,
        placeholder: (secret) => placeholders.of(secret),
        maxPayloadBytes,
        maxBodyBytes,
        memory: new SecretMemory(this.#memory.secrets),
        held,
        isLive: true,
        isDecoding: this.#lanes.length === 0,
        report: (line) => this.#listener.log('error', line, 'decoder_failed'),
      });
      this.#recorder = {
        slots: sender,
        ring: new RingReader(this.#memory.ring),
        recorder,
        batches: new BatchSender(
          sender,
          this.#ports.port1,
          () => recorder.unfinished(),
          this.#setting.batchAgeUs,
        ),
        team: this.#lanes.length === 0 ? null : new DecoderTeam(this.#lanes.map(({ near }) => near)),
        nowUs: clock.nowUs,
        onRoom: () => this.#listener.onRoom(),
      };
      return Promise.resolve(store.capture);
    } catch (error) {
      this.#recorderEnds = true;
      this.#endWriter(error);
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The recorder reads up to `count` messages. */
  recorderTurn(count: number): void {
    const parts = this.#recorder;
    if (parts === null) return;
    try {
      for (let read = 0; read < count; read += 1) {
        const step = parts.batches.isClosed ? 'stopped' : recordNext(parts);
        if (step === 'stopped') {
          this.#endRecorder(null, true);
          return;
        }
        if (step === 'empty') this.#sendIfDue(parts);
        if (parts.ring.takeRoomRequest()) parts.onRoom();
        if (step === 'empty') return;
      }
    } catch (error) {
      this.#endRecorder(error, !(error instanceof Death));
    }
  }

  /** A decoder reads up to `count` messages, as long as the recorder takes what comes of them. */
  decoderTurn(index: number, count: number): void {
    const parts = this.#decoders[index] ?? null;
    if (parts === null || parts.batches.isClosed) return;
    for (let read = 0; read < count && parts.slots.free >= 2; read += 1) if (!decodeNext(parts)) return;
  }

  /** The writer writes a batch if there is one, and looks after its file. */
  writerTurn(isLooking = false): void {
    const parts = this.#writer;
    if (parts === null) return;
    this.#isWriterBusy = true;
    try {
      if (parts.slots.wait(0) && !writeNext(parts)) this.#finishWriter(parts);
      else if (isLooking) lookAfterFile(parts, this.#setting.clock.nowMs());
    } catch (error) {
      this.#endWriter(error);
    } finally {
      this.#isWriterBusy = false;
    }
  }

  /** The recorder dies; `isBug`: of an error, after which it still sends what it has. */
  killRecorder(isBug: boolean): void {
    this.#endRecorder(isBug ? new Error('a simulated bug of the recorder') : new Death('killed'), isBug);
  }

  /** A decoder dies, after it has sent what it has if `isBug`; the recorder takes what came before, and ends. */
  killDecoder(index: number, isBug: boolean): void {
    const [parts, lane] = [this.#decoders[index], this.#lanes[index]];
    if (isBug && parts?.batches.isClosed === false && parts.slots.free >= 1) parts.batches.send();
    this.#decoders[index] = null;
    if (lane === undefined) return;
    const death = new Death('killed');
    this.#failure ??= death;
    this.#slots.hurry();
    new BatchSlots(lane.near.slots).close();
    this.#fail(death);
  }

  killWriter(): void {
    this.#endWriter(new Death('killed'));
  }

  /** Whether the recorder can read a message without waiting for the writer. */
  get hasRoom(): boolean {
    return this.#recorder !== null && this.#recorder.slots.free >= 2;
  }

  figures(): Figures {
    return readFigures(this.#memory.figures);
  }

  settled(): number {
    return this.#slots.settled;
  }

  unfinished(): ReturnType<RecordingPair['unfinished']> {
    return this.#slots.unfinished();
  }

  hurry(): void {
    this.#slots.hurry();
  }

  close(): void {
    this.#slots.close();
    this.#slots.hurry();
    for (const { near } of this.#lanes) new BatchSlots(near.slots).close();
  }

  terminate(): Promise<void> {
    this.#recorderEnds = true;
    this.#recorder = null;
    this.#endWriter(new Death('terminated'));
    return Promise.resolve();
  }

  askToRename(how: Renaming): void {
    this.#slots.askToRename(how);
  }

  /** Frees what a run leaves behind. */
  discard(): void {
    this.#writer?.store.letGo();
    this.#ports.port1.close();
    freeSlots.push(this.#memory.slots);
    for (const { near } of this.#lanes) {
      near.port.close();
      freeSlots.push(near.slots);
    }
  }

  #startDecoder({ ring, slots, port }: DecoderLane, held: HeldBytes, order: DecodeOrder): DecoderState {
    const sender = new TurnSender(slots, () => {
      throw new Error('the simulation let a decoder wait');
    });
    return {
      slots: sender,
      ring: new RingReader(ring),
      decoder: new CaptureDecoder({
        redactor: { secretKeys: findSecretKeys(order.redaction) },
        maxPayloadBytes: order.maxPayloadBytes,
        held,
        isLive: true,
        report: (line) => this.#listener.log('error', line, 'decoder_failed'),
      }),
      batches: new BatchSender(sender, port, () => [], DECODED_AGE_US),
      nowUs: this.#setting.clock.nowUs,
    };
  }

  #openStore(order: ConstructorParameters<typeof SteadyStore>[0], slots: SlotReceiver): SteadyStore {
    const { clock, randomBytes, onWait } = this.#setting;
    return new SteadyStore(
      order,
      { nowUs: () => clock.tickUs(), randomBytes },
      {
        onTrouble: (error, lastedMs) => this.#listener.onTrouble(unpackFailure(packFailure(error)), lastedMs),
        onRecovery: () => this.#listener.onRecovery(),
        onMoved: (capture) => this.#listener.onMoved(capture),
        log: this.#listener.log,
        pause: (timeoutMs) => {
          clock.pass(timeoutMs);
          onWait('writer', 'pause');
        },
        isHurried: () => slots.isHurried,
        nowMs: clock.nowMs,
      },
    );
  }

  #createTick(store: SteadyStore, slots: SlotReceiver, order: RotationOrder): WriterParts['tick'] {
    const rotator = new Rotator({
      store,
      order,
      takeRequest: () => slots.takeRenaming(),
      onRenamed: (file) => this.#listener.onRenamed(file, store.capture),
      log: this.#listener.log,
    });
    return (nowMs) => rotator.step(nowMs);
  }

  /** The recorder's own pause between messages: what is due is sent. */
  #sendIfDue({ batches, nowUs }: RecorderState): void {
    if (batches.dueAtUs !== null && batches.dueAtUs <= nowUs()) batches.send();
  }

  #waitForSlot(): void {
    if (this.#isWriterBusy) throw new Error('the simulation let the recorder wait for a writer that waits');
    this.#setting.onWait('recorder', 'slot');
    this.writerTurn();
  }

  #finishWriter({ slots, store, figures }: WriterState): void {
    if (slots.isFinished) store.close();
    writeFigures(figures, store.counters());
    this.#endWriter(null);
  }

  #endRecorder(error: unknown, isSending: boolean): void {
    const parts = this.#recorder;
    this.#recorder = null;
    if (isSending) parts?.batches.send();
    parts?.team?.close();
    this.#recorderEnds = true;
    this.#exit(error);
  }

  #endWriter(error: unknown): void {
    const parts = this.#writer;
    this.#writer = null;
    if (error !== null && !(error instanceof Death) && parts !== null)
      writeFigures(parts.figures, parts.store.counters());
    parts?.store.letGo();
    this.#writerEnds = true;
    this.#exit(error);
  }

  #exit(error: unknown): void {
    this.#slots.close();
    if (error !== null) {
      this.#failure ??= error as Error;
      this.#fail(error as Error);
      this.close();
    }
    if (this.#recorderEnds && this.#writerEnds) this.#end(this.#failure);
  }
}

/** A sender that gives turns to the other thread instead of sleeping. */
class TurnSender extends SlotSender {
  readonly #giveTurn: () => void;

  constructor(memory: SharedArrayBuffer, giveTurn: () => void) {
    super(memory);
    this.#giveTurn = giveTurn;
  }

  get free(): number {
    return 4 - this.taken;
  }

  protected override await(hasCome: () => boolean): boolean {
    while (!hasCome()) this.#giveTurn();
    return true;
  }
}

function openSimulatedLane(queueBytes: number): { readonly near: DecoderLane; readonly far: DecoderLane } {
  const { port1, port2 } = new MessageChannel();
  const memory = { ring: createRing(queueBytes, MIN_RING_BYTES), slots: takeSlots() };
  return { near: { ...memory, port: port1 }, far: { ...memory, port: port2 } };
}
