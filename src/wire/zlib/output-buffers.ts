/**
 * Output buffers of streams that are inflated, and those that wait for the next stream.
 *
 * A rewriting proxy needs a stream's buffer of full length for the moment in which a client logs in; without spare ones a thousand
 * logins would leave a hundred megabytes behind. What a spare buffer holds is never read: a window starts empty.
 */

/** Full length: a window of 32 KiB (RFC 1951 section 2) twice, and what comes behind it before it has to move. */
export const FULL_BYTES = 96 * 1024;
const FIRST_BYTES = 2 * 1024;
/** Longest buffer that grows by doubling; what needs more gets full length at once. */
const MAX_GROWN_BYTES = 8 * 1024;
const MAX_SPARE = 8;

const spare: Buffer[] = [];

/** Buffer for a stream that begins. */
export function firstBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(FIRST_BYTES);
}

/** Buffer for `needed` bytes, in place of one of `oldBytes` that they do not fit into. */
export function largerBuffer(oldBytes: number, needed: number): Buffer {
  const bytes = Math.max(2 * oldBytes, needed);
  return bytes > MAX_GROWN_BYTES && needed <= FULL_BYTES ? fullBuffer() : Buffer.allocUnsafeSlow(bytes);
}

/** Buffer of full length. */
export function fullBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(FULL_BYTES);
}

/** Takes the buffer of a stream that has ended. */
export function giveBack(buffer: Buffer): void {
  if (buffer.length === FULL_BYTES && spare.length < MAX_SPARE) spare.push(buffer);
}
