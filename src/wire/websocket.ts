/**
 * WebSocket: the raw bytes of one direction become frames, and frames become bytes.
 *
 * The parser joins fragments, unmasks in place and never throws: a violation of RFC 6455 yields a frame with a `fault`,
 * and framing continues as long as the length is known. An incomplete frame is a normal result: it is completed by
 * later chunks. The parser does not inflate, check UTF-8 or check which side has to mask. Hand-written because a
 * recorder needs the raw bytes, a parser without I/O, and one that never throws. `ws` has none of the
 * three, and is the referee in the tests.
 * Source: RFC 6455 sections 5.2 to 5.5 and 7.1.5; RFC 7692 section 6 for RSV1.
 */
import { NO_BYTES } from './no-bytes.js';
import {
  applyMask,
  type CloseInfo,
  type Frame,
  type FrameHeader,
  type FrameKind,
  KIND_OF_OPCODE,
  maskFromBytes,
  MAX_HEADER_BYTES,
  OPCODE,
  readFrameHeader,
  RSV1,
  writeFrameHeader,
} from './frame.js';
import { GatheredBytes, HeldBytes } from './held-bytes.js';

// RFC 6455 §5.5: control frames carry 125 bytes at most, of which a close code takes two (§5.5.1).
const MAX_CONTROL_BYTES = 125;
const CLOSE_CODE_BYTES = 2;

// A private copy, because V8 looks up exported constants on every read.
const KINDS = KIND_OF_OPCODE;

/** Limits and negotiated extensions of a `FrameParser`. */
export interface FrameParserOptions {
  /** Longest message whose bytes are kept; a longer one is counted and reported as `too_large`. */
  readonly maxPayloadBytes: number;
  /** True when the handshake agreed on permessage-deflate, which gives RSV1 a meaning; default false. */
  readonly isDeflateNegotiated?: boolean;
  /** Count of the bytes that all connections hold; default: only this connection's. */
  readonly held?: HeldBytes;
}

/** Parser of one direction of a connection. Owns the chunks: it unmasks in place, and frames may alias them. */
export class FrameParser {
  readonly #maxPayloadBytes: number;
  readonly #isDeflateNegotiated: boolean;
  readonly #held: HeldBytes;
  /** Bytes of a header that continues in the next chunk. */
  #cutHeader: Uint8Array = NO_BYTES;
  /** Header of the frame whose payload is being read, or null between frames. */
  #header: FrameHeader | null = null;
  /** Payload bytes of that frame received so far. */
  #position = 0;
  /** Control frame, or faulty frame outside of a message, that is being read. */
  #single: FrameAssembly | null = null;
  /** Message being read; outlives its fragments, with control frames in between. */
  #message: FrameAssembly | null = null;

  constructor(options: FrameParserOptions) {
    this.#maxPayloadBytes = options.maxPayloadBytes;
    this.#isDeflateNegotiated = options.isDeflateNegotiated ?? false;
    this.#held = options.held ?? new HeldBytes(Infinity);
  }

  /** Bytes of the frame or message that is not whole yet, with the headers of its frames. */
  get unfinishedBytes(): number {
    return this.#cutHeader.length + (this.#single?.streamBytes ?? 0) + (this.#message?.streamBytes ?? 0);
  }

