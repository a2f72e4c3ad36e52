/**
 * Tapped connections: what the relay remembers of connections for the next recorder, and which of them a recorder may
 * have died of.
 */
import type { End, Handshake } from '../capture/tap.js';

/** Facts of a connection for the next recorder. */
export interface TappedConnection {
  readonly handshake: Handshake;
  /** Whether a recorder knows it. */
  isTold: boolean;
  /** Null while it is open. */
  end: End | null;
  /** It was there when a recorder died of its first input. */
  isSuspect: boolean;
}

/**
 * Connections to leave out after a recorder has died of its first input: those that are open, and of those that have
 * ended the ones that were there at such a death before. An ended one loses nothing more by another attempt, and its end
 * and its gaps would be missing in the database.
 */
export function findSuspects(
  connections: ReadonlyMap<number, TappedConnection>,
): { readonly connection: number; readonly end: End | null }[] {
  const suspects: { readonly connection: number; readonly end: End | null }[] = [];
  for (const [connection, tapped] of connections) {
    if (tapped.end === null || tapped.isSuspect) suspects.push({ connection, end: tapped.end });
    tapped.isSuspect = true;
  }
  return suspects;
}
