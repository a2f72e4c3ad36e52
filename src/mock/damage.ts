/**
 * Damage: what becomes of a message whose payload is fine, on its way out.
 *
 *   one message ─► the messages that leave instead
 *
 * A block's type stands in bits 1 and 2 of its first byte, in deflate (RFC 1951 section 3.2.3) as in zstd (RFC 8878
 * section 3.1.1.2), and 3 is reserved in both: no decoder may accept it. The same bits spoil the headers of zlib and
 * zstd, the `{` of JSON and the 131 of ETF, so one kind of damage serves every transport.
 */
import type { Damage } from '../replay/script/actions.js';
import type { MessageData } from './encoder.js';

const RESERVED_BLOCK_TYPE = 0b110;
/** What ends a message of zlib-stream: an empty stored block's length, and its complement. */
const SUFFIX_BYTES = 4;

/** What leaves for `message`. */
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

// Within JSON only between two characters, and never so that the first half looks like a whole message.
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
