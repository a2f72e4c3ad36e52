/**
 * Packed search: which ids a search has to look at, where payloads are packed.
 *
 * If the payload of each frame that passes has one of some texts, a whole block is unpacked and searched once, and the
 * frames are looked at whose bodies have one. Others cannot pass, nor can frames without a payload. A recorder can pack
 * payloads meanwhile: what they contain stays the same.
 */
import type { Needle } from '../filter/needles.js';
import type { Condition } from './condition.js';
import type { Database, Statement } from './database.js';
import type { FramePlan } from './frame-plan.js';
import { idRanges, idRangesBackwards, type IdRange } from './id-ranges.js';
import { FIND_IN_BLOCK } from './packed-functions.js';

/** Ids of which a search looks at each, or knows that none passes. */
export interface SearchRange extends IdRange {
  readonly isSkipped: boolean;
}

/** Ids that a search backwards decides upon before it looks at the first of them: few first, since it may soon end. */
const FIRST_WINDOW = 500;
const WINDOW = 10_000;

/** Ids without a text between two with one, for which it does not pay to make two ranges. */
const NEAR = 32;

/** A block is searched if one in so many of its frames can pass by all but their payload. */
const ONE_IN = 8;

/** Ids for which the answer of one block is taken. */
const SAMPLED = 5_000;

/** Ranges in the order of the search, without overlap: all ids that `idRanges` gives. */
export function* searchRanges(
  db: Database,
  plan: FramePlan,
  { isBackwards } = { isBackwards: false },
): Generator<SearchRange> {
  const ranges = (isBackwards ? idRangesBackwards : idRanges)(db, plan);
  const { needles } = plan;
  if (needles === null) {
    for (const { first, last } of ranges) yield { first, last, isSkipped: false };
    return;
  }
  const search = new PackedSearch(db, needles, plan.bodyless);
  for (const range of ranges) {
    if (!isBackwards) yield* search.narrow(range);
    else for (const window of windowsBackwards(range)) yield* [...search.narrow(window)].toReversed();
  }
}

/** The same without the ids that are skipped, whose number `onSkipped` gets. */
export function* rangesToSearch(
  db: Database,
  plan: FramePlan,
  onSkipped: (ids: number) => void,
  direction?: { readonly isBackwards: boolean },
): Generator<IdRange> {
  for (const { first, last, isSkipped } of searchRanges(db, plan, direction)) {
    if (isSkipped) onSkipped(last - first + 1);
    else yield { first, last };
  }
}

function* windowsBackwards({ first, last }: IdRange): Generator<IdRange> {
  let size = FIRST_WINDOW;
  for (let end = last; end >= first; end -= size) {
    size = Math.min(2 * size, WINDOW);
    yield { first: Math.max(first, end - size + 1), last: end };
  }
}

/** Frames in a row whose payloads, if they have one, are in the same block. */
interface Run extends IdRange {
  readonly blockId: number;
}

const NEXT_RUN = `
SELECT block_id AS blockId, frame_id AS first, min(
  coalesce((SELECT min(frame_id) FROM main.packed_payload
    WHERE frame_id BETWEEN place.frame_id AND :last AND block_id <> place.block_id) - 1, :last),
  coalesce((SELECT min(frame_id) FROM main.payload
    WHERE frame_id BETWEEN place.frame_id AND :last) - 1, :last)) AS last
FROM main.packed_payload AS place
WHERE frame_id BETWEEN :first AND :last AND NOT EXISTS (SELECT 1 FROM main.payload WHERE frame_id = place.frame_id)
ORDER BY frame_id LIMIT 1`;

// As arrays, which take a third of the time of rows. Empty if the block was packed again since: it has other bytes then.
const PLACES = `
SELECT json_group_array(frame_id), json_group_array(at_byte), json_group_array(body_bytes)
FROM main.packed_payload
WHERE frame_id BETWEEN ? AND ? AND block_id = (SELECT id FROM main.payload_block WHERE id = ? AND octet_length(bytes) = ?)`;

