/**
 * Transport compression `zstd-stream`: zstd frames in WebSocket messages, one payload per message.
 *
 * Discord sends one endless frame per socket, other gateways a complete frame for each payload; both are read. A
 * message that ends within a block is completed by the next one.
 * Source: Discord Docs/Gateway, "Transport Compression"; RFC 8878.
 */
import { BoundedOutput, type Inflated, type InflateLimits, type Inflater } from '../inflated.js';
import { ZstdCorruption, ZstdOverBudget } from './bits.js';
import { ZstdDecoder } from './decoder.js';

/** Longest piece of a message that is fed to the decoder at once: it makes a copy. */
const MAX_PIECE_BYTES = 1024 * 1024;

/** Inflater of one `zstd-stream` connection. */
export class ZstdStreamInflater implements Inflater {
  readonly #output: BoundedOutput;
  readonly #decoder: ZstdDecoder;
  #isLost = false;

  constructor(limits: InflateLimits) {
    const output = new BoundedOutput(limits);
    this.#output = output;
    this.#decoder = new ZstdDecoder((bytes) => output.add(bytes), limits);
  }

  push(message: Uint8Array): Inflated {
    if (this.#isLost) return { status: 'context_lost' };
    const fault = this.#decode(message);
    if (fault !== null) {
      this.close();
      return { status: fault };
    }
    // A message without output, such as a frame's header alone, belongs to the payload that follows.
    if (this.#output.length === 0 || !this.#decoder.isAtBoundary) return { status: 'partial' };
    return this.#output.take();
  }

  close(): void {
    this.#isLost = true;
    this.#output.take();
    this.#decoder.close();
  }

  /** Feeds a message to the decoder; returns the fault, or null. */
  #decode(message: Uint8Array): 'inflate_failed' | 'too_complex' | null {
    try {
      for (let start = 0; start < message.length; start += MAX_PIECE_BYTES) {
        this.#decoder.push(message.subarray(start, start + MAX_PIECE_BYTES));
      }
      return null;
    } catch (error) {
      if (error instanceof ZstdCorruption) return 'inflate_failed';
      if (error instanceof ZstdOverBudget) return 'too_complex';
      throw error;
    }
  }
}