  /** Takes the next bytes of the stream, cut anywhere, and returns the frames they complete, in order. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      at =
        this.#header === null
          ? this.#readHeader(chunk, at, frames)
          : this.#readPayload(this.#header, chunk, at, frames);
    }
    return frames;
  }

  /** Ends the stream; returns the unfinished frame, unmasked, or null if no frame was open. */
  end(): Frame | null {
    const single = this.#single;
    const open = this.#message ?? single;
    const isWithinHeader = this.#cutHeader.length > 0;
    this.#cutHeader = NO_BYTES;
    this.#header = this.#single = this.#message = null;
    if (open !== single) single?.discard('too_large');
    if (open !== null) return open.finish('truncated');
    return isWithinHeader ? new FrameAssembly('binary', false, this.#held).finish('truncated') : null;
  }

  /** Reads a header, if necessary across chunks, and opens its frame; returns where the payload starts. */
  #readHeader(chunk: Uint8Array, at: number, frames: Frame[]): number {
    const cut = this.#cutHeader.length;
    const source =
      cut === 0 ? chunk : joined(this.#cutHeader, chunk.subarray(at, at + MAX_HEADER_BYTES - cut));
    const start = cut === 0 ? at : 0;
    const header = readFrameHeader(source, start);
    if (header === null) {
      this.#cutHeader = source.slice(start);
      return chunk.length;
    }
    this.#cutHeader = NO_BYTES;
    this.#header = header;
    this.#position = 0;
    this.#open(header, frames);
    (this.#single ?? this.#message)?.addHeader(header.headerBytes);
    const payloadAt = at + header.headerBytes - cut;
    return header.length === 0 ? this.#readPayload(header, chunk, payloadAt, frames) : payloadAt;
  }

  /** Moves payload bytes into the open frame; closes it when they are all there. */
  #readPayload(header: FrameHeader, chunk: Uint8Array, at: number, frames: Frame[]): number {
    const target = this.#single ?? this.#message;
    if (target === null) return at;
    const end = Math.min(chunk.length, at + header.length - this.#position);
    const piece = chunk.subarray(at, end);
    if (header.mask !== null) applyMask(piece, header.mask, this.#position);
    target.add(piece, header.length - this.#position, header.isFinal);
    this.#position += piece.length;
    if (this.#position === header.length) this.#close(header, target, frames);
    return end;
  }

  /** Assigns a frame to its message, and detects faults. */
  #open(header: FrameHeader, frames: Frame[]): void {
    if (header.opcode === OPCODE.continuation && this.#message !== null) {
      if (header.reserved !== 0) this.#message.fail('protocol_error');
      this.#limit(this.#message, header);
      return;
    }
    const kind = KINDS[header.opcode];
    const isData = kind === 'text' || kind === 'binary';
    const isDeflated = isData && this.#isDeflateNegotiated && header.reserved === RSV1;
    const opened = new FrameAssembly(kind ?? 'binary', isDeflated, this.#held);
    if (kind === undefined || (header.reserved !== 0 && !isDeflated)) opened.fail('protocol_error');
    if (isData) this.#openMessage(opened, frames);
    else this.#openSingle(opened, header);
    this.#limit(opened, header);
  }

  #openMessage(opened: FrameAssembly, frames: Frame[]): void {
    // A new message inside another one: the first one ends here, incomplete.
    if (this.#message !== null) frames.push(this.#message.finish('protocol_error'));
    this.#message = opened;
  }

  #openSingle(opened: FrameAssembly, header: FrameHeader): void {
    if (!header.isFinal || header.length > MAX_CONTROL_BYTES) opened.fail('protocol_error');
    this.#single = opened;
  }

  #limit(target: FrameAssembly, header: FrameHeader): void {
    if (header.length === Infinity) target.fail('protocol_error');
    if (target.wireBytes + header.length > this.#maxPayloadBytes) target.discard('too_large');
  }

  #close(header: FrameHeader, target: FrameAssembly, frames: Frame[]): void {
    this.#header = null;
    if (target === this.#single) this.#single = null;
    else if (header.isFinal) this.#message = null;
    else return;
    frames.push(target.finish(null));
  }
}

/** One unfragmented frame, as it is to be encoded. */
export interface PlainFrame {
  readonly kind: FrameKind;
  readonly data: Uint8Array;
  readonly isDeflated?: boolean;
}

/** Bytes of one unfragmented frame; masked when `mask` holds the four bytes of a key. */
export function encodeFrame(frame: PlainFrame, mask: Uint8Array | null = null): Uint8Array {
  const [header, data] = framePieces(frame, mask);
  const bytes = Buffer.concat([header, data]);
  if (mask !== null) applyMask(bytes.subarray(header.length), maskFromBytes(mask), 0);
  return bytes;
}

/** Header and data of one unfragmented frame; the data unmasked; the caller masks it if `mask` is given. */
export function framePieces(
  { kind, data, isDeflated = false }: PlainFrame,
  mask: Uint8Array | null = null,
): readonly [header: Uint8Array, data: Uint8Array] {
  const firstByte = 0x80 | (isDeflated ? RSV1 << 4 : 0) | OPCODE[kind];
  return [writeFrameHeader(firstByte, data.length, mask), data];
}

/** Reads the body of a close frame. Invalid UTF-8 in the reason becomes U+FFFD; a single byte is not a code. */
export function parseClose(data: Uint8Array): CloseInfo {
  if (data.length < CLOSE_CODE_BYTES) return { code: null, reason: '' };
  const code = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  return { code, reason: new TextDecoder().decode(data.subarray(CLOSE_CODE_BYTES)) };
}

/** Body of a close frame; `code` null makes the empty one. A reason over 123 bytes is cut between characters. */
export function encodeClose(code: number | null, reason = ''): Uint8Array {
  if (code === null) return NO_BYTES;
  const body = new Uint8Array(MAX_CONTROL_BYTES);
  new DataView(body.buffer).setUint16(0, code);
  const { written } = new TextEncoder().encodeInto(reason, body.subarray(CLOSE_CODE_BYTES));
  return body.subarray(0, CLOSE_CODE_BYTES + written);
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/**
 * Bytes of one message or control frame, collected until it is whole. A frame within one chunk is not copied. Other
 * frames are gathered in a buffer that grows by doubling, so a 16 MB frame in 64 KiB chunks takes linear time, and an
 * announced length allocates no memory.
 */
export class FrameAssembly {
  readonly #kind: FrameKind;
  readonly #isDeflated: boolean;
  readonly #held: HeldBytes;
  #error: Frame['error'] = null;
  #isKeeping = true;
  /** The data if it arrived in one piece. */
  #whole: Uint8Array | null = null;
  /** The data if it arrived in several pieces. */
  #gathered: GatheredBytes | null = null;
  #wireBytes = 0;
  #headerBytes = 0;

  /** Frame whose bytes count as `held` until it is whole. */
  constructor(kind: FrameKind, isDeflated: boolean, held: HeldBytes) {
    this.#kind = kind;
    this.#isDeflated = isDeflated;
    this.#held = held;
  }

  /** Payload bytes received so far, kept or not. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** The same with the headers of its frames. */
  get streamBytes(): number {
    return this.#headerBytes + this.#wireBytes;
  }

  addHeader(headerBytes: number): void {
    this.#headerBytes += headerBytes;
  }

  /** Records a fault of the frame; the first one is kept. */
  fail(fault: NonNullable<Frame['error']>): void {
    this.#error ??= fault;
  }

  /** From now on counts bytes without keeping them: the frame is over a bound. */
  discard(fault: 'too_large' | 'too_complex'): void {
    this.fail(fault);
    this.#isKeeping = false;
    this.#whole = null;
    this.#gathered?.clear();
  }

  /** Takes unmasked bytes, of which `remaining` (these included) were announced for the current fragment. */
  add(piece: Uint8Array, remaining: number, isFinal: boolean): void {
    const isFirst = this.#wireBytes === 0;
    this.#wireBytes += piece.length;
    if (!this.#isKeeping || piece.length === 0) return;
    if (isFirst && isFinal && piece.length === remaining) this.#whole = piece;
    else this.#gather(piece, isFinal ? remaining : Infinity);
  }

  /** Ends the frame; `fault` is recorded unless there is an earlier one. */
  finish(fault: Frame['error']): Frame {
    return {
      kind: this.#kind,
      data: this.#whole ?? this.#gathered?.take() ?? NO_BYTES,
      wireBytes: this.#wireBytes,
      isDeflated: this.#isDeflated,
      error: this.#error ?? fault,
    };
  }

  #gather(piece: Uint8Array, remaining: number): void {
    const gathered = (this.#gathered ??= new GatheredBytes(this.#held));
    if (!gathered.append(piece, gathered.length + remaining)) this.discard('too_complex');
  }
}
