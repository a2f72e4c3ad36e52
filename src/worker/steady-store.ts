/**
 * Steady store: a capture store that keeps working when writing to its file fails.
 *
 * A write that fails is tried again (persistence.ts): on the same handle while the file is locked or the disk is full,
 * on a new handle after any other failure, because a handle is unreliable after an I/O error.
 *
 * The files are looked at before every write and at intervals. A file that is lost (deleted or replaced, or overwritten
 * or damaged) is left: one that is still there is renamed, and a new one is created at the same path. It has rows for all
 * that was connected, and gaps for all that the lost one had. So every record refers to a row in its own file, and the
 * figures are those of the present file.
 */
import { errorCode, StoreError } from '../errors.js';
import type { Host } from '../host.js';
import type { CaptureRecord } from '../capture/records.js';
import { withEarlierKey } from '../store/rotated-files.js';
import { setAside } from '../store/set-aside.js';
import { UnusableFile } from '../store/store-error.js';
import { openStore, type CaptureStore, type EarlierCapture, type StoreHost } from '../store/store.js';
import type { Retention } from '../store/upkeep/retention.js';
import {
  addCounters,
  countLost,
  NO_COUNTERS,
  type CaptureCounters,
  type WriterState,
} from '../store/writer-state.js';
import type { RotationLimit, WriteOrder } from './boundary.js';
import { LongLog } from './long-log.js';
import type { Meter } from './meter.js';
import { persist, type Persistence } from './persistence.js';

// Source: sqlite.org/rescode.html. BUSY is returned after SQLite's own timeout.
const HARMLESS = /^SQLITE_(BUSY|LOCKED|FULL)/;
/** An examination reads the whole file. If programs write to it often, examinations take a hundredth of the time. */
const EXAMINATION_SHARE = 0.01;

/** Receives the state of a steady store, and can hurry it. */
export interface Watcher extends Persistence {
  /** The capture goes on as another one, in a new file; a replacement of this thread has to continue that one. */
  readonly onMoved: (capture: EarlierCapture) => void;
  readonly log: Host['log'];
}

/** Writes one capture. Methods throw a StoreError only when hurried; bugs are always thrown. */
export class SteadyStore {
  readonly #order: WriteOrder;
  readonly #host: StoreHost;
  readonly #watcher: Watcher;
  readonly #meter: Meter | null;
  readonly placeholderKey: Uint8Array;
  /** The file itself, if `order.db` is a symbolic link; after `makeWay` it is at `#path`. */
  readonly #home: string;
  #path: string;
  /** Null after one handle was dropped and before the next is opened. */
  #store: CaptureStore | null;
  #retention: Retention | null = null;
  #capture: EarlierCapture;
  #state: WriterState | null = null;
  /** Change of the file, until the next one is open. */
  #loss: string | null = null;
  /** Path of the file that was put aside, until the next one is open. */
  #putAside: string | null = null;
  /** No examination before this time. */
  #examineAtMs = 0;
  readonly #longLog: LongLog;

  /** Opens the file and begins or continues the capture. Throws StoreError. */
  constructor(order: WriteOrder, host: StoreHost, watcher: Watcher, meter: Meter | null = null) {
    this.#meter = meter;
    this.#order = order;
    this.#host = host;
    this.#watcher = watcher;
    this.#longLog = new LongLog(order.maxDbSizeBytes !== null, watcher.log);
    const store = openStore(order.db, withEarlierKey(order.after, host), order.keptKey);
    try {
      if (order.earlier === null) {
        const lastBreak = store.describeLastBreak();
        if (lastBreak !== null) watcher.log('warn', `${order.db}: ${lastBreak}`, 'last_recording_broke_off');
        store.beginCapture(order.capture, order.after);
      } else store.continueCapture(order.capture, order.earlier, null);
      this.#home = this.#path = store.path;
      this.#capture = store.capture;
      this.placeholderKey = store.placeholderKey;
      this.#retention = this.#createRetention(store);
      store.noteFiles();
    } catch (error) {
      store.letGo();
      throw error;
    }
    this.#store = store;
  }

