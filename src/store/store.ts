/**
 * Capture store: the recorder's side of a database. Opens, locks and migrates the file, then takes records.
 *
 * Reading goes through `openReader`, on a handle of its own, at the same time.
 */
import { basename } from 'node:path';
import type { CaptureRecord } from '../capture/records.js';
import type { Host } from '../host.js';
import { foldLog, makeDatabaseFile, type Database } from './database.js';
import { FileIdentity, type FileState } from './file-identity.js';
import { openLocked, type LockedDatabase } from './lock.js';
import { placeholderKey, Placeholders } from './placeholders.js';
import { writeReferenceData } from './reference-data.js';
import type { Tally } from './rollups.js';
import { RowCopier } from './row-copier.js';
import { findRotatedName, renameRotated, takeNameBack } from './rotated-files.js';
import { findDamage } from './set-aside.js';
import { describeLastBreak } from './upkeep/recovery.js';
import { markTables } from './table-marks.js';
import { OldBodies } from './upkeep/compactor.js';
import { Retention } from './upkeep/retention.js';
import { guarded } from './store-error.js';
import { CaptureWriter } from './writer.js';
import { NO_COUNTERS, type CaptureCounters, type Continuation, type WriterState } from './writer-state.js';

/** Facts about a capture as a whole. */
export interface CaptureInfo {
  /** `reverse` or `forward`. */
  readonly mode: string;
  /** Configured upstream of the gateway, a URL. */
  readonly upstream: string;
  /** Configured upstream of the REST API, a URL. */
  readonly api: string;
  /** `secrets`, `personal` or `none`. */
  readonly redaction: string;
}

/** A capture that was begun before, perhaps in another file. */
export interface EarlierCapture {
  readonly id: number;
  readonly startedAtUs: number;
}

/** An open database that records. Every method throws StoreError when the disk or the file fails. */
export class CaptureStore {
  readonly #locked: LockedDatabase;
  readonly #db: Database;
  readonly #path: string;
  readonly #nowUs: () => number;
  /** Key of the placeholders, for another thread that makes them, too. */
  readonly placeholderKey: Uint8Array;
  readonly #placeholders: Placeholders;
  readonly #place: FileIdentity;
  #captureId: number | null = null;
  #startedAtUs = 0;
  #writer: CaptureWriter | null = null;
  #oldBodies: OldBodies | null = null;

  /** Use `openStore`. */
  constructor(locked: LockedDatabase, host: StoreHost, keptKey: Uint8Array | null) {
    this.#locked = locked;
    this.#db = locked.db;
    this.#path = locked.path;
    this.#nowUs = host.nowUs;
    this.#place = new FileIdentity(locked.path);
    this.placeholderKey = placeholderKey(locked.db, host.randomBytes, keptKey);
    this.#placeholders = new Placeholders(this.placeholderKey);
  }

  /** How the last recording in the file broke off; null if it has an end, or without a recording. */
  describeLastBreak(): string | null {
    return guarded(this.#path, () => describeLastBreak(this.#db, this.path));
  }

  /**
   * Starts a capture and returns its id. Connections and sessions get new keys. `after`: path of a file in which another
   * recorder goes on that has made way for this one.
   */
  beginCapture(info: CaptureInfo, after: string | null = null): number {
    return guarded(this.#path, () => {
      this.endCapture();
      const id = this.#begin(info, null);
      if (after !== null) this.#noteEarlierFile(id, after);
      return id;
    });
  }

  /**
   * Continues a capture if this file has all of it, or else begins one of the same `info`, with gaps for what an earlier
   * file had. `state`: of the previous store, null if it is lost. Returns whether it continued.
   */
  continueCapture(info: CaptureInfo, earlier: EarlierCapture, state: WriterState | null): boolean {
    return guarded(this.#path, () => {
      this.#takeBack(earlier);
      const known = this.#db
        .prepare('SELECT 1 FROM capture WHERE id = ? AND started_at_us = ? AND ended_at_us IS NULL')
        .get(earlier.id, earlier.startedAtUs);
      const isSameFile =
        known !== undefined && (state === null || this.#lastFrameId() === state.nextFrameId - 1);
      if (isSameFile) this.#goOn(earlier, state && { state, earlierFile: 'same' });
      else this.#begin(info, state && { state, earlierFile: 'lost' });
      return isSameFile;
    });
  }

