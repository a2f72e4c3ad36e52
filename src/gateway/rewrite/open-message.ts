/**
 * Open message: a WebSocket message whose fragments are put together, and how much of it may go on before it is whole.
 *
 * A fragment without the key of READY's URL, and without the beginning of that key at its end, can be passed as it is:
 * all changes are in later fragments.
 */
import { NO_BYTES } from '../../wire/no-bytes.js';
import type { HeldFrame } from './held-frames.js';
import { canStartZlib } from '../../wire/zlib/header.js';

const KEY = Buffer.from('resume_gateway_url');

const NO_TAIL = Buffer.alloc(0);

/** A message from its first fragment on. */
export class OpenMessage {
  /** Opcode and RSV1 of its first fragment. */
  readonly opcode: number;
  readonly isDeflated: boolean;
  readonly #pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  #sentBytes = 0;
  /** The key has been seen, or the message cannot be read in parts. */
  #isKept = false;
  /** End of what was looked at and kept: perhaps the beginning of the key. */
  #tail: Buffer = NO_TAIL;

  constructor({ opcode, isDeflated }: Pick<HeldFrame, 'opcode' | 'isDeflated'>) {
    this.opcode = opcode;
    this.isDeflated = isDeflated;
  }

  /** Fragments so far. */
  get frames(): number {
    return this.#pieces.length;
  }

  /** Bytes of data that have gone on before the message was whole. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Adds the data of the next fragment. */
  add(data: Uint8Array): void {
    // A message of payload compression is one zlib buffer.
    if (this.#sizeBytes === 0 && canStartZlib(data[0])) this.#isKept = true;
    this.#pieces.push(data);
    this.#sizeBytes += data.length;
  }

  /** Data of all fragments. */
  data(): Uint8Array {
    const [first = NO_BYTES] = this.#pieces;
    return this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }

  /** Whether everything so far may go on, `newest` being the data added last; it counts as sent then. */
  passesWithout(newest: Uint8Array): boolean {
    if (this.#isKept) return false;
    const looked = Buffer.concat([this.#tail, newest]);
    this.#isKept = looked.includes(KEY);
    this.#tail = looked.subarray(-(KEY.length - 1));
    if (this.#isKept || endsInBeginning(this.#tail)) return false;
    this.#tail = NO_TAIL;
    this.#sentBytes = this.#sizeBytes;
    return true;
  }
}

/** Whether some end of `tail` is a beginning of the key. */
function endsInBeginning(tail: Buffer): boolean {
  for (let at = 0; at < tail.length; at += 1) {
    if (tail.subarray(at).equals(KEY.subarray(0, tail.length - at))) return true;
  }
  return false;
}
