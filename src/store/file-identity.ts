/**
 * File place: whether a database and its log, open in WAL mode, are where they were opened.
 *
 * SQLite goes on writing to files that were deleted or renamed, and what it writes then is lost, or mixed up with a file that
 * has taken the place. Source: sqlite.org/howtocorrupt.html section 4.
 */
import { realpathSync, statSync } from 'node:fs';

/** Remembers which files are at a path. */
export class FileIdentity {
  readonly #path: string;
  readonly #file: string | null;
  #log: string | null;

  /** `path`: of a database that has been opened. */
  constructor(path: string) {
    // A link may be pointed elsewhere later, and the log is beside what it points to now.
    this.#path = realpathSync(path);
    this.#file = readIdentity(path);
    this.#log = readIdentity(`${this.#path}-wal`);
  }

  /** False once other files, or none, are there. */
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
