/**
 * Streams: the bytes of one sender on one connection, by one number.
 */
import type { Sender } from '../wire/frame.js';

/** Number of a stream. */
export function streamKey(connection: number, sender: Sender): number {
  return connection * 2 + (sender === 'client' ? 0 : 1);
}

/** Reverses `streamKey`. */
export function parseStreamKey(key: number): { readonly connection: number; readonly sender: Sender } {
  return { connection: Math.floor(key / 2), sender: key % 2 === 0 ? 'client' : 'gateway' };
}
