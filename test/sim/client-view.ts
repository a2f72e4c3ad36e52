/** What a client understands of the bytes that it got: a plain reader of WebSocket, and node:zlib. */
import { createInflate, createInflateRaw } from 'node:zlib';
import type { JsonValue } from '../../src/gateway/payload.js';
import { decodeEtf } from '../../src/wire/etf/decode.js';
import { readFrameHeader } from '../../src/wire/frame.js';
import { createInflater } from '../../src/wire/inflate.js';
import type { Handshake } from '../../src/capture/tap.js';
import { runSync } from './zlib-sync.js';

const LIMITS = { maxPayloadBytes: 2 ** 24 };
const DEFLATE_TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** Payloads in the bytes from a gateway to a client, as far as they are complete. Throws where a client would. */
export function readPayloads(bytes: Buffer, { transport, extensions }: Handshake): JsonValue[] {
  const inflate = openInflate(transport.compress, extensions);
  const payloads: JsonValue[] = [];
  for (const { data, isDeflated } of readMessages(bytes)) {
    const plain = inflate(data, isDeflated);
    if (plain === null) continue;
    payloads.push(
      transport.encoding === 'etf' ? readEtf(plain) : (JSON.parse(plain.toString()) as JsonValue),
    );
  }
  return payloads;
}

function readEtf(bytes: Buffer): JsonValue {
  const decoded = decodeEtf(bytes, LIMITS);
  if (!decoded.ok) throw new Error(`the client got ETF that is ${decoded.reason}`);
  return JSON.parse(Buffer.from(decoded.json).toString()) as JsonValue;
}

function* readMessages(bytes: Buffer): Generator<{ readonly data: Buffer; readonly isDeflated: boolean }> {
  let open: Buffer[] = [];
  let isDeflated = false;
  for (let at = 0; at < bytes.length;) {
    const header = readFrameHeader(bytes, at);
    if (header === null) return;
    const start = at + header.headerBytes;
    if (start + header.length > bytes.length) return;
    at = start + header.length;
    if (header.opcode >= 8) continue;
    if (header.opcode !== 0) isDeflated = header.reserved !== 0;
    open.push(bytes.subarray(start, at));
    if (!header.isFinal) continue;
    yield { data: Buffer.concat(open), isDeflated };
    open = [];
  }
}

/** Returns a function that gives the plain bytes of a message, or null while a payload goes on in the next one. */
function openInflate(
  compress: string,
  extensions: string | null,
): (data: Buffer, isDeflated: boolean) => Buffer | null {
  if (extensions !== null) {
    const inflate = runSync(createInflateRaw());
    return (data, isDeflated) => (isDeflated ? inflate(Buffer.concat([data, DEFLATE_TAIL])) : data);
  }
  if (compress === 'zlib-stream') {
    const inflate = runSync(createInflate());
    let held = Buffer.alloc(0);
    return (data) => {
      held = Buffer.concat([held, data]);
      if (!held.subarray(-4).equals(DEFLATE_TAIL)) return null;
      const plain = inflate(held);
      held = Buffer.alloc(0);
      return plain;
    };
  }
  if (compress === 'none') return (data) => data;
  // No Node before 22.15 has zstd.
  const inflater = createInflater('zstd-stream', LIMITS);
  return (data) => {
    const inflated = inflater.push(data);
    if (inflated.status !== 'ok') throw new Error(`the client got zstd that is ${inflated.status}`);
    return Buffer.from(inflated.bytes);
  };
}
