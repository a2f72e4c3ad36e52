/**
 * File identity: whether an open database and its log, in WAL mode, are still at their path.
 *
 * SQLite continues to write to deleted or renamed files. Those writes are lost, or mix with a new file at the same
 * path. Source: sqlite.org/howtocorrupt.html section 4.
 */
import { realpathSync, statSync } from 'node:fs';

/** Remembers which files are at a path. */
export class FileIdentity {
  readonly #path: string;
  readonly #file: string | null;
  #log: string | null;

  /** `path`: of a database that has been opened. */
  constructor(path: string) {
    // A symbolic link may change later, and the log is next to the link's present target.
    this.#path = realpathSync(path);
    this.#file = readIdentity(path);
    this.#log = readIdentity(`${this.#path}-wal`);
  }

  /** False if the files were replaced or removed. */
  isKept(): boolean {
    const log = readIdentity(`${this.#path}-wal`);
    this.#log ??= log;
    return readIdentity(this.#path) === this.#file && log === this.#log;
  }

  /** Bytes of the log. */
  get logBytes(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}

function readIdentity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
