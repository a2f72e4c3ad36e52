/**
 * Outline of a HAR file: positions and small fields of its entries, without the large ones.
 *
 * A file of any size is read in pieces, in two passes: browsers write the messages before the request that they belong
 * to, and entries overlap in time. This is the first pass; the second one goes to the places that it found.
 */
import { UsageError } from '../../../errors.js';
import { BrokenJson, JsonPicker, type Choice, type Choose, type Picked } from '../../../wire/json/picker.js';
import type { ImportSource } from '../form.js';

/** Key of a WebSocket's messages. */
export const MESSAGES = '_webSocketMessages';
/** Key of the name of a file beside this one. */
const FILE = '_file';
/** Key of gatetape's own fields. */
export const OWN = '_gatetape';

/** Outline of an entry. */
export interface OutlinedEntry {
  /** Position among the entries, from 0. */
  readonly index: number;
  /** Bytes of the file before it. */
  readonly at: number;
  /** Bytes of the file before its messages; null if it has none, because it is not a WebSocket. */
  messagesAt: number | null;
  /** Fields of the entry, of its request and of its answer that are small. */
  readonly fields: Record<string, unknown> & {
    readonly request: Record<string, unknown>;
    readonly response: Record<string, unknown>;
  };
}

const ENTRY_FIELDS: readonly unknown[] = ['startedDateTime', 'time', '_webSocketClose', OWN];
const MESSAGE_FIELDS: readonly unknown[] = ['url', 'status', 'headers'];
const ENTRY_DEPTH = 3;
/** Bytes of a piece in the second pass: each connection that is open meanwhile holds one. */
const PIECE_BYTES = 32_768;
/** Bytes that show what kind of value begins there. */
const HEAD_BYTES = 64;

/** Outline of one file. */
export class HarOutline {
  readonly #file: ImportSource;
  #entry: OutlinedEntry | null = null;
  #finished: OutlinedEntry[] = [];
  #ownAt: number | null = null;

  constructor(file: ImportSource) {
    this.#file = file;
  }

  /** Entries in the order of the file. Throws a UsageError if it is not a HAR file. */
  *entries(): Generator<OutlinedEntry, void> {
    const picker = new JsonPicker(this.#choose);
    for (const picked of readPickedFrom(this.#file, this.#file.pieces(), picker)) {
      this.#take(picked);
      yield* this.#finished.splice(0);
    }
    yield* this.#finished.splice(0);
    if (this.#entry !== null) yield this.#entry;
  }

  /**
   * Bytes of the file before gatetape's rows of the log, known after the last entry; null if there are none.
   */
  get ownAt(): number | null {
    return this.#ownAt;
  }

  readonly #choose: Choose = (path, at): Choice => {
    const [log, list, index, field] = path;
    if (path.length > ENTRY_DEPTH) return this.#chooseWithin(path.slice(ENTRY_DEPTH), at);
    if ((log ?? 'log') !== 'log') return 'skip';
    if (list === OWN && index === undefined) this.#ownAt = at;
    if ((list ?? 'entries') !== 'entries') return 'skip';
    if (index !== undefined && field === undefined) this.#begin(Number(index), at);
    return 'enter';
  };

  /** Stores a picked value in its entry. */
  #take({ path: [, , , field, part, within], value }: Picked): void {
    const fields = this.#entry?.fields;
    if (fields === undefined || field === undefined) return;
    if (within === FILE) fields.response[FILE] = value;
    else if (part === undefined) {
      // A value that should be an object but is not counts as missing.
      if (ENTRY_FIELDS.includes(field)) fields[field] = value;
    } else if ((field === 'request' || field === 'response') && MESSAGE_FIELDS.includes(part)) {
      fields[field][part] = value;
    }
  }

  #begin(index: number, at: number): void {
    if (this.#entry !== null) this.#finished.push(this.#entry);
    this.#entry = { index, at, messagesAt: null, fields: { request: {}, response: {} } };
  }

  #chooseWithin([field, part, within]: readonly (string | number)[], at: number): Choice {
    if (within !== undefined) return within === FILE ? 'take' : 'skip';
    if (field === 'response' && part === 'content') return 'enter';
    if (part !== undefined) return MESSAGE_FIELDS.includes(part) ? 'take' : 'skip';
    if (field === MESSAGES && this.#entry !== null) this.#entry.messagesAt = at;
    if (field === 'request' || field === 'response') return 'enter';
    return ENTRY_FIELDS.includes(field) ? 'take' : 'skip';
  }
}

/** Whether the value that begins `at` bytes into the file is a list. */
export function isListAt(file: ImportSource, at: number): boolean {
  for (const piece of file.readPiecesFrom(at, HEAD_BYTES)) {
    const [first] = Buffer.from(piece).toString('latin1').trimStart();
    if (first !== undefined) return first === '[';
  }
  return false;
}

/** Picked parts of the value that begins `at` bytes into the file. Throws a UsageError if it is broken. */
export function readPicked(file: ImportSource, at: number, choose: Choose): Generator<Picked, void> {
  return readPickedFrom(file, file.readPiecesFrom(at, PIECE_BYTES), new JsonPicker(choose, true));
}

function* readPickedFrom(
  file: ImportSource,
  pieces: Iterable<Uint8Array>,
  picker: JsonPicker,
): Generator<Picked, void> {
  try {
    for (const piece of pieces) {
      yield* picker.push(piece);
      if (picker.isDone) return;
    }
    picker.end();
  } catch (error) {
    if (!(error instanceof BrokenJson)) throw error;
    throw new UsageError(`${file.name} is not a HAR file (${error.message})`, 'export it again', {
      cause: error,
    });
  }
}
