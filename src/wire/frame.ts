/**
 * Values between raw bytes and payloads: frames as relayed, and who sent them.
 *
 * A frame is one complete WebSocket message, or a ping, pong or close.
 * Source: RFC 6455 sections 5.2, 5.5 and 5.6; RFC 7692 section 6 for RSV1.
 */

/** Sides of a connection. */
export const SENDERS = ['client', 'gateway'] as const;

/** Side of a connection that sent a frame. */
export type Sender = (typeof SENDERS)[number];

/** Kind of a frame. RFC 6455 calls it opcode; "opcode" here always means the gateway's. */
export const FRAME_KINDS = ['text', 'binary', 'ping', 'pong', 'close'] as const;

/** One of them. */
export type FrameKind = (typeof FRAME_KINDS)[number];

/** One complete WebSocket message (reassembled from its fragments) or control frame. */
export interface Frame {
  readonly kind: FrameKind;
  /** Payload, unmasked, fragments joined; still compressed if the extension or the gateway compressed it. */
  readonly data: Uint8Array;
  /** WebSocket payload length as it crossed the wire, in bytes, over all fragments, headers not counted. */
  readonly wireBytes: number;
  /** RSV1 of the first fragment: the message is compressed by permessage-deflate (RFC 7692 section 6). */
  readonly isDeflated: boolean;
  /**
   * Why the frame violates RFC 6455 or our limits; null if it is valid.
   * `protocol_error`: reserved bits or opcode, a fragmented or long control frame, a stray continuation.
   * `too_large`: longer than the limit; `too_complex`: all connections together hold too much; `data` is empty then.
   * `truncated`: the socket ended within the frame.
   */
  readonly error: 'protocol_error' | 'too_large' | 'too_complex' | 'truncated' | null;
}

/** Body of a close frame. */
export interface CloseInfo {
  /** Status code as sent, or null when the frame was empty (RFC 6455 section 7.1.5 calls that 1005). */
  readonly code: number | null;
  readonly reason: string;
}

/**
 * The 2 to 14 bytes in front of every WebSocket frame, decoded. Nothing is validated here: reserved bits and opcodes
 * are returned unchanged; fragments, limits and faults belong to websocket.ts. Source: RFC 6455 sections 5.2 and 5.3.
 */
export interface FrameHeader {
  /** FIN: this is the last fragment of its message. */
  readonly isFinal: boolean;
  /** RSV1 to RSV3 as a number: 4, 2 and 1. */
  readonly reserved: number;
  /** Opcode of RFC 6455, 0 to 15. */
  readonly opcode: number;
  /** Masking key as a big-endian 32-bit integer, or null when the payload is not masked. */
  readonly mask: number | null;
  /** Payload length in bytes; `Infinity` if the 64-bit field is not a valid length. */
  readonly length: number;
  /** Bytes of the header itself. */
  readonly headerBytes: number;
}

/** Opcodes that RFC 6455 section 11.8 defines. */
export const OPCODE = Object.freeze({ continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 });

/** Kinds of frames by their opcodes; a continuation has the kind of its message. */
export const KIND_OF_OPCODE: Readonly<Record<number, FrameKind>> = Object.freeze({
  [OPCODE.text]: 'text',
  [OPCODE.binary]: 'binary',
  [OPCODE.close]: 'close',
  [OPCODE.ping]: 'ping',
  [OPCODE.pong]: 'pong',
});

/** RSV1 within `FrameHeader.reserved`. */
export const RSV1 = 4;

/** Longest possible header: two bytes, a 64-bit length and a masking key. */
export const MAX_HEADER_BYTES = 14;

/** Reads the header that starts at `at`, or returns null when `bytes` ends within it. */
export function readFrameHeader(bytes: Uint8Array, at: number): FrameHeader | null {
  const available = bytes.length - at;
  if (available < 2) return null;
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const isMasked = second >= 0x80;
  const shortLength = second & 0x7f;
  const lengthBytes = shortLength < 126 ? 0 : shortLength === 126 ? 2 : 8;
  const headerBytes = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (available < headerBytes) return null;
  return {
    isFinal: first >= 0x80,
    reserved: (first >> 4) & 7,
    opcode: first & 15,
    mask: isMasked ? uint32(bytes, at + 2 + lengthBytes) : null,
    length: lengthBytes === 0 ? shortLength : extendedLength(bytes, at + 2, lengthBytes),
    headerBytes,
  };
}

/** Writes a header for `length` payload bytes; `mask` is the four-byte key, or null for an unmasked frame. */
export function writeFrameHeader(firstByte: number, length: number, mask: Uint8Array | null): Uint8Array {
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = new Uint8Array(2 + lengthBytes + (mask === null ? 0 : 4));
  header[0] = firstByte;
  header[1] = (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127) | (mask === null ? 0 : 0x80);
  // No view for a short header: it would move a few bytes from the heap to a separate allocation.
  if (lengthBytes === 2) header.set([length >> 8, length & 0xff], 2);
  if (lengthBytes === 8) new DataView(header.buffer).setBigUint64(2, BigInt(length));
  if (mask !== null) header.set(mask, 2 + lengthBytes);
  return header;
}

/**
 * Masks or unmasks `bytes` in place (XOR). `mask` is the key as in `FrameHeader`,
 * `position` the offset of the first byte within the frame's payload.
 */
export function applyMask(bytes: Uint8Array, mask: number, position: number): void {
  if (mask === 0) return;
  const turn = (position & 3) * 8;
  const key = (mask << turn) | (mask >>> (32 - turn));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) view.setInt32(at, view.getInt32(at) ^ key);
  for (let at = whole; at < bytes.length; at += 1) {
    view.setUint8(at, view.getUint8(at) ^ (key >>> (24 - (at & 3) * 8)));
  }
}

/** Four masking bytes as the integer that `applyMask` takes. */
export function maskFromBytes(mask: Uint8Array): number {
  return uint32(mask, 0);
}

function extendedLength(bytes: Uint8Array, at: number, lengthBytes: 2 | 8): number {
  if (lengthBytes === 2) return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const length = uint32(bytes, at) * 2 ** 32 + uint32(bytes, at + 4);
  return Number.isSafeInteger(length) ? length : Infinity;
}

function uint32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (((bytes[at] ?? 0) << 24) | low) >>> 0;
}
