/**
 * Frames of one WebSocket as they cross its socket: the referee's own reading of RFC 6455 §5.2.
 *
 * It knows none of our code, and takes only what `ws` and real clients send: whole headers, no extensions.
 */
import type { Duplex } from 'node:stream';

/** A frame, fragments joined. */
export interface WireFrame {
  readonly kind: 'text' | 'binary' | 'ping' | 'pong' | 'close';
  /** Unmasked. */
  readonly payload: Buffer;
}

const KINDS = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' } as const;

/** Calls back with each complete frame of the bytes that it is given. */
export function frameSplitter(onFrame: (frame: WireFrame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let kind: WireFrame['kind'] = 'text';
  let fragments: Buffer[] = [];
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = frameEnd(rest); end <= rest.length; end = frameEnd(rest)) {
      const [head = 0] = rest;
      const payload = payloadOf(rest.subarray(0, end));
      rest = rest.subarray(end);
      const opcode = head & 0x0f;
      if (opcode >= 8) {
        onFrame({ kind: KINDS[opcode as 8], payload });
        continue;
      }
      if (opcode !== 0) kind = KINDS[opcode as 1];
      fragments.push(payload);
      if (head < 0x80) continue;
      onFrame({ kind, payload: fragments.length === 1 ? payload : Buffer.concat(fragments) });
      fragments = [];
    }
  };
}

/** Reports the frames that a socket receives and sends from now on. */
export function watchFrames(
  socket: Duplex,
  onReceived: (frame: WireFrame) => void,
  onSent: (frame: WireFrame) => void,
): void {
  socket.prependListener('data', frameSplitter(onReceived)); // before `ws`, which answers at once
  const split = frameSplitter(onSent);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (chunk: Buffer | string, ...rest: unknown[]): boolean => {
    split(Buffer.from(chunk as Buffer));
    return write(chunk, ...rest);
  };
}

function headerLength(bytes: Buffer): number {
  const second = bytes[1] ?? 0;
  const short = second & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second >= 0x80 ? 4 : 0);
}

/** Where the first frame ends; Infinity while its header is not whole. */
function frameEnd(bytes: Buffer): number {
  if (bytes.length < 2 || bytes.length < headerLength(bytes)) return Number.POSITIVE_INFINITY;
  const short = (bytes[1] ?? 0) & 0x7f;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return headerLength(bytes) + length;
}

function payloadOf(frame: Buffer): Buffer {
  const start = headerLength(frame);
  const payload = Buffer.from(frame.subarray(start));
  if ((frame[1] ?? 0) < 0x80) return payload;
  const mask = frame.subarray(start - 4, start);
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}
