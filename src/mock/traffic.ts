/**
 * Traffic: all that a mock and its clients said, in order, for a judgement of the clients. Kept only where it is asked
 * for, because it grows with each payload.
 */
import type { Payload } from '../gateway/payload.js';

/** One thing that happened on a client's connection; `atUs` is µs since the Unix epoch. */
export type Traffic = {
  /** Ordinal of the client connection, from 1. */
  readonly connection: number;
  readonly atUs: number;
} & (
  | { readonly type: 'opened'; readonly path: string }
  /** JSON text of a payload for the client. */
  | { readonly type: 'sent'; readonly text: string }
  /** Null for a message that holds no payload. */
  | { readonly type: 'received'; readonly payload: Payload | null }
  /** The mock begins to close; null `code`: without a close frame. */
  | { readonly type: 'closing'; readonly code: number | null; readonly reason: string }
  /** The connection is over; `code` is the client's close code, or null. */
  | { readonly type: 'closed'; readonly code: number | null }
);
