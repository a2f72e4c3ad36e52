/**
 * Recorder threads, seen from the relay's side: they record the traffic that `tap` receives, until the process closes
 * them.
 *
 * The relay goes on whatever fails, threads or disk, and recording resumes by itself:
 *
 *   recording ── the database is in trouble for some seconds ──► waiting ── it works again ──► recording
 *   recording, waiting ── a thread is gone ──► broken ── after a pause ──► reviving ── opened ──► recording
 *                                              broken ◄── cannot be opened ── reviving
 *
 * While waiting, traffic is never paused: bytes that do not fit the queue pass unrecorded. While broken, all bytes do.
 * The tap counts them, and the gaps are written to the database later. With `stop` in place of `pass`, the first step
 * to the right ends the recording instead. Each step is logged.
 */
import { StoreError } from '../errors.js';
import type { Host } from '../host.js';
import { sometimes } from '../sometimes.js';
import type { EarlierCapture } from '../store/store.js';
import { addFigures, type Figures, type Renaming, type StartOrder } from './boundary.js';
import { SYSTEM_CLOCK } from './clock.js';
import { Counts } from './counts.js';
import type { OpenCount } from './meter.js';
import { RingTap, type OverloadPolicy } from './ring-tap.js';
import { createSecretMemory } from './secret-memory.js';
import { Renamings } from './renamings.js';
import { type PairSize, type RecordingPair, type StartPair, ThreadPair } from './thread-pair.js';
import type { CaptureFigures, LiveFigures, VitalSigns } from './vital-signs.js';

/** Policy if nothing can be recorded: let traffic pass until it works again, or end. */
export type ErrorPolicy = 'pass' | 'stop';

/** Options at creation; the others come with `open`. */
export interface RecorderThreadsOptions extends PairSize {
  readonly host: Host;
  readonly onOverload: OverloadPolicy;
  readonly onRecordError: ErrorPolicy;
}

type State = 'opening' | 'recording' | 'waiting' | 'broken' | 'reviving' | 'ended';

/** Pauses before threads are restarted; the last one repeats. The first death in a while causes no pause. */
const PAUSES_MS = [0, 500, 1000, 2000, 5000, 10_000];

/** Threads that have lived this long are free of the cause that killed the previous ones. */
const HEALTHY_MS = 60_000;

/** Threads that die sooner after a restart died of their first input. */
const STILLBORN_MS = 5_000;

/** Limit for a thread to finish after the other one has died: longer than a writer retries. */
const BURIAL_MS = 15_000;

/** Threads that record the traffic of `tap`. They load while the caller goes on; nothing is opened before `open`. */
export class RecorderThreads {
  /** Takes the relay's traffic. It may be used before `open`; then it queues. */
  readonly tap: RingTap;
  /** Resolves when recording has ended early, by the policy `stop`. */
  readonly stopped: Promise<void>;
  readonly #options: RecorderThreadsOptions;
  readonly #launch: StartPair;
  readonly #clock: typeof SYSTEM_CLOCK;
  /** Secrets that all recorder threads of this capture know. */
  readonly #secrets = createSecretMemory();
  #pair: RecordingPair;
  #state: State = 'opening';
  #capture: EarlierCapture | null = null;
  /** Figures of the ended pairs. */
  #before: Figures | null = null;
  #restarts = 0;
  readonly #counts = new Counts();
  #open: readonly OpenCount[] = [];
  readonly #renamings = new Renamings();
  #attempts = 0;
  #aliveSinceMs = 0;
  /** Whether threads died of their first input, which is the connections that are open. */
  #isStillborn = false;
  /** Description of the present trouble. */
  #sinceMs = 0;
  #failure: Error | null = null;
  #isClosing = false;
  /** Whether threads were restarted after `close` was called; that is done once. */
  #hadLastChance = false;
  #endPause: () => void = () => undefined;
  #revival: Promise<void> = Promise.resolve();
  #stop: () => void = () => undefined;

