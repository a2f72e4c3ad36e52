/**
 * Encoder: turns JSON texts of payloads into the WebSocket messages of one connection's transport, one per payload.
 *
 *   text ─► JSON | ETF ─► none | zlib-stream | zstd-stream        or, where IDENTIFY asked, a zlib buffer
 *
 * Payload compression is what IDENTIFY's `compress` asks for; it counts only for JSON without a transport
 * compression, and then only for the largest payloads, as at Discord.
 * Source: Discord Docs/Gateway, "Encoding and Compression".
 */
import { deflateOnce, streamOpening } from '../wire/deflate.js';
import type { MessageCache, MockTransport } from './message-cache.js';
import type { Damage } from '../replay/gateway-side/actions.js';

/** Message of WebSocket: a string is a text message, bytes are a binary one. */
export type MessageData = string | Uint8Array;

// Threshold of payload compression: the payloads that are large for every bot.
const COMPRESSED_EVENTS: ReadonlySet<string | null> = new Set(['READY', 'GUILD_CREATE']);

/** Encoder of one connection; a compressed stream must be opened first. */
export class PayloadEncoder {
  readonly #transport: MockTransport;
  readonly #make: (text: string) => Uint8Array;
  #isOpened: boolean;
  #isCompressingPayloads = false;

  constructor(transport: MockTransport, cache: MessageCache) {
    this.#transport = transport;
    this.#make = cache.findMaker(transport);
    this.#isOpened = transport.compress === 'none';
  }

  /** Turns on payload compression, if the transport permits it. */
  compressPayloads(): void {
    const { encoding, compress } = this.#transport;
    this.#isCompressingPayloads = encoding === 'json' && compress === 'none';
  }

  /** Message for one payload; `event` is the name of a dispatch, else null. */
  encode(text: string, event: string | null): MessageData {
    const { encoding, compress } = this.#transport;
    if (this.#isCompressingPayloads && COMPRESSED_EVENTS.has(event)) return deflateOnce(Buffer.from(text));
    if (compress === 'none') return encoding === 'json' ? text : this.#make(text);
    const message = this.#make(text);
    if (this.#isOpened) return message;
    this.#isOpened = true;
    return Buffer.concat([streamOpening(compress), message]);
  }
}

const RESERVED_BLOCK_TYPE = 0b110;
/** End of a zlib-stream message: an empty stored block's length, and its complement. */
const SUFFIX_BYTES = 4;

/**
 * Messages that are sent in place of `message`, which holds a valid payload.
 *
 * A block's type is in bits 1 and 2 of its first byte, in deflate (RFC 1951 section 3.2.3) and in zstd (RFC 8878
 * section 3.1.1.2), and 3 is reserved in both: no decoder may accept it. The same bits break the headers of zlib and
 * zstd, the `{` of JSON and the 131 of ETF, so one kind of damage works for every transport.
 */
export function damageMessage(message: MessageData, damage: Damage): readonly MessageData[] {
  const bytes = Buffer.from(message);
  switch (damage) {
    case 'corrupt':
      bytes[0] = (bytes[0] ?? 0) | RESERVED_BLOCK_TYPE;
      return [alike(message, bytes)];
    case 'no suffix':
      return [hasSuffix(bytes) ? bytes.subarray(0, -SUFFIX_BYTES) : message];
    case 'split':
      return halves(message, bytes, splitPoint(bytes));
    case 'split suffix':
      return halves(message, bytes, bytes.length - SUFFIX_BYTES / 2);
  }
}

// Within JSON only between two characters, and never so that the first half is a complete message.
function splitPoint(bytes: Buffer): number {
  let point = Math.floor((bytes.length - SUFFIX_BYTES) / 2);
  while (point > 1 && (isWithinCharacter(bytes[point] ?? 0) || hasSuffix(bytes.subarray(0, point))))
    point -= 1;
  return Math.max(1, point);
}

function halves(message: MessageData, bytes: Buffer, point: number): readonly MessageData[] {
  return [alike(message, bytes.subarray(0, point)), alike(message, bytes.subarray(point))];
}

function alike(message: MessageData, bytes: Buffer): MessageData {
  return typeof message === 'string' ? bytes.toString() : bytes;
}

function hasSuffix(bytes: Buffer): boolean {
  return bytes.length >= SUFFIX_BYTES && bytes.readUInt32BE(bytes.length - SUFFIX_BYTES) === 0x0000_ffff;
}

function isWithinCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
