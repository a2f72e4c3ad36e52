/**
 * Transport compression `zlib-stream`: one endless RFC 1950 stream per socket, cut into WebSocket messages.
 *
 * A payload is complete when the bytes so far end in the marker of a sync flush. Clients look for it only in the newest
 * message; here it may also be split over two, because a recorder should read more than clients do. Each message is
 * inflated on arrival, so that slow or endless payloads do not pile up compressed.
 * Source: Discord Docs/Gateway, "Transport Compression"; RFC 1951 section 3.2.4 for the empty stored block.
 */
import {
  BoundedOutput,
  type Inflated,
  type InflateLimits,
  type Inflater,
  type ZlibContext,
} from '../inflated.js';
import type { InflateBudget } from '../inflate-budget.js';

type InflateFailure = 'inflate_failed' | 'too_complex';

/** Last four bytes of a payload, 00 00 FF FF: length and complement of an empty stored block. */
const SYNC_MARKER = 0x0000ffff;
/** Largest factor by which deflate can expand: 258 bytes for two bits, and its blocks' overhead. */
const MAX_EXPANSION = 1032;
/** Shortest and longest piece for a separate call; the latter expands to 16 MiB at the most. */
const MIN_PIECE_BYTES = 4 * 1024;
const MAX_PIECE_BYTES = 16 * 1024;

/** Inflater of one `zlib-stream` connection over a context of either implementation. */
export class ZlibStreamInflater implements Inflater {
  readonly #context: ZlibContext;
  readonly #output: BoundedOutput;
  readonly #budget: InflateBudget | null;
  /** A piece of this length cannot inflate to much more than the limit, which stops decompression bombs. */
  readonly #pieceBytes: number;
  #isLost = false;
  /** Last four bytes since the last complete payload, big-endian. */
  #tail = -1;

  constructor(context: ZlibContext, limits: InflateLimits) {
    this.#context = context;
    this.#output = new BoundedOutput(limits);
    this.#budget = limits.budget ?? null;
    const safeBytes = Math.floor(limits.maxPayloadBytes / MAX_EXPANSION);
    this.#pieceBytes = Math.min(Math.max(MIN_PIECE_BYTES, safeBytes), MAX_PIECE_BYTES);
  }

  push(message: Uint8Array): Inflated {
    if (this.#isLost) return { status: 'context_lost' };
    if (message.length === 0) return { status: 'partial' };
    const fault = this.#inflate(message);
    if (fault !== null) {
      this.close();
      return { status: fault };
    }
    this.#tail = lastFourBytes(message, this.#tail);
    if (this.#tail === SYNC_MARKER) return this.#take();
    this.#output.settle();
    return { status: 'partial' };
  }

  close(): void {
    this.#isLost = true;
    this.#context.close();
    this.#take();
  }

  /** Feeds a message to the context in pieces; returns the fault, or null. */
  #inflate(message: Uint8Array): InflateFailure | null {
    for (let start = 0; start < message.length;) {
      const end = start + this.#pieceBytes;
      const isWhole = start === 0 && message.length <= end;
      const fault = this.#inflatePiece(isWhole ? message : message.subarray(start, end));
      if (fault !== null) return fault;
      start = end;
    }
    return null;
  }

  #inflatePiece(piece: Uint8Array): InflateFailure | null {
    const bytes = this.#context.push(piece);
    if (bytes === null) return 'inflate_failed';
    this.#output.add(bytes);
    return this.#budget === null || this.#budget.spend(bytes.length) ? null : 'too_complex';
  }

  /** Ends a payload. */
  #take(): Inflated {
    this.#tail = -1;
    return this.#output.take();
  }
}

/** Last four bytes of `message` as a big-endian number; a shorter one is appended to the earlier `tail`. */
function lastFourBytes(message: Uint8Array, tail: number): number {
  let last = tail;
  for (let i = Math.max(0, message.length - 4); i < message.length; i++)
    last = (last << 8) | (message[i] ?? 0);
  return last;
}
