/**
 * Transport compression `zlib-stream`: one endless RFC 1950 stream a socket, cut into WebSocket messages.
 *
 * A payload is complete when the bytes so far end in the marker of a sync flush. Clients look for it in the newest
 * message alone; here it may also be split over two, because a recorder should read more than clients do.
 * Each message is inflated as it comes, so that neither slow nor endless payloads pile up compressed.
 * Source: Discord Docs/Gateway, "Transport Compression"; RFC 1951 section 3.2.4 for the empty stored block.
 */
import { BoundedOutput } from '../bounded-output.js';
import type { Inflated, InflateLimits, Inflater, ZlibContext } from '../inflated.js';

/** Last four bytes of a payload, 00 00 FF FF: length and complement of an empty stored block. */
const SYNC_MARKER = 0x0000ffff;
/** Largest factor by which deflate can expand: 258 bytes for two bits, and its blocks' overhead. */
const MAX_EXPANSION = 1032;
/** Shortest piece worth a call of its own. */
const MIN_PIECE_BYTES = 4096;
/** Longest piece: zlib-sync keeps room for the longest output of a piece for as long as the connection lasts. */
const MAX_PIECE_BYTES = 16_384;

/** Inflater of one `zlib-stream` connection over a context of either implementation. */
export class ZlibStreamInflater implements Inflater {
  readonly #context: ZlibContext;
  readonly #output: BoundedOutput;
  /** A piece this long cannot inflate to much more than the limit, so no bomb can either. */
  readonly #pieceBytes: number;
  #isLost = false;
  #pendingBytes = 0;
  /** Last four bytes since the last complete payload, big-endian. */
  #tail = -1;

  constructor(context: ZlibContext, limits: InflateLimits) {
    this.#context = context;
    this.#output = new BoundedOutput(limits.maxPayloadBytes);
    const safeBytes = Math.floor(limits.maxPayloadBytes / MAX_EXPANSION);
    this.#pieceBytes = Math.min(MAX_PIECE_BYTES, Math.max(MIN_PIECE_BYTES, safeBytes));
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(message: Uint8Array): Inflated {
    if (this.#isLost) return { status: 'context_lost' };
    if (message.length === 0) return { status: 'partial' };
    this.#pendingBytes += message.length;
    if (!this.#inflate(message)) {
      this.#isLost = true;
      this.#take();
      return { status: 'inflate_failed' };
    }
    this.#tail = lastFourBytes(message, this.#tail);
    return this.#tail === SYNC_MARKER ? this.#take() : { status: 'partial' };
  }

  /** Feeds a message to the context in pieces; false when it is broken. */
  #inflate(message: Uint8Array): boolean {
    const pieceBytes = this.#pieceBytes;
    if (message.length <= pieceBytes) return this.#inflatePiece(message);
    for (let start = 0; start < message.length; start += pieceBytes) {
      if (!this.#inflatePiece(message.subarray(start, start + pieceBytes))) return false;
    }
    return true;
  }

  #inflatePiece(piece: Uint8Array): boolean {
    const bytes = this.#context.push(piece);
    if (bytes !== null) this.#output.add(bytes);
    return bytes !== null;
  }

  /** Ends a payload. */
  #take(): Inflated {
    this.#pendingBytes = 0;
    this.#tail = -1;
    return this.#output.take();
  }
}

/** Last four bytes of `message` as a big-endian number; a shorter one is joined to the `tail` before it. */
function lastFourBytes(message: Uint8Array, tail: number): number {
  let last = tail;
  for (let i = Math.max(0, message.length - 4); i < message.length; i++)
    last = (last << 8) | (message[i] ?? 0);
  return last;
}
