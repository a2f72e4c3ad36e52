/**
 * Just enough of WebSocket for load: an upgrade over a raw socket, and a count of the frames that come in.
 *
 * Reading costs some ns a frame, as the machine's two cores belong to what is measured. Source: RFC 6455 sections 1.3
 * and 5.2.
 */
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Receiver } from 'ws';
import zlibSync from 'zlib-sync';

const { Inflate, Z_SYNC_FLUSH } = zlibSync;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const END_OF_HEAD = '\r\n\r\n';

/** Answers the upgrade request that comes first on `socket`; resolves with its path. */
export async function acceptUpgrade(socket) {
  const { head } = await readHead(socket);
  const key = /^sec-websocket-key: *(.*)$/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return head.split(' ')[1];
}

/** Opens a WebSocket at `url`; resolves with the socket and what came together with the answer. */
export async function openWebSocket(url) {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  const { head, rest } = await readHead(socket);
  if (!head.startsWith('HTTP/1.1 101'))
    throw new Error(`the upgrade was answered with ${head.split('\r\n')[0]}`);
  return { socket, rest };
}

/** Reads up to the empty line; the socket is paused afterwards, with `rest` read from it already. */
function readHead(socket) {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const onData = (chunk) => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(END_OF_HEAD);
      if (end < 0) return;
      socket.pause();
      socket.off('data', onData);
      resolve({ head: read.toString('latin1', 0, end), rest: read.subarray(end + END_OF_HEAD.length) });
    };
    socket.on('data', onData);
    socket.once('error', reject);
  });
}

/** Client frame of `text`, masked with zeros. */
export function maskedText(text) {
  const data = Buffer.from(text);
  if (data.length > 65_535) throw new RangeError('longer than a client of these benchmarks speaks');
  const isShort = data.length < 126;
  const header = Buffer.alloc(isShort ? 6 : 8);
  header[0] = 0x81;
  header[1] = 0x80 | (isShort ? data.length : 126);
  if (!isShort) header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
}

/** Counts the messages of a zlib-stream as a bot reads them: the parser of `ws`, zlib, and an object of each payload. */
export class PayloadCounter {
  frames = 0;
  #receiver = new Receiver({ isServer: false });
  #inflate = new Inflate();

  constructor() {
    this.#receiver.on('message', (data, isBinary) => {
      if (isBinary) JSON.parse(this.#inflated(data));
      this.frames += 1;
    });
  }

  /** Takes the next bytes. */
  push(chunk) {
    this.#receiver.write(chunk);
  }

  #inflated(data) {
    this.#inflate.push(data, Z_SYNC_FLUSH);
    return this.#inflate.result.toString();
  }
}

/** Counts frames and their payload bytes, however the stream is cut; masks or not. */
export class FrameCounter {
  frames = 0;
  payloadBytes = 0;
  #skip = 0;
  #cut = Buffer.alloc(0);

  /** Takes the next bytes. */
  push(chunk) {
    let bytes = chunk;
    if (this.#cut.length > 0) {
      bytes = Buffer.concat([this.#cut, chunk]);
      this.#cut = Buffer.alloc(0);
    }
    let at = this.#skip;
    while (at < bytes.length) {
      const length = this.#frameLength(bytes, at);
      if (length === 0) {
        this.#cut = Buffer.from(bytes.subarray(at));
        this.#skip = 0;
        return;
      }
      at += length;
      this.frames += 1;
    }
    this.#skip = at - bytes.length;
  }

  /** Header and payload of the frame at `at` in bytes, or 0 when its header is cut. */
  #frameLength(bytes, at) {
    if (at + 2 > bytes.length) return 0;
    const short = bytes[at + 1] & 0x7f;
    const header = (short < 126 ? 2 : short === 126 ? 4 : 10) + (bytes[at + 1] > 0x7f ? 4 : 0);
    if (at + header > bytes.length) return 0;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    this.payloadBytes += length;
    return header + length;
  }
}
