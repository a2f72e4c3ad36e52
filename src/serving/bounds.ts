/**
 * Bounds on HTTP from outside, in one place: what a peer may make us read or hold before it is refused.
 *
 * Discord names no limit on its own; no URL of its API is longer than a few hundred characters.
 */
export const HTTP_BOUNDS = Object.freeze({
  /** Request line and headers of a request, and of an upstream's answer. Over it: 431, and 502. */
  headBytes: 16 * 1024,
  /** From the connection, or the answer before, to the last byte of a request's head, however it trickles. Over it: 408. */
  headMs: 30_000,
  /** Path and query of a request, in characters. Over it: 414. */
  targetLength: 8 * 1024,
  /** Answers 100 to 199 before the answer to a REST call. Over it: 502. */
  informationalAnswers: 64,
  /** An answer to `GET /gateway[/bot]`, which is a few hundred bytes long. Over it: 502. */
  discoveryBytes: 1024 * 1024,
});
