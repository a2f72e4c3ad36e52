/**
 * File identity: whether an open database, its log and its index of the log, in WAL mode, are still the files at their
 * paths, and whether another program has written to them.
 *
 * SQLite continues to write to deleted or renamed files. Those writes are lost, or mix with a new file at the same
 * path. It also does not notice bytes that another program puts into the file. Source: sqlite.org/howtocorrupt.html
 * sections 2 and 4. A look costs three calls of `stat`.
 */
import { realpathSync, statSync } from 'node:fs';
import { sometimes } from '../sometimes.js';

/**
 * State of the files: `kept`; `changed`: the same files, with a length or a time of change that the recorder has not
 * seen; `gone`: one of them was deleted or replaced.
 */
export type FileState = 'kept' | 'changed' | 'gone';

/** Which file is at a path, null for none, and whether it was written. */
interface Facts {
  readonly identity: string | null;
  readonly stamp: string;
}

/** Remembers which files are at a path. */
export class FileIdentity {
  /** Without symbolic links: one may change later, and the log is next to the link's present target. */
  readonly path: string;
  readonly #file: string | null;
  #log: string | null;
  #index: string | null;
  #stamps = '';

  /** `path`: of a database that has been opened. */
  constructor(path: string) {
    this.path = realpathSync(path);
    const [file, log, index] = this.#read();
    this.#file = file.identity;
    this.#log = log.identity;
    this.#index = index.identity;
    this.note();
  }

  /** Change of the files since the last `note`. */
  look(): FileState {
    const [file, log, index] = this.#read();
    this.#log ??= log.identity;
    this.#index ??= index.identity;
    const isHere =
      file.identity === this.#file && log.identity === this.#log && index.identity === this.#index;
    if (!isHere) sometimes('a file was lost');
    if (!isHere) return 'gone';
    return file.stamp + log.stamp === this.#stamps ? 'kept' : 'changed';
  }

  /** Takes the files as they are now for the recorder's own work. */
  note(): void {
    const [file, log] = this.#read();
    this.#stamps = file.stamp + log.stamp;
  }

  #read(): readonly [file: Facts, log: Facts, index: Facts] {
    return [readFacts(this.path), readFacts(`${this.path}-wal`), readFacts(`${this.path}-shm`)];
  }

  /** Bytes of the file itself. */
  get fileBytes(): number {
    return readSize(this.path);
  }

  /** Bytes of the log. */
  get logBytes(): number {
    return readSize(`${this.path}-wal`);
  }
}

function readFacts(path: string): Facts {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path);
    return { identity: `${dev}:${ino}`, stamp: ` ${size}:${mtimeMs}` };
  } catch {
    return { identity: null, stamp: '' };
  }
}

function readSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