  /** The file that is written to. */
  get path(): string {
    return this.#path;
  }

  /** The capture, for the thread that continues with it. */
  get capture(): EarlierCapture {
    return this.#capture;
  }

  /** Writes records, all or none of them, as soon as possible. */
  append(records: readonly CaptureRecord[]): void {
    this.#untilDone((store) => {
      const startedAtMs = this.#watcher.nowMs();
      const tallies = store.append(records);
      this.#meter?.count(records, tallies, this.#watcher.nowMs() - startedAtMs);
    });
  }

  /** Deletes the oldest records if the file is too large, unless the end of the process waits: it can take minutes. */
  makeRoom(): void {
    const isDeleting = !this.#longLog.isLong && !this.#watcher.isHurried();
    if (isDeleting && this.#retention !== null) this.#untilDone(() => this.#retention?.step());
  }

  /** Packs some bodies that are older than `ageUs`; returns whether there may be more. If it fails, `append` meets the same. */
  packOld(ageUs: number): boolean {
    const outcome = { isMore: false };
    if (this.#longLog.isLong || this.#watcher.isHurried()) return false;
    this.#attempt((store) => void (outcome.isMore = store.packOld(ageUs)));
    return outcome.isMore;
  }

  /** Moves to a new file if the present one is lost, and shortens a long log. */
  lookAfter(): void {
    this.#untilDone(() => undefined);
    try {
      if (this.#store !== null) this.#longLog.tend(this.#store);
    } catch (error) {
      // The next batch meets the same error and waits for its end.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Whether the present file has reached a size, or began so long ago. */
  isOver({ bytes, ageUs }: RotationLimit): boolean {
    if (this.#store === null) return false;
    return this.#store.sizeBytes >= bytes || this.#host.nowUs() - this.#store.beganAtUs >= ageUs;
  }

  /**
   * Puts the present file aside and goes on in a new one; returns the path that the file has now. Null if that cannot be
   * done now: the log says why, and recording goes on in the same file.
   */
  rotate(): string | null {
    return this.#rename((store) => (this.#putAside = store.putAside()));
  }

  /** Leaves the name of the file to another recorder, and goes on in the same file under another name; like `rotate`. */
  makeWay(): string | null {
    return this.#rename((store) => (this.#path = store.makeWay()));
  }

  /** Takes the name of the file back, after `makeWay`, as the other recorder did not come; like `rotate`. */
  moveBack(): string | null {
    if (this.#path === this.#home) return this.#home;
    return this.#rename((store) => {
      store.moveBack(this.#home);
      return (this.#path = this.#home);
    });
  }

  /** Goes on after `rename`, which closes the store; returns the path that it returns, or null if it fails. */
  #rename(rename: (store: CaptureStore) => string): string | null {
    let file: string | null = null;
    try {
      const store = this.#store;
      if (store === null || store.lookAtFiles() === 'gone') return null;
      this.#state = store.writerState;
      file = rename(store);
      this.#store = null;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const line = `the database ${this.#path} is not renamed: ${error.message}: ${error.hint}`;
      this.#watcher.log('warn', line, 'rotation_failed');
      this.#letGo();
    }
    this.#untilDone(() => undefined);
    return file;
  }

  /** Sums over what the capture has in the present file, and in those that were put aside. */
  counters(): CaptureCounters {
    if (this.#store !== null) return this.#store.counters();
    if (this.#state === null) return NO_COUNTERS;
    const { before, counters } = this.#state;
    if (this.#loss === null) return addCounters(before, counters);
    return addCounters(before, { ...NO_COUNTERS, lostBytes: countLost(this.#state) });
  }

  /** Ends the capture and closes the file. */
  close(): void {
    this.#untilDone((store) => store.endCapture());
    try {
      this.#store?.close();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const line = `the recording is committed, but its log is not folded in, as ${error.message}: ${error.hint}`;
      this.#watcher.log('warn', line, 'wal_not_folded');
    }
  }

  /** Closes the file without an end of the capture, because it was interrupted. */
  letGo(): void {
    this.#store?.letGo();
  }

  #untilDone(action: (store: CaptureStore) => void): void {
    persist(() => this.#attempt(action), this.#watcher);
  }

  /** Returns the reason of the disk or the file why it failed, or null if it succeeded. */
  #attempt(action: (store: CaptureStore) => void): StoreError | null {
    try {
      if (this.#store !== null) this.#checkFiles(this.#store);
      const store = (this.#store ??= this.#reopen());
      try {
        action(store);
      } finally {
        store.noteFiles();
      }
      return null;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return this.#meet(error);
    }
  }

  /** Leaves the handle or the file if the error is theirs. */
  #meet(error: StoreError): StoreError {
    try {
      if (error instanceof UnusableFile)
        this.#setAside('was found damaged, or to be no database of this recording');
      else if (!HARMLESS.test(errorCode(error.cause))) this.#letGo();
      return error;
    } catch (other) {
      if (!(other instanceof StoreError)) throw other;
      return other;
    }
  }

  /** Leaves the handle if the file is lost, or has changed places. */
  #checkFiles(store: CaptureStore): void {
    const state = store.lookAtFiles();
    if (state === 'gone') {
      this.#loss = 'was deleted or replaced';
      this.#letGo();
    }
    if (state !== 'changed') return;
    const startedAtMs = this.#watcher.nowMs();
    if (startedAtMs < this.#examineAtMs) return;
    const damage = store.findDamage();
    const endedAtMs = this.#watcher.nowMs();
    this.#examineAtMs = endedAtMs + (endedAtMs - startedAtMs) / EXAMINATION_SHARE;
    if (damage === null) store.noteFiles();
    else this.#setAside('was overwritten by another program');
  }

  #setAside(loss: string): void {
    const kept = setAside(this.#path);
    this.#loss = `${loss}, and is kept as ${kept}`;
    this.#state = this.#store?.writerState ?? this.#state;
    this.#store?.abandon();
    this.#store = null;
  }

  #letGo(): void {
    this.#state = this.#store?.writerState ?? this.#state;
    this.#store?.letGo();
    this.#store = null;
  }

  #reopen(): CaptureStore {
    // The same key, so that placeholders mean the same in both files.
    const host = { ...this.#host, randomBytes: () => this.placeholderKey };
    const store = openStore(this.#path, host, this.#order.keptKey);
    try {
      if (!Buffer.from(store.placeholderKey).equals(this.placeholderKey))
        throw new UnusableFile(`the database ${this.#path} has another key`, 'move it away');
      const isSame = this.#continue(store);
      this.#retention = this.#createRetention(store);
      if (store.capture.id !== this.#capture.id || store.capture.startedAtUs !== this.#capture.startedAtUs)
        this.#watcher.onMoved(store.capture);
      this.#capture = store.capture;
      store.noteFiles();
      this.#sayLoss(store, isSame);
      return store;
    } catch (error) {
      store.letGo();
      throw error;
    }
  }

  /** Continues the capture; returns whether nothing of it is lost. */
  #continue(store: CaptureStore): boolean {
    const { capture } = this.#order;
    if (this.#putAside === null || this.#state === null)
      return store.continueCapture(capture, this.#capture, this.#state);
    store.continueRotated(capture, this.#state, this.#putAside);
    this.#putAside = null;
    return true;
  }

  #sayLoss(store: CaptureStore, isSame: boolean): void {
    const loss = this.#loss;
    this.#loss = null;
    if (loss === null && isSame) return;
    const { before = NO_COUNTERS, counters = NO_COUNTERS } = this.#state ?? {};
    const bytes = store.counters().lostBytes - addCounters(before, counters).lostBytes;
    const line = isSame
      ? 'or its log was away: all of it is there again, and recording goes on'
      : `${loss ?? 'lacks frames'}: recording goes on in a new one, with gaps for the ${bytes} bytes that it had`;
    const event = isSame ? 'database_back' : 'database_lost';
    this.#watcher.log('warn', `the database ${this.#path} ${line}`, event);
  }

  #createRetention(store: CaptureStore): Retention | null {
    return this.#order.maxDbSizeBytes === null ? null : store.retention(this.#order.maxDbSizeBytes);
  }
}
