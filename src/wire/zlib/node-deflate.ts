/**
 * zlib itself as a compressor of messages that do not refer back to each other: one engine, which is reset for each.
 *
 * `deflateRawSync` makes an engine of 268 KB for each call: 24 µs for a message of 695 bytes, against 14 here
 * (2026-11-30, Node 20), and its result keeps an output buffer of 16 KiB in memory. The messages inflate to
 * the same, but some bytes may differ: which of two matches zlib takes can depend on what the engine made before.
 */
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { NO_BYTES } from '../no-bytes.js';
import { isNodeTried, takeEngine } from './node-engine.js';

const SYNC_FLUSH = constants.Z_SYNC_FLUSH;
/** Memory for some 600 messages. Each is a view of it, so it lives as long as the last one that is kept. */
const SLAB_BYTES = 256 * 1024;
/** Longest payload for the slab; longer ones would leave too much of it unused. */
const MAX_SHARED_BYTES = SLAB_BYTES / 8;
/** Least length of node:zlib's own output buffer, which is not used. */
const LEAST_CHUNK_BYTES = 64;

let shared: NodeDeflate | null | undefined;

/** `payload` as deflate blocks that end in a sync flush (00 00 FF FF) and refer to nothing before them. */
export function deflateMessage(payload: Uint8Array): Uint8Array {
  if (shared === undefined) shared = openNodeDeflate();
  return shared?.push(payload) ?? deflateRawSync(payload, { finishFlush: SYNC_FLUSH });
}

/** Compressor with one engine. */
class NodeDeflate {
  readonly #deflate = takeEngine(createDeflateRaw({ chunkSize: LEAST_CHUNK_BYTES }));
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #slabAt = 0;
  #isBroken = false;

  constructor() {
    this.#deflate._handle.onerror = () => {
      this.#isBroken = true;
    };
  }

  /** Message for `payload`, or null if that is too long or the engine failed. */
  push(payload: Uint8Array): Uint8Array | null {
    if (payload.length > MAX_SHARED_BYTES) return null;
    // What cannot be compressed becomes a little longer.
    const roomBytes = payload.length + (payload.length >> 8) + 64;
    if (this.#slab.length - this.#slabAt < roomBytes) this.#renewSlab();
    const { _handle: engine, _writeState: state } = this.#deflate;
    const start = this.#slabAt;
    engine.reset();
    this.#isBroken = false;
    engine.writeSync(SYNC_FLUSH, payload, 0, payload.length, this.#slab, start, this.#slab.length - start);
    const [leftBytes = 0, unreadBytes = 0] = state;
    if (leftBytes === 0 || unreadBytes > 0 || !this.#isIntact) return null;
    this.#slabAt = this.#slab.length - leftBytes;
    return this.#slab.subarray(start, this.#slabAt);
  }

  get #isIntact(): boolean {
    return !this.#isBroken;
  }

  #renewSlab(): void {
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#slabAt = 0;
  }
}

/** A compressor that works in this version of Node, or null: tries one message twice. */
function openNodeDeflate(): NodeDeflate | null {
  if (!isNodeTried()) return null;
  try {
    const deflate = new NodeDeflate();
    const sample = Buffer.from('hello hello');
    const expected = deflateRawSync(sample, { finishFlush: SYNC_FLUSH });
    const succeeds = (): boolean => expected.equals(deflate.push(sample) ?? NO_BYTES);
    return succeeds() && succeeds() ? deflate : null;
  } catch {
    return null;
  }
}