  /** `launch` and `clock` are others in a simulation. */
  constructor(
    options: RecorderThreadsOptions,
    launch: StartPair = (...parts) => new ThreadPair(...parts),
    clock = SYSTEM_CLOCK,
  ) {
    this.#options = options;
    this.#launch = launch;
    this.#clock = clock;
    this.tap = new RingTap(options.onOverload);
    this.stopped = new Promise((resolve) => (this.#stop = resolve));
    this.#pair = this.#startPair();
    this.#attach();
  }

  /** Opens the database and begins a capture. Throws StoreError if the database cannot be used. */
  async open(order: StartOrder): Promise<void> {
    this.#renamings.order = order;
    this.#capture = await this.#pair.open(order, null);
    this.#startRecording();
  }

  /** Figures so far. */
  figures(): LiveFigures {
    return { ...this.#sums(), queueBytes: this.tap.depth };
  }

  /**
   * Renames the database, and goes on: in a new file after `rotate`, else in the same one. Resolves to the path that the file
   * has then; null if it could not be renamed, of which the log says why.
   */
  rename(how: Renaming): Promise<string | null> {
    const isPossible = this.#isAlive() && !this.#isClosing;
    return this.#renamings.rename(how, isPossible ? () => this.#pair.askToRename(how) : null);
  }

  /** Condition, and what was counted. */
  vitalSigns(): VitalSigns {
    const { oldestAtUs, isFull } = this.tap;
    return {
      failure: this.#describeState(),
      isQueueFull: isFull,
      lagUs: oldestAtUs === null ? 0 : Math.max(0, this.#options.host.nowUs() - oldestAtUs),
      counted: this.#counts.list(),
      open: this.#open,
    };
  }

  #describeState(): string | null {
    if (this.#isClosing) return 'recording is being ended';
    if (this.#state === 'recording') return null;
    const reason = this.#failure === null ? '' : `: ${explain(this.#failure)}`;
    return `nothing is recorded, and traffic ${this.#isStopping() ? 'ends' : 'passes'}${reason}`;
  }

  /**
   * Records all tapped traffic, ends the capture and the threads. Throws StoreError if the disk ended the recording
   * early, and any other error unchanged. In both cases the capture has no end, and `figures` is still valid.
   */
  async close(): Promise<CaptureFigures> {
    this.#isClosing = true;
    this.#endPause();
    do await this.#revival;
    while (this.#isAlive() && (await this.#stopPair()) !== null);
    this.#state = 'ended';
    const figures = this.#sums();
    const failure = this.#failure;
    if (failure === null) return figures;
    if (!(failure instanceof StoreError) && !this.#isStopping()) throw failure;
    const lost = `recording ended early, and ${figures.unrecordedBytes} bytes passed unrecorded`;
    const hint = failure instanceof StoreError ? failure.hint : 'start it again';
    throw new StoreError(`${lost}: ${failure.message}`, hint, { cause: failure });
  }

  /** Ends threads that record nothing, because they were never opened or opening failed. */
  async discard(): Promise<void> {
    this.#state = 'ended';
    await this.#pair.terminate();
  }

  #sums(): CaptureFigures {
    const { lostBytes, ...figures } = addFigures(this.#before, this.#pair.figures());
    return { ...figures, unrecordedBytes: this.tap.unrecordedBytes + lostBytes, restarts: this.#restarts };
  }

  #isAlive(): boolean {
    return this.#state === 'recording' || this.#state === 'waiting';
  }

  /** Ends the capture; returns the error, or null. */
  async #stopPair(): Promise<Error | null> {
    const pair = this.#pair;
    this.tap.stop(this.#options.host.nowUs());
    pair.hurry();
    return await pair.ended;
  }

  #startPair(): RecordingPair {
    const pair = this.#launch(this.#options, this.#secrets, {
      onRoom: () => this.tap.drained(),
      onTrouble: (error, lastedMs) => this.#wait(error, lastedMs),
      onRecovery: () => this.#recover(),
      onMoved: (capture) => (this.#capture = capture),
      onReading: ({ added, open }) => {
        this.#counts.addAll(added);
        this.#open = open;
      },
      onRenamed: (file, capture) => {
        this.#capture = capture;
        this.#renamings.answer(file);
      },
      log: this.#options.host.log,
    });
    // A renaming that is not answered by then was not done.
    void pair.ended.then(() => this.#renamings.answer(null));
    void pair.failed.then((error) => this.#break(pair, error));
    return pair;
  }

  #attach(): void {
    const pair = this.#pair;
    this.tap.attach(pair.ring, () => pair.settled(), this.#options.host.nowUs());
  }

  #startRecording(): void {
    this.#state = 'recording';
    this.#aliveSinceMs = this.#clock.nowMs();
  }

  #wait(error: Error, lastedMs: number): void {
    if (this.#state !== 'recording') return;
    this.#beginTrouble(error, lastedMs);
    if (this.#isStopping()) {
      this.#pair.hurry();
      return;
    }
    this.#state = 'waiting';
    sometimes('recording waited for the database');
    this.tap.isPassing = true;
    const line = `recording waits, traffic goes on, and what the queue cannot hold passes unrecorded: ${explain(error)}`;
    this.#options.host.log('error', line, 'recording_waits');
  }

  #recover(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'recording';
    this.tap.isPassing = false;
    this.#endTrouble();
  }

  #break(pair: RecordingPair, error: Error): void {
    if (pair !== this.#pair || this.#state === 'ended') return;
    if (this.#state === 'opening') return; // the caller of `open` gets the error
    if (this.#state === 'recording') this.#beginTrouble(error);
    this.#failure = error;
    const wasAlive = this.#isAlive();
    this.#state = 'broken';
    this.tap.isPassing = true;
    this.tap.detach();
    if (!wasAlive) return;
    const aliveMs = this.#clock.nowMs() - this.#aliveSinceMs;
    if (aliveMs >= HEALTHY_MS) this.#attempts = 0;
    this.#isStillborn = this.#restarts > 0 && aliveMs < STILLBORN_MS;
    const line = this.#isStopping() ? 'recording ends' : 'recording broke off, traffic goes on without it';
    this.#options.host.log('error', `${line}: ${explain(error)}`, 'recording_broke_off');
    this.#revival = this.#revive();
  }

  async #revive(): Promise<void> {
    for (;;) {
      await this.#bury();
      if (this.#isStopping()) this.#stop();
      if (this.#isStopping() || this.#hadLastChance) return;
      const isLast = (this.#hadLastChance = this.#isClosing);
      await this.#pause(PAUSES_MS[this.#attempts] ?? PAUSES_MS.at(-1) ?? 0);
      this.#attempts += 1;
      if (await this.#tryAgain()) return;
      if (isLast) return;
    }
  }

  /** Waits until the pair has ended, and accounts for the entries that it did not write. */
  async #bury(): Promise<void> {
    const calm = this.#clock.after(BURIAL_MS, () => void this.#pair.terminate());
    await this.#pair.ended;
    calm();
    this.tap.settle(this.#pair.unfinished());
    if (!this.#isStillborn) return;
    this.#isStillborn = false;
    const count = this.tap.leaveOut();
    const line = `recording broke off again at once: ${count} connections that may be the cause are not recorded any more`;
    if (count === 0) return;
    sometimes('connections were left out');
    this.#options.host.log('warn', line, 'connections_left_out');
  }

  /** Starts a new pair on the same capture; returns true if it records. */
  async #tryAgain(): Promise<boolean> {
    const { order } = this.#renamings;
    if (order === null) return false;
    const before = addFigures(this.#before, this.#pair.figures());
    this.#state = 'reviving';
    this.#pair = this.#startPair();
    this.#before = before;
    const capture = await this.#pair.open(order, this.#capture).catch(() => null);
    if (capture === null || !this.#isReviving()) return false;
    this.#capture = capture;
    this.#restarts += 1;
    sometimes('threads were revived');
    this.#attach();
    this.tap.isPassing = false;
    this.#startRecording();
    this.#endTrouble();
    return true;
  }

  #pause(ms: number): Promise<void> {
    if (this.#isClosing || ms === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  #isReviving(): boolean {
    return this.#state === 'reviving';
  }

  #isStopping(): boolean {
    return this.#options.onRecordError === 'stop';
  }

  #beginTrouble(error: Error, lastedMs = 0): void {
    this.#sinceMs = this.#clock.nowMs() - lastedMs;
    this.#failure = error;
  }

  #endTrouble(): void {
    this.#failure = null;
    const seconds = ((this.#clock.nowMs() - this.#sinceMs) / 1000).toFixed(1);
    const bytes = this.#sums().unrecordedBytes;
    const line = `recording goes on after ${seconds} s: ${bytes} bytes have passed unrecorded so far`;
    this.#options.host.log('warn', line, 'recording_resumed');
  }
}

function explain(error: Error): string {
  return error instanceof StoreError ? `${error.message}: ${error.hint}` : error.message;
}
