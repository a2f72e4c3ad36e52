/**
 * Bounds on HTTP from outside, in one place: what a peer may make us read or hold before it is refused.
 *
 * docs/reference.md has them below those of wire/bounds.ts; a test compares the two. Discord names no limit on its own; no
 * URL of its API is longer than a few hundred characters.
 */
import { type Bound, readAmounts, readRows } from '../wire/bounds.js';

const KIB = 1024;

const TABLE = Object.freeze({
  headBytes: [
    16 * KIB,
    'bytes',
    'request, or answer',
    'its first line and headers; the same as the default of Node. Over it: 431, and 502 for an answer',
  ],
  headMs: [
    30_000,
    'ms',
    'request',
    'from the connection, or the answer before, to the end of the headers, however they trickle. Over it: 408',
  ],
  targetLength: [
    8 * KIB,
    'characters',
    'request',
    'path and query; URLs of the API have a few hundred. Over it: 414',
  ],
  informationalAnswers: [
    64,
    'answers',
    'REST call',
    'with a status from 100 to 199, before the answer. Over it: 502',
  ],
  discoveryBytes: [
    1024 * KIB,
    'bytes',
    'answer to `GET /gateway[/bot]`',
    'held whole for its URL to be replaced; it has a few hundred. Over it: 502',
  ],
} satisfies Readonly<Record<string, Bound>>);

/** Amounts of the bounds, by name. */
export const HTTP_BOUNDS = readAmounts(TABLE);

/** Rows of the table. */
export const HTTP_BOUND_ROWS = readRows(TABLE);
