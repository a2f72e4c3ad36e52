/**
 * Keys of ETF maps that are no strings or numbers: the projection writes them as `$etf:` and the base64 of their
 * document (wire/etf/containers.ts). A key that is a list of bytes is what Erlang calls a string, and means what the
 * string does; any such key may hide a secret in its base64.
 */
import { decodeEtf } from '../../wire/etf/decode.js';

const MARK = '$etf:';
const QUOTED_MARK = Buffer.from(`"${MARK}`);
/** Longest key that is read as a name. */
const MAX_NAME_BYTES = 256;
const MAX_BYTE = 255;

/** Whether a JSON text may have such a key. */
export function hasTermKey(json: Buffer): boolean {
  return json.includes(QUOTED_MARK);
}

/** Document of such a key, or null for any other key. */
export function readTermKey(key: string): Buffer | null {
  return key.startsWith(MARK) ? Buffer.from(key.slice(MARK.length), 'base64') : null;
}

/** What the document of a key means as a name; empty if it is not a list of bytes. */
export function readTermName(document: Buffer): string {
  if (document.length > MAX_NAME_BYTES) return '';
  const term = decodeEtf(document, { maxPayloadBytes: MAX_NAME_BYTES });
  const list: unknown = term.ok ? JSON.parse(Buffer.from(term.json).toString()) : null;
  if (!Array.isArray(list) || !list.every(isByte)) return '';
  return Buffer.from(list).toString();
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_BYTE;
}
