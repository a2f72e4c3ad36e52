/**
 * Padding: READY as large as a test wants it, with nothing in it that means anything.
 *
 * The filling must not compress to nothing, or a large READY would be small on the wire. So it is pseudo-random,
 * and repeats only behind a distance that deflate cannot refer back to (32 KiB, RFC 1951 section 2).
 */
import { spliceMembers } from '../splice.js';
import { seededRandom } from './random.js';

const KEY = '_gatetape_padding';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';
const PERIOD_CHARS = 40 * 1024;
const SEED = 1;

/** Text of READY, padded to `bytes`; one that is larger already comes back as it is. */
export function padReady(text: string, bytes: number): string {
  const missing = bytes - Buffer.byteLength(spliceMembers(text, new Map([[KEY, '""']])));
  return missing <= 0 ? text : spliceMembers(text, new Map([[KEY, `"${filling(missing)}"`]]));
}

function filling(chars: number): string {
  const random = seededRandom(SEED);
  let period = '';
  while (period.length < Math.min(chars, PERIOD_CHARS)) {
    period += LETTERS[Math.floor(random() * LETTERS.length)] ?? '';
  }
  return period.repeat(Math.ceil(chars / period.length)).slice(0, chars);
}
