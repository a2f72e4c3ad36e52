/**
 * Splits several JSON texts that stand one behind the other, as payloads do that shared a compressed message.
 *
 * No client reads such messages, and the gateway is not known to send them; a recorder should still not lose one.
 */
import { skipSpace, skipValue } from './grammar.js';

/**
 * Texts in `bytes`, as views, without the white space around them. From the first that is no JSON on, or when all but
 * one of `maxCount` are found, everything is one last text; bytes without any text give none.
 */
export function splitJson(bytes: Uint8Array, maxCount: number): Uint8Array[] {
  const texts: Uint8Array[] = [];
  let start = skipSpace(bytes, 0);
  while (start < bytes.length) {
    const end = texts.length < maxCount - 1 ? skipValue(bytes, start, null) : -1;
    texts.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    if (end < 0) break;
    start = skipSpace(bytes, end);
  }
  return texts;
}
