/**
 * Input file: a file to import, read as a whole or piece by piece, as its form requires.
 */
import { closeSync, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refusedBySystem, UsageError } from '../errors.js';
import { readUserFile, requireEnding, requireUtf8 } from '../files.js';

/** Size of a piece in bytes. */
const PIECE_BYTES = 1_048_576;
/** Pattern of the names that a program generates for attachments. */
const PLAIN_NAME = /^\w[\w.-]{0,199}$/;
/** Number of bytes that identify a form. */
export const HEAD_BYTES = 4096;

/** An existing file. Every method throws a UsageError if it cannot be read. */
export class InputFile {
  /** Path, as the user named it. */
  readonly name: string;
  /** Its beginning, as text. */
  readonly head: string;
  readonly #start: Uint8Array;
  #fileBytes = 0;
  #readBytes = 0;

  constructor(path: string) {
    this.name = path;
    this.#start = this.#guarded(() => {
      requireEnding(path);
      const file = openSync(path, 'r');
      try {
        this.#fileBytes = fstatSync(file).size;
        const head = Buffer.alloc(HEAD_BYTES);
        return head.subarray(0, readSync(file, head));
      } finally {
        closeSync(file);
      }
    });
    this.head = Buffer.from(this.#start).toString();
  }

  /** Throws a UsageError if the file is UTF-16. */
  requireUtf8(): void {
    requireUtf8(this.#start, this.name);
  }

  /** Bytes of the file; 0 for a pipe. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Bytes that were returned since the start, or since the last rewind. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /** The whole content. */
  text(): string {
    this.#readBytes = this.#fileBytes;
    return readUserFile(this.name);
  }

  /** The whole content, in pieces that the caller owns. */
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

  /** The file of that name in the same folder, or null if missing. Paths and links are refused. */
  beside(name: string): InputFile | null {
    if (!PLAIN_NAME.test(name)) return null;
    const path = join(dirname(this.name), name);
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? new InputFile(path) : null;
  }

  /** Resets the count of returned bytes. */
  rewind(): void {
    this.#readBytes = 0;
  }

  /** The content after the first `at` bytes, in pieces of `pieceBytes` that the caller owns. Keeps no file open. */
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
      throw cause instanceof UsageError ? cause : refusedBySystem(`read ${this.name}`, cause);
    }
  }
}

/** Lines of a file that the user named, without white space around them and without empty ones. Throws a UsageError. */
export function readUserLines(path: string, what: string): readonly string[] {
  return readUserFile(path, what)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
