/**
 * Bounds of the page's server: rows, bytes and time of each answer. docs/reference.md lists them too; a test compares
 * the two.
 */
import { type Bound, readAmounts, readRows } from '../wire/bounds.js';

const KIB = 1024;
const MIB = 1024 * KIB;

const TABLE = Object.freeze({
  listRows: [
    1000,
    'rows',
    'answer of the page',
    'frames or REST calls of one window; 200 unless more are asked for',
  ],
  timeBins: [600, 'bins', 'answer of the page', 'over time; a wide screen has not many more pixels for each'],
  fineFrames: [
    500_000,
    'frames',
    'answer of the page',
    'summed up one by one for bins finer than a minute; over it bins are minutes',
  ],
  marks: [2000, 'marks', 'answer of the page', 'closes, resumes, gaps: the newest'],
  lanes: [500, 'sessions', 'answer of the page', 'the newest'],
  bars: [2000, 'connections', 'answer of the page', 'the newest'],
  beatPoints: [10_000, 'heartbeats', 'answer of the page', 'drawn one by one; more are thinned out'],
  beatRows: [
    100_000,
    'heartbeats',
    'answer of the page',
    'looked at one by one; more are summed up by the hour',
  ],
  differences: [1000, 'rows', 'list of a comparison', 'the first; how many are left out is said'],
  valueChars: [500, 'characters', 'value in a comparison', 'of its JSON text'],
  headChars: [4 * KIB, 'characters', 'row of a list', 'of the payload that its words are looked for in'],
  shownChars: [
    16 * MIB,
    'characters',
    'answer of the page',
    'of one payload; the whole of it is a file to save',
  ],
  shownBytes: [64 * KIB, 'bytes', 'answer of the page', 'of one frame that could not be decoded'],
  searchMs: [
    1000,
    'ms',
    'request of the page',
    'of a search; then it answers what it has, and where to go on',
  ],
  neighbourMs: [200, 'ms', 'request of the page', 'of the search for the frames beside and paired with one'],
  patienceMs: [
    800,
    'ms',
    'request of the page',
    'for a long computation to end before it answers how far it is',
  ],
  unaskedMs: [15_000, 'ms', 'computation', 'since the last request for it; then it ends'],
  computationMs: [600_000, 'ms', 'computation', 'then it is given up'],
  computations: [8, 'computations', 'page', 'at once, or finished and kept'],
  computationThreads: [2, 'threads', 'page', 'that compute at once; the others wait'],
  computationMib: [1024, 'MiB', 'computation', 'memory of its thread'],
  liveMs: [250, 'ms', 'stream of the page', 'between two events'],
  restMs: [15_000, 'ms', 'stream of the page', 'after which an event comes although nothing happened'],
  streams: [64, 'streams', 'page', 'at once. Over it: 503'],
  takeBytes: [64 * KIB, 'bytes', 'file of the page', 'made before the reader has to take them'],
} satisfies Readonly<Record<string, Bound>>);

/** Amounts of the bounds, by name. */
export const PAGE_BOUNDS = readAmounts(TABLE);

/** Rows of the table. */
export const PAGE_BOUND_ROWS = readRows(TABLE);

/** Rows of a window by default. */
export const USUAL_ROWS = 200;
