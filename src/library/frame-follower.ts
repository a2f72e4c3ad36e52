/**
 * Frame follower: yields frames of a database while they are recorded. After a rotation or a handover it goes on in the new
 * file of the same name.
 *
 * The earlier file is read until its recording has ended, because after a handover it still gets frames of old connections.
 */
import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { StoreError } from '../errors.js';
import type { FrameFilter } from '../store/filter.js';
import type { FrameRow } from '../store/frame-rows.js';
import { openReader, type CaptureReader } from '../store/reader.js';

/** Interval between two looks for new frames, in ms. */
const POLL_MS = 100;

/** Time for which a new file may be unreadable, in ms, because its recorder creates the tables first. */
const UNREADABLE_MS = 10_000;

/** Most earlier files that are read at the same time; the recording of a killed recorder has no end. */
const MAX_EARLIER = 8;

/** What to follow. */
export interface FollowedFrames {
  readonly path: string;
  /** Makes the filter for a file: `latest` and names are resolved in that file. */
  readonly makeFilter: (reader: CaptureReader) => FrameFilter;
  /** Whether the filter has ids of one file; no other file is followed then. */
  readonly isOfOneFile: boolean;
}

interface FollowedFile {
  readonly identity: string;
  readonly reader: CaptureReader;
  readonly filter: FrameFilter;
  afterId: number | null;
}

/**
 * Frames that pass the filter, then the new ones as they are recorded, in batches, until `stop` aborts. Rejects with StoreError
 * if the file cannot be read.
 */
export async function* followFrames(
  followed: FollowedFrames,
  stop: AbortSignal,
): AsyncGenerator<Iterable<FrameRow>, void> {
  const follower = new FrameFollower(followed, stop);
  try {
    follower.open(null);
    while (!stop.aborted) {
      for (const rows of follower.look()) yield rows;
      await wait(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  } finally {
    follower.close();
  }
}

class FrameFollower {
  readonly #followed: FollowedFrames;
  readonly #stop: AbortSignal;
  #files: FollowedFile[] = [];
  /** When the present file was first found unreadable; null if it is not. */
  #unreadableSinceMs: number | null = null;

  constructor(followed: FollowedFrames, stop: AbortSignal) {
    this.#followed = followed;
    this.#stop = stop;
  }

  /** Opens the present file; `afterId` is null if old frames count against the limit. */
  open(afterId: 0 | null): void {
    const { path, makeFilter } = this.#followed;
    for (;;) {
      const identity = readIdentity(path);
      const reader = openReader(path);
      // Else it was renamed meanwhile.
      if (identity !== null && identity === readIdentity(path)) {
        this.#files.push({ identity, reader, filter: makeFilter(reader), afterId });
        return;
      }
      reader.close();
    }
  }

  /** New rows of each file, the earliest file first; closes files that get no more. */
  *look(): Generator<Iterable<FrameRow>, void> {
    const hasNext = this.#hasNext();
    const earlier = hasNext ? this.#files : this.#files.slice(0, -1);
    const ended = earlier.filter(({ reader }) => hasEnded(reader));
    for (const file of this.#files) yield this.#readNew(file);
    for (const { reader } of ended) reader.close();
    this.#files = this.#files.filter((file) => !ended.includes(file));
    for (const { reader } of this.#files.splice(0, this.#files.length - MAX_EARLIER)) reader.close();
    if (hasNext) yield* this.#begin();
  }

  *#begin(): Generator<Iterable<FrameRow>, void> {
    if (!this.#tryToOpen()) return;
    const file = this.#files.at(-1);
    if (file !== undefined) yield this.#readNew(file);
  }

  #hasNext(): boolean {
    const { path, isOfOneFile } = this.#followed;
    const identity = isOfOneFile ? null : readIdentity(path);
    return identity !== null && this.#files.every((file) => file.identity !== identity);
  }

  #tryToOpen(): boolean {
    try {
      // All of a later file is new.
      this.open(0);
      this.#unreadableSinceMs = null;
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const nowMs = performance.now();
      this.#unreadableSinceMs ??= nowMs;
      if (nowMs - this.#unreadableSinceMs > UNREADABLE_MS) throw error;
      return false;
    }
  }

  *#readNew(file: FollowedFile): Generator<FrameRow, void> {
    const { reader, filter, afterId } = file;
    file.afterId ??= 0;
    const added = afterId === null ? filter : { ...filter, afterId, limit: undefined };
    for (const row of reader.frames(added)) {
      if (this.#stop.aborted) return;
      file.afterId = row.id;
      yield row;
    }
  }

  close(): void {
    for (const { reader } of this.#files.splice(0)) reader.close();
  }
}

/** Identity of the file at a path; another file there has another one. Null without a file. */
function readIdentity(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/** Whether the last capture of a file has an end. */
function hasEnded(reader: CaptureReader): boolean {
  const id = reader.captureIds().at(-1);
  return id === undefined || reader.row('capture', id)?.['ended_at_us'] != null;
}
