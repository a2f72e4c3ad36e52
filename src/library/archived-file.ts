/**
 * Archived file: a HAR in a ZIP archive, with the files that it refers to, as Playwright writes it for a path ending in
 * `.zip`.
 *
 * fflate reads archives, which node:zlib cannot; it does not compare checksums. All files are in memory, so there is a
 * bound on them. Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.4.
 */
import { Unzip, UnzipInflate } from 'fflate';
import { UsageError } from '../errors.js';
import { requireUtf8 } from '../files.js';
import { HEAD_BYTES, InputFile } from './input-file.js';
import type { ImportSource } from './forms/form.js';

/** First bytes of an archive. */
const MAGIC = 'PK\u0003\u0004';
/** Most bytes of the files of an archive; also bounds the time, with all that an archive claims to be larger. */
const MAX_ARCHIVE_BYTES = 256 * 2 ** 20;
/** Most files of an archive. */
const MAX_FILES = 10_000;
/** Bytes that fflate is given at once: they expand to 66 MB at most. */
const PUSH_BYTES = 65_536;

/** An existing file to import, or the HAR in it if it is an archive. Throws a UsageError. */
export function openImportFile(path: string): InputFile | ArchivedFile {
  const file = new InputFile(path);
  if (!file.head.startsWith(MAGIC)) return file;
  const files = unpack(file);
  const names = [...files.keys()].filter((name) => name.endsWith('.har'));
  const [name, ...others] = names;
  if (name === undefined)
    throw new UsageError(`${path} is an archive without a HAR file`, 'name another file');
  if (others.length > 0)
    throw new UsageError(`${path} has ${names.length} HAR files`, 'unpack it, and import them one by one');
  return new ArchivedFile(path, name, files);
}

type Files = ReadonlyMap<string, Uint8Array>;

/** One file of an archive. */
class ArchivedFile implements ImportSource {
  readonly name: string;
  readonly head: string;
  readonly fileBytes: number;
  readonly #bytes: Uint8Array;
  readonly #archive: string;
  readonly #files: Files;
  #readBytes = 0;

  constructor(archive: string, name: string, files: Files) {
    this.#archive = archive;
    this.#files = files;
    this.name = `${archive}/${name}`;
    this.#bytes = files.get(name) ?? new Uint8Array();
    this.fileBytes = this.#bytes.length;
    this.head = Buffer.from(this.#bytes.subarray(0, HEAD_BYTES)).toString();
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  requireUtf8(): void {
    requireUtf8(this.#bytes.subarray(0, HEAD_BYTES), this.name);
  }

  text(): string {
    this.#readBytes = this.fileBytes;
    return Buffer.from(this.#bytes).toString();
  }

  *pieces(): Generator<Uint8Array, void> {
    this.#readBytes = this.fileBytes;
    yield Uint8Array.from(this.#bytes);
  }

  beside(name: string): ArchivedFile | null {
    return this.#files.has(name) ? new ArchivedFile(this.#archive, name, this.#files) : null;
  }

  rewind(): void {
    this.#readBytes = 0;
  }

  *readPiecesFrom(at: number, pieceBytes: number): Generator<Uint8Array, void> {
    for (let next = at; next < this.fileBytes; next += pieceBytes) {
      const piece = this.#bytes.slice(next, next + pieceBytes);
      this.#readBytes = Math.min(this.fileBytes, this.#readBytes + piece.length);
      yield piece;
    }
  }
}

/** Files of an archive by their names. Throws a UsageError if it is broken or too large. */
function unpack(archive: InputFile): Files {
  const files = new Map<string, Uint8Array[]>();
  let bytes = 0;
  const unzip = new Unzip((entry) => {
    const parts: Uint8Array[] = [];
    files.set(entry.name, parts);
    if (files.size > MAX_FILES) throw tooLarge(archive.name);
    entry.ondata = (error, part) => {
      const failure = error as Error | null; // the types do not say that there may be none
      if (failure !== null) throw failure;
      bytes += part.length;
      if (bytes > MAX_ARCHIVE_BYTES) throw tooLarge(archive.name);
      parts.push(part);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    for (const piece of archive.pieces()) {
      for (let at = 0; at < piece.length; at += PUSH_BYTES) unzip.push(piece.subarray(at, at + PUSH_BYTES));
    }
    unzip.push(new Uint8Array(), true);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(
      `${archive.name} is an archive that cannot be read`,
      'unpack it, and import the HAR file',
      {
        cause,
      },
    );
  }
  return new Map([...files].map(([name, parts]) => [name, Buffer.concat(parts)]));
}

function tooLarge(path: string): UsageError {
  const most = `${MAX_ARCHIVE_BYTES / 2 ** 20} MiB, or ${MAX_FILES} files`;
  return new UsageError(`${path} holds more than ${most}`, 'unpack it, and import the HAR file');
}
