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

/** A place where a frame begins. */
export interface FoundFrame {
  /** Bytes before it. */
  readonly skippedBytes: number;
  /** Bytes from it on. */
  readonly bytes: Uint8Array;
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
  /** Bytes before them, which are given up and not kept. */
  #skippedBytes = 0;
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

  /** Bytes in which no frame was found yet. */
  get unfinishedBytes(): number {
    return this.#skippedBytes + this.#gathered.length;
  }

  /** Takes the next bytes; returns where a frame begins, null if none was found yet, or `lost` if none will be. */
  push(chunk: Uint8Array): FoundFrame | 'lost' | null {
    if (!this.#gathered.append(chunk)) {
      this.#skippedBytes += chunk.length;
      return 'lost';
    }
    const { bytes } = this.#gathered;
    for (; this.#at < bytes.length; this.#at += 1) {
      const verdict = this.#examine(bytes, this.#at);
      if (verdict === 'incomplete') break;
      if (this.#trialBytes < 0) return 'lost';
      if (verdict === 'frame')
        return {
          skippedBytes: this.#skippedBytes + this.#at,
          bytes: this.#gathered.take().slice(this.#at),
        };
    }
    this.#drop(bytes);
    return null;
  }

  /** Ends the search; returns how many bytes it took. */
  end(): number {
    const length = this.unfinishedBytes;
    this.#gathered.clear();
    return length;
  }

  /** Drops what was looked at, once that is half of the bytes, so that each is moved once on average. */
  #drop(bytes: Uint8Array): void {
    if (this.#at * 2 < bytes.length) return;
    const rest = bytes.subarray(this.#at);
    this.#gathered.clear();
    this.#gathered.append(rest);
    this.#skippedBytes += this.#at;
    this.#at = 0;
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
