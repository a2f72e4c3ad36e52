/**
 * Bounds of the rewrite: how much time and memory the bytes of one gateway may take in the relay's own thread.
 *
 * Over a bound the rewriting is given up: everything passes as it came, and the connection's record says why.
 */

const MIB = 1024 * 1024;

/** Amounts, with their units in their names. */
export const REWRITE_BOUNDS = Object.freeze({
  /** One payload, on the wire and inflated. READY of a user in some hundred guilds has about 10 MB. */
  payloadBytes: 16 * MIB,
  /** Frames, fragments and messages that one payload may be cut into; the gateway sends one. */
  payloadFrames: 1024,
  /** Inflated bytes of one connection that no bytes on the wire have to pay for. */
  inflatedBytes: 32 * MIB,
  /** Inflated bytes for each byte on the wire beyond these. JSON of the gateway has 5 to 20. */
  inflatedRatio: 32,
});

/** Why a rewriter gave up, with a sentence for people. */
export const REWRITE_FAULTS = Object.freeze({
  unknown_extension: 'a WebSocket extension is in use that cannot be read',
  unknown_compression: 'the URL asks for a compression that cannot be read',
  protocol_error: 'the gateway sent what is no legal frame',
  not_a_payload: 'the gateway sent what is no payload of this transport',
  undecodable: 'the gateway sent compressed bytes that are broken',
  too_large: 'a payload takes more bytes, frames or decompression than READY is looked for in',
  cut_apart: 'READY came in fragments that had been passed on',
});

/** One of `REWRITE_FAULTS`. */
export type RewriteFault = keyof typeof REWRITE_FAULTS;