  /** Goes on with a capture whose earlier file was put aside, and is now at `earlierPath`. */
  continueRotated(info: CaptureInfo, state: WriterState, earlierPath: string): void {
    guarded(this.#path, () => {
      this.#noteEarlierFile(this.#begin(info, { state, earlierFile: 'rotated' }), earlierPath);
    });
  }

  #noteEarlierFile(captureId: number, path: string): void {
    this.#db
      .prepare('INSERT INTO rotation (capture_id, continues_file) VALUES (?, ?)')
      .run(captureId, basename(path));
  }

  /**
   * Ends the capture here, closes the file and puts it aside; returns its new path. The state of the writer stays valid.
   * If this fails, the capture can be continued in this file.
   */
  putAside(): string {
    return this.#rename(() => this.endCapture());
  }

  /** The same, but the capture goes on there: the name is for another recorder. */
  makeWay(): string {
    return this.#rename(() => undefined);
  }

  /** Takes the name `path` back, after `makeWay`. Throws StoreError if it is in use. */
  moveBack(path: string): void {
    this.#locked.close();
    takeNameBack(this.path, path);
  }

  #rename(finish: () => void): string {
    const { id } = this.capture;
    const name = findRotatedName(this.path, this.#nowUs());
    guarded(this.#path, () => {
      this.#db
        .prepare(
          `INSERT INTO rotation (capture_id, put_aside_as) VALUES (?, ?)
           ON CONFLICT DO UPDATE SET put_aside_as = excluded.put_aside_as`,
        )
        .run(id, basename(name));
      finish();
      // A reader can keep the log alive; what is in it must not depend on that.
      foldLog(this.#db);
    });
    this.#locked.close();
    renameRotated(this.path, name);
    return name;
  }

  /** When the oldest capture of the file began. */
  get beganAtUs(): number {
    return (
      this.#db.prepare<[], number | null>('SELECT min(started_at_us) FROM capture').pluck().get() ??
      this.#nowUs()
    );
  }

  /** Bytes of the file and its log. */
  get sizeBytes(): number {
    return this.#place.fileBytes + this.#place.logBytes;
  }

  /** A capture that was to be put aside, and goes on under another name than the one that was noted, has no end. */
  #takeBack({ id, startedAtUs }: EarlierCapture): void {
    const { changes } = this.#db
      .prepare(
        `UPDATE rotation SET put_aside_as = NULL WHERE put_aside_as <> ?
         AND capture_id IN (SELECT id FROM capture WHERE id = ? AND started_at_us = ?)`,
      )
      .run(basename(this.path), id, startedAtUs);
    if (changes > 0) this.#db.prepare('UPDATE capture SET ended_at_us = NULL WHERE id = ?').run(id);
  }

  #lastFrameId(): number {
    return this.#db.prepare<[], number | null>('SELECT max(id) FROM frame').pluck().get() ?? 0;
  }

  #begin(info: CaptureInfo, earlier: Continuation | null): number {
    const startedAtUs = this.#nowUs();
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO capture (started_at_us, mode, upstream, api, redaction) VALUES (?, ?, ?, ?, ?)')
      .run(startedAtUs, info.mode, info.upstream, info.api, info.redaction);
    const id = Number(lastInsertRowid);
    // Ids of sessions in another file mean nothing here.
    const sessions = earlier && { ...earlier.state.sessions, idByKey: new Map<number, number>() };
    this.#goOn(
      { id, startedAtUs },
      earlier && sessions && { ...earlier, state: { ...earlier.state, sessions } },
    );
    return id;
  }

  #goOn({ id, startedAtUs }: EarlierCapture, earlier: Continuation | null): void {
    this.#captureId = id;
    this.#startedAtUs = startedAtUs;
    this.#writer = new CaptureWriter(this.#db, id, earlier);
  }

  /** The current capture, for a store that goes on with it. */
  get capture(): EarlierCapture {
    if (this.#captureId === null) throw new TypeError('there is no capture: call beginCapture first');
    return { id: this.#captureId, startedAtUs: this.#startedAtUs };
  }

  /** State of the current capture's writer, for a store that continues it. */
  get writerState(): WriterState | null {
    return this.#writer?.state ?? null;
  }

  /** The file itself, if the path that was opened is a symbolic link. */
  get path(): string {
    return this.#place.path;
  }

  /** Change of the files since the last `noteFiles`. Writing is allowed only if they are `kept`. */
  lookAtFiles(): FileState {
    return this.#place.look();
  }

  /** Takes the files as they are now for this store's own work. */
  noteFiles(): void {
    this.#place.note();
  }

  /** Fault of files that another program has written to; null if they are sound and contain this capture. */
  findDamage(): string | null {
    const { id, startedAtUs } = this.capture;
    const lastFrameId = (this.writerState?.nextFrameId ?? 1) - 1;
    return findDamage(this.#path, { captureId: id, startedAtUs, lastFrameId }, () => {
      // The log can have all of a file that was emptied. SQLite would delete it at the next opening of an empty file.
      if (this.#place.fileBytes === 0) foldLog(this.#db);
    });
  }

  /** Length of the log in bytes, after a checkpoint if it is over `maxBytes`; a reader can prevent the checkpoint. */
  tendLog(maxBytes: number): number {
    if (this.#place.logBytes > maxBytes) guarded(this.#path, () => foldLog(this.#db));
    return this.#place.logBytes;
  }

  /** Writes all records or none, and returns the sums over their frames. */
  append(records: readonly CaptureRecord[]): readonly Tally[] {
    const writer = this.#writer;
    if (writer === null) throw new TypeError('append needs a capture: call beginCapture first');
    return guarded(this.#path, () => writer.append(records));
  }

  /** Copier for rows of another database; rows that name no capture go to a new one with `info`. */
  copier(info: CaptureInfo): RowCopier {
    const begin = (): number => this.beginCapture(info);
    return guarded(
      this.#path,
      () =>
        new RowCopier(this.#db, this.#path, begin, (alias, capture) =>
          this.placeholder(`${alias} in capture ${capture}`),
        ),
    );
  }

  /** Returns a function that removes everything written after this call. */
  mark(): () => void {
    const unwrite = guarded(this.#path, () => markTables(this.#db));
    return () => guarded(this.#path, unwrite);
  }

  /** Keeps the file below `maxBytes` from now on; the caller runs its steps. */
  retention(maxBytes: number): Retention {
    if (this.#captureId === null) throw new TypeError('retention needs a capture: call beginCapture first');
    return new Retention(this.#db, maxBytes, this.#captureId, this.#nowUs);
  }

  /** Packs some bodies of frames that are older than `ageUs`; returns whether there may be more. */
  packOld(ageUs: number): boolean {
    return guarded(this.#path, () => {
      this.#oldBodies ??= new OldBodies(this.#db);
      return this.#oldBodies.step(this.#nowUs() - ageUs);
    });
  }

  /** Notes the end of the current capture; its counters stay readable. */
  endCapture(): void {
    if (this.#captureId === null) return;
    guarded(this.#path, () =>
      this.#db.prepare('UPDATE capture SET ended_at_us = ? WHERE id = ?').run(this.#nowUs(), this.#captureId),
    );
    this.#captureId = null;
  }

  /** Sums over the current or last capture. */
  counters(): CaptureCounters {
    return this.#writer?.counters() ?? NO_COUNTERS;
  }

  /** Stand-in for a secret: `redacted:` and 16 hex digits, equal for equal secrets in this database. */
  placeholder(secret: string): string {
    return this.#placeholders.of(secret);
  }

  /** Closes the file without an end of the capture, which goes on elsewhere or has broken off. Never throws. */
  letGo(): void {
    if (this.#db.open) this.#locked.letGo();
  }

  /** The same, but nothing more is written to the file, which has become another one. */
  abandon(): void {
    if (this.#db.open) this.#locked.abandon();
  }

  /** Ends the capture if all of it is there, folds the log into the file and releases the lock. Idempotent. */
  close(isWhole = true): void {
    if (!this.#db.open) return;
    try {
      if (isWhole) this.endCapture();
    } finally {
      this.#locked.close();
    }
  }
}

/** The part of the host that the store needs. */
export type StoreHost = Pick<Host, 'nowUs' | 'randomBytes'>;

/**
 * Opens the database at `path` for recording, making and migrating it as needed. `keptKey`: key of its placeholders where
 * that is kept elsewhere.
 * Throws StoreError when it cannot be used, is newer than this gatetape, or is being recorded into already.
 */
export function openStore(path: string, host: StoreHost, keptKey: Uint8Array | null = null): CaptureStore {
  makeDatabaseFile(path);
  const locked = openLocked(path, host.nowUs);
  try {
    return guarded(path, () => {
      writeReferenceData(locked.db);
      return new CaptureStore(locked, host, keptKey);
    });
  } catch (error) {
    locked.close();
    throw error;
  }
}
