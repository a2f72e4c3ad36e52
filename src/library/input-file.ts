/**
 * Input file: a file to import, read as a whole or piece by piece, as its form needs it.
 */
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';

/** Bytes of a piece. */
const PIECE_BYTES = 1_048_576;
/** Name of a file that a program made up for what it attached. */
const PLAIN_NAME = /^\w[\w.-]{0,199}$/;
/** Bytes by which a form is told. */
const HEAD_BYTES = 4096;

/** A file that is there. Every method throws a UsageError when it cannot be read. */
export class InputFile {
  /** Path, as the user named it. */
  readonly name: string;
  /** Its beginning, as text. */
  readonly head: string;
  #fileBytes = 0;
  #readBytes = 0;

  constructor(path: string) {
    this.name = path;
    this.head = this.#guarded(() => {
      const file = openSync(path, 'r');
      try {
        this.#fileBytes = fstatSync(file).size;
        const head = Buffer.alloc(HEAD_BYTES);
        return head.toString('utf8', 0, readSync(file, head));
      } finally {
        closeSync(file);
      }
    });
  }

  /** Bytes of the file; 0 for a pipe. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Bytes that were handed out since it was begun, or rewound, last. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /** All of it. */
  text(): string {
    this.#readBytes = this.#fileBytes;
    return this.#guarded(() => readFileSync(this.name, 'utf8'));
  }

  /** All of it, in pieces that are the caller's. */
  *pieces(): Generator<Uint8Array, void> {
    const file = this.#guarded(() => openSync(this.name, 'r'));
    this.#readBytes = 0;
    try {
      for (;;) {
        const piece = Buffer.allocUnsafe(PIECE_BYTES);
        const length = this.#guarded(() => readSync(file, piece));
        if (length === 0) return;
        this.#readBytes += length;
        yield piece.subarray(0, length);
      }
    } finally {
      closeSync(file);
    }
  }

  /** The file of that name in the same folder, or null where there is none; not by a path, nor through a link. */
  beside(name: string): InputFile | null {
    if (!PLAIN_NAME.test(name)) return null;
    const path = join(dirname(this.name), name);
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? new InputFile(path) : null;
  }

  /** Counts anew what is handed out. */
  rewind(): void {
    this.#readBytes = 0;
  }

  /** What follows the first `at` bytes of it, in pieces of `pieceBytes` that are the caller's. Holds no file open. */
  *readPiecesFrom(at: number, pieceBytes: number): Generator<Uint8Array, void> {
    for (let next = at; ;) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const length = this.#guarded(() => {
        const file = openSync(this.name, 'r');
        try {
          return readSync(file, piece, 0, pieceBytes, next);
        } finally {
          closeSync(file);
        }
      });
      if (length === 0) return;
      next += length;
      this.#readBytes = Math.min(this.#fileBytes, this.#readBytes + length);
      yield piece.subarray(0, length);
    }
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
      throw new UsageError(`cannot read ${this.name} (${reason})`, 'check the path and its permissions', {
        cause,
      });
    }
  }
}
