/**
 * Faults of the rewrite: everything then passes unchanged, and the connection's record has the reason. The bounds are
 * in wire/bounds.ts.
 */

/** Why a rewriter gave up, with a sentence for people. */
export const REWRITE_FAILURES = Object.freeze({
  unknown_extension: 'a WebSocket extension is in use that cannot be read',
  unknown_compression: 'the URL asks for a compression that cannot be read',
  protocol_error: 'the gateway sent an invalid frame',
  not_a_payload: 'the gateway sent a message that is not a payload of this transport',
  undecodable: 'the gateway sent compressed bytes that are broken',
  too_large: 'a payload takes more bytes, frames or decompression than READY is looked for in',
  cut_apart: 'READY came in fragments that had been passed on',
});

/** One of `REWRITE_FAILURES`. */
export type RewriteFailure = keyof typeof REWRITE_FAILURES;
