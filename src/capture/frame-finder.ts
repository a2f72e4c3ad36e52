/**
 * Frame finder: finds where a frame begins in a sender's stream whose beginning is missing.
 *
 * WebSocket has no marks between frames. A place counts only if a whole unfragmented message begins there that decodes
 * to a payload: the bytes before it are given up, and decoding goes on from there. JSON cannot contain such a place,
 * because a frame's first byte never starts a character, and quotes inside of a string are escaped. A stream that is
 * compressed with one context for all messages cannot be decoded again, so it is not searched. Pure; see RFC 6455
 * section 5.2.
 */
import { PayloadDecoder, type PayloadDecoderOptions } from '../gateway/decode/decoder.js';
import { BOUNDS } from '../wire/bounds.js';
import { ETF_VERSION } from '../wire/etf/reader.js';
import { applyMask, type FrameHeader, OPCODE, readFrameHeader } from '../wire/frame.js';
import { GatheredBytes, type HeldBytes } from '../wire/held-bytes.js';
import { FrameParser, type FrameParserOptions } from '../wire/websocket.js';
import { hasZlibHeader } from '../wire/zlib/header.js';

/** Settings of a finder: those of the stream's parser and decoder. */
export interface FrameFinderOptions {
  readonly parser: FrameParserOptions & { readonly held: HeldBytes };
  readonly decoder: PayloadDecoderOptions;
}

/** Result of a chunk. */
export interface SearchStep {
  /** Bytes in which no frame begins: of the chunk and of those that were held before it. */
  readonly skippedBytes: number;
  /** The bytes from a frame's beginning on, null if none was found yet, or `lost` if the search ends without one. */
  readonly found: Uint8Array | 'lost' | null;
}

type Verdict = 'frame' | 'no frame' | 'incomplete';

const FINAL = 0x80;
const OPEN_BRACE = 0x7b;
/** Bytes that can follow the brace of an object: a quote, white space, or the closing brace. */
const AFTER_BRACE: ReadonlySet<number> = new Set([0x22, 0x20, 0x09, 0x0a, 0x0d, 0x7d]);
/** Tags of a map, and of a compressed term. */
const ETF_TAGS: ReadonlySet<number> = new Set([116, 80]);
/** Bytes of a payload that are looked at before all of it is there. */
const LOOK_BYTES = 2;

/** Cost of a trial besides its bytes. */
const TRIAL_BYTES = 1024;

/** Searches one stream. */
export class FrameFinder {
  readonly #options: FrameFinderOptions;
  /** Bytes from which a frame may still begin. */
  readonly #gathered: GatheredBytes;
  /** Place that is looked at next. */
  #at = 0;
  /** Bytes that may still be decoded in vain. */
  #trialBytes: number = BOUNDS.resyncBytes;

  /** Null if the stream cannot be decoded from its middle on. */
  static open(options: FrameFinderOptions): FrameFinder | null {
    const { sender, transport } = options.decoder;
    return sender === 'client' || transport.compress === 'none' ? new FrameFinder(options) : null;
  }

  private constructor(options: FrameFinderOptions) {
    this.#options = options;
    this.#gathered = new GatheredBytes(options.parser.held);
  }

  /** Bytes from which a frame may still begin. */
  get unfinishedBytes(): number {
    return this.#gathered.length;
  }

  /** Takes the next chunk. */
  push(chunk: Uint8Array): SearchStep {
    if (!this.#gathered.append(chunk)) return { skippedBytes: this.end() + chunk.length, found: 'lost' };
    const { bytes } = this.#gathered;
    for (; this.#at < bytes.length; this.#at += 1) {
      const verdict = this.#examine(bytes, this.#at);
      if (verdict === 'incomplete') break;
      if (this.#trialBytes < 0) return { skippedBytes: this.end(), found: 'lost' };
      if (verdict === 'frame')
        return { skippedBytes: this.#at, found: this.#gathered.take().slice(this.#at) };
    }
    return { skippedBytes: this.#drop(bytes), found: null };
  }

  /** Ends the search; returns how many bytes it still held. */
  end(): number {
    const { length } = this.#gathered;
    this.#gathered.clear();
    return length;
  }

  /**
   * Drops the bytes that were looked at and returns their number. The rest is moved, which costs no more than what came
   * before: the rest is no longer than the chunk and the frame that was decoded in vain.
   */
  #drop(bytes: Uint8Array): number {
    const skippedBytes = this.#at;
    if (skippedBytes === 0) return 0;
    this.#gathered.clear();
    this.#gathered.append(bytes.subarray(skippedBytes));
    this.#at = 0;
    return skippedBytes;
  }

  #examine(bytes: Uint8Array, at: number): Verdict {
    const first = bytes[at] ?? 0;
    if (first !== (FINAL | OPCODE.text) && first !== (FINAL | OPCODE.binary)) return 'no frame';
    const header = readFrameHeader(bytes, at);
    if (header === null) return 'incomplete';
    const { sender } = this.#options.decoder;
    const { length, mask, headerBytes } = header;
    if ((mask !== null) !== (sender === 'client')) return 'no frame';
    if (length < LOOK_BYTES || length > this.#options.parser.maxPayloadBytes) return 'no frame';
    const start = at + headerBytes;
    if (bytes.length < start + LOOK_BYTES) return 'incomplete';
    if (!this.#canStart(first, unmasked(bytes.slice(start, start + LOOK_BYTES), header))) return 'no frame';
    if (bytes.length < start + length) return 'incomplete';
    return this.#decodes(bytes.slice(at, start + length)) ? 'frame' : 'no frame';
  }

  /** Whether a message can begin with these bytes. */
  #canStart(firstOfFrame: number, bytes: Uint8Array): boolean {
    const [first = 0, second = 0] = bytes;
    if (first === OPEN_BRACE) return AFTER_BRACE.has(second);
    if (firstOfFrame !== (FINAL | OPCODE.binary)) return false;
    return (first === ETF_VERSION && ETF_TAGS.has(second)) || hasZlibHeader(bytes);
  }

  #decodes(frame: Uint8Array): boolean {
    // Whatever it is, it may inflate to so much.
    const cost = frame.length + (frame[0] === (FINAL | OPCODE.binary) ? BOUNDS.inflateBase : TRIAL_BYTES);
    this.#trialBytes -= cost;
    const { parser, decoder } = this.#options;
    const [message, ...more] = new FrameParser(parser).push(frame);
    if (message === undefined || more.length > 0) return false;
    const results = new PayloadDecoder(decoder).push(message);
    const isPayload = results.every(({ status }) => status === 'ok');
    // A search that succeeds costs nothing.
    if (isPayload) this.#trialBytes += cost;
    return isPayload;
  }
}

function unmasked(bytes: Uint8Array, { mask }: FrameHeader): Uint8Array {
  if (mask !== null) applyMask(bytes, mask, 0);
  return bytes;
}