class PackedSearch {
  readonly #needles: string;
  readonly #bodyless: Condition;
  readonly #nextRun: Statement<[IdRange], Run>;
  readonly #count: Statement<unknown[], number>;
  readonly #find: Statement<[string, number], { readonly hits: string | null; readonly packedBytes: number }>;
  readonly #places: Statement<
    [number, number, number, number],
    [ids: string, atBytes: string, bodyBytes: string]
  >;

  constructor(db: Database, needles: readonly Needle[], bodyless: Condition) {
    this.#needles = JSON.stringify(needles);
    this.#bodyless = bodyless;
    this.#nextRun = db.prepare(NEXT_RUN);
    this.#count = db
      .prepare<unknown[], number>(
        `SELECT count(*) FROM (SELECT 1 FROM frame WHERE id BETWEEN ? AND ? AND ${bodyless.sql} LIMIT ?)`,
      )
      .pluck();
    this.#find = db.prepare(
      `SELECT ${FIND_IN_BLOCK} AS hits, octet_length(bytes) AS packedBytes FROM main.payload_block WHERE id = ?`,
    );
    this.#places = db
      .prepare<[number, number, number, number], [ids: string, atBytes: string, bodyBytes: string]>(PLACES)
      .raw();
  }

  /** The range in parts, in ascending order. */
  *narrow({ first, last }: IdRange): Generator<SearchRange> {
    for (let next = first; next <= last;) {
      const run = this.#nextRun.get({ first: next, last });
      if (run !== undefined && this.#isWorthwhile(run)) {
        if (next < run.first) yield { first: next, last: run.first - 1, isSkipped: false };
        yield* this.#narrowRun(run);
        next = run.last + 1;
      } else {
        const end = run === undefined ? last : Math.min(last, run.first + SAMPLED - 1);
        yield { first: next, last: end, isSkipped: false };
        next = end + 1;
      }
    }
  }

  /** Whether enough frames pass by all but their payload. */
  #isWorthwhile({ first, last }: Run): boolean {
    const enough = Math.ceil((last - first + 1) / ONE_IN);
    return this.#count.get(first, last, ...this.#bodyless.values, enough) === enough;
  }

  *#narrowRun(run: Run): Generator<SearchRange> {
    const ids = this.#findIds(run);
    if (ids === null) {
      yield { first: run.first, last: run.last, isSkipped: false };
      return;
    }
    let next = run.first;
    for (const { first, last } of joinNear(ids)) {
      if (next < first) yield { first: next, last: first - 1, isSkipped: true };
      yield { first, last, isSkipped: false };
      next = last + 1;
    }
    if (next <= run.last) yield { first: next, last: run.last, isSkipped: true };
  }

  /** Ids of the frames that have a text, in ascending order; null if all have to be looked at. */
  #findIds({ blockId, first, last }: Run): readonly number[] | null {
    const { hits = null, packedBytes = 0 } = this.#find.get(this.#needles, blockId) ?? {};
    if (hits === null) return null;
    if (hits === NO_HITS) return [];
    const places = this.#places.get(first, last, blockId, packedBytes) ?? [];
    const [ids = [], atBytes = [], sizes = []] = places.map(parseNumbers);
    if (ids.length === 0) return null;
    const hitBytes = parseNumbers(hits).toSorted((a, b) => a - b);
    return ids.filter((_, index) => {
      const start = atBytes[index] ?? 0;
      return findNext(hitBytes, start) < start + (sizes[index] ?? 0);
    });
  }
}

const NO_HITS = '[]';

/** The least of the numbers, in ascending order, that is `least` at least. */
function findNext(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return numbers[low] ?? Infinity;
}

function parseNumbers(json: string): readonly number[] {
  return JSON.parse(json) as readonly number[];
}

function joinNear(ids: readonly number[]): readonly IdRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const id of ids) {
    const before = ranges.at(-1);
    if (before !== undefined && id - before.last <= NEAR) before.last = id;
    else ranges.push({ first: id, last: id });
  }
  return ranges;
}
