/** A WebSocket client that sends given bytes, valid or not, and notes the received ones. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { frameSplitter, type WireFrame } from './frame-log.js';

/** A socket on which the upgrade has been answered. */
export class RawClient {
  readonly socket: Socket;
  /** Status line and headers of the answer. */
  readonly answer: string;
  readonly frames: WireFrame[] = [];
  /** Settles when the socket is closed, however it ended. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, answer: string, head: Buffer) {
    this.socket = socket;
    this.answer = answer;
    const split = frameSplitter((frame) => this.frames.push(frame));
    split(head);
    socket.on('data', split);
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Asks for the upgrade; resolves with whatever is answered. */
  static async connect(gatewayUrl: string, query = '?v=10&encoding=json'): Promise<RawClient> {
    const { hostname, port } = new URL(gatewayUrl);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /${query} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    let bytes = Buffer.alloc(0);
    while (!bytes.includes('\r\n\r\n')) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      bytes = Buffer.concat([bytes, chunk]);
    }
    const end = bytes.indexOf('\r\n\r\n') + 4;
    return new RawClient(socket, bytes.subarray(0, end).toString(), bytes.subarray(end));
  }

  /** Resolves when so many frames have come. */
  async until(count: number): Promise<void> {
    while (this.frames.length < count) await once(this.socket, 'data');
  }

  /** Sends a masked frame with this first byte (FIN, reserved bits, opcode). */
  send(firstByte: number, payload: string | Uint8Array): void {
    this.socket.write(maskedFrame(firstByte, payload));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

/** A frame as a client sends it: short or medium, masked (RFC 6455 §5.2, §5.3). */
export function maskedFrame(firstByte: number, payload: string | Uint8Array): Buffer {
  const data = Buffer.from(payload as Uint8Array);
  const mask = Buffer.from('37fa213d', 'hex');
  const header =
    data.length < 126
      ? Buffer.of(firstByte, 0x80 + data.length)
      : Buffer.of(firstByte, 0x80 + 126, data.length >> 8, data.length & 0xff);
  return Buffer.concat([header, mask, data.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}
