/**
 * Message loop: payloads as the WebSocket frames of one connection, made once and sent any number of times.
 *
 * A zlib-stream refers back to what was sent before, so its bytes cannot simply be repeated. They can from the
 * second time on: when the same texts have gone through a compressor once, its window holds what it will hold at
 * the start of every later turn. The first turn is `intro`, every later one `turn`. By node:zlib, none of our code.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { constants, createDeflate } from 'node:zlib';

const TEXT = 0x81;
const BINARY = 0x82;

/** Unmasked WebSocket frame (RFC 6455 section 5.2). */
export function frameOf(firstByte, data) {
  const { length } = data;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = firstByte;
  if (length < 126) header[1] = length;
  else if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, data]);
}

/** Text frame of `text`. */
export function textFrame(text) {
  return frameOf(TEXT, Buffer.from(text));
}

/** Compressor of one zlib-stream connection. */
export class ZlibStream {
  #deflate = createDeflate();
  #chunks = [];

  constructor() {
    this.#deflate.on('data', (chunk) => this.#chunks.push(chunk));
  }

  /** Data of the message that carries `text`. */
  async push(text) {
    this.#deflate.write(text);
    await new Promise((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    if (this.#deflate.readableLength > 0) await once(this.#deflate, 'data');
    const data = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return data;
  }
}

/** Frames of a connection: `login` before the loop, then `intro` once, then `turn` for ever. */
export async function messageLoop(loginTexts, payloads, compress) {
  if (compress !== 'zlib-stream') {
    const turn = payloads.map(({ text }) => textFrame(text));
    return { login: loginTexts.map(textFrame), intro: turn, turn };
  }
  const stream = new ZlibStream();
  const frames = async (texts) => {
    const made = [];
    for (const text of texts) made.push(frameOf(BINARY, await stream.push(text)));
    return made;
  };
  const texts = payloads.map(({ text }) => text);
  return { login: await frames(loginTexts), intro: await frames(texts), turn: await frames(texts) };
}
