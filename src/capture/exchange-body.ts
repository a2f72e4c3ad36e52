/**
 * Turns the bytes of an HTTP body into the text that is recorded.
 *
 * A body is text if it is UTF-8 and its content type declares UTF-8 or no charset. Of a multipart body (an upload) only
 * the JSON part is text. The received part of an incomplete body is kept, unless it is compressed. Does not redact.
 * Source: RFC 9110 section 8.3; RFC 7578 for multipart/form-data; Discord Docs/Reference, "Uploading Files".
 */
import { isUtf8 } from 'node:buffer';
import { decodeContent } from '../wire/content-coding.js';
import { hasTooManyValues, skipSpace, skipValue, TOO_DEEP } from '../wire/json/grammar.js';

/** The tapped part of a body. */
export interface TappedBody {
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly bytes: Uint8Array;
  /** Bytes of the whole body. */
  readonly wireBytes: number;
}

/** The recorded part of a body. */
export interface KeptBody {
  /** UTF-8 without NUL; null if there is no text. */
  readonly text: Uint8Array | null;
  readonly isCut: boolean;
}

const NOT_TEXT = /^(?:image|audio|video|font)\/|^application\/(?:octet-stream|zip|gzip|pdf)\b/i;
const BOUNDARY = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))/i;
const JSON_PART = /\bname="?payload_json\b/i;
const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
/** Longest head of a part that is read; clients send some hundred bytes. */
const MAX_HEAD_BYTES = 8192;
/** U+FEFF in UTF-8. */
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
/** Longest incomplete UTF-8 character at a cut. */
const MAX_TAIL_BYTES = 3;

/** Text of a body, at most `maxBytes` long. */
export function keepBody(body: TappedBody, maxBytes: number): KeptBody {
  const isCut = body.bytes.length < body.wireBytes;
  if (body.bytes.length === 0) return { text: null, isCut };
  const isCoded = (body.contentEncoding ?? 'identity').toLowerCase() !== 'identity';
  if (isCoded && isCut) return { text: null, isCut };
  const decoded = decodeContent(body.bytes, body.contentEncoding, { maxPayloadBytes: maxBytes });
  if (decoded.status !== 'ok') return { text: null, isCut: isCut || decoded.status === 'too_large' };
  const text = toText(decoded.bytes, body.contentType ?? '', isCut);
  return text !== null && isTooComplex(text) ? { text: null, isCut: true } : { text, isCut };
}

/** Whether a text is JSON over the bounds of depth or values, so that it cannot be searched for secrets. */
function isTooComplex(text: Uint8Array): boolean {
  const start = skipSpace(text, hasByteOrderMark(text) ? BYTE_ORDER_MARK.length : 0);
  const end = skipValue(text, start, null);
  return end === TOO_DEEP || (end > 0 && hasTooManyValues(text));
}

function hasByteOrderMark(text: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, at) => text[at] === byte);
}

function toText(bytes: Uint8Array, contentType: string, isCut: boolean): Uint8Array | null {
  if (bytes.length === 0 || NOT_TEXT.test(contentType)) return null;
  if (/^multipart\//i.test(contentType)) return findJsonPart(bytes, contentType);
  if (bytes.includes(0)) return null;
  const longestTail = isCut ? MAX_TAIL_BYTES : 0;
  for (let tail = 0; tail <= longestTail; tail += 1) {
    const text = bytes.subarray(0, bytes.length - tail);
    if (isUtf8(text)) return text;
  }
  return null;
}

/** The part `payload_json` of an upload, if it is complete. */
function findJsonPart(bytes: Uint8Array, contentType: string): Uint8Array | null {
  const [, quoted, bare] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return null;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const delimiter = Buffer.from(`--${boundary}`);
  const end = Buffer.concat([LINE_END, delimiter]);
  let headEnd = -1;
  for (let at = body.indexOf(delimiter); at >= 0;) {
    const next = body.indexOf(end, at + delimiter.length);
    // The next end of a head may follow many parts without one, so it is searched for once, not from each part.
    if (headEnd < at) headEnd = body.indexOf(HEAD_END, at);
    if (next < 0 || headEnd < 0) return null;
    if (headEnd < next && isJsonPart(body.subarray(at, headEnd))) {
      return wholeText(body.subarray(headEnd + HEAD_END.length, next));
    }
    at = next + LINE_END.length;
  }
  return null;
}

function wholeText(part: Buffer): Uint8Array | null {
  return part.length > 0 && !part.includes(0) && isUtf8(part) ? part : null;
}

/** Whether a part is the JSON of an upload, by its head. */
function isJsonPart(head: Buffer): boolean {
  return head.length <= MAX_HEAD_BYTES && JSON_PART.test(head.toString('latin1'));
}
