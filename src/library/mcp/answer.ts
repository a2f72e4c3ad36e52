/**
 * Answers of tools: rows in pages of bounded length, with a cursor to the next.
 *
 * The bounds are those of a language model's context, not of memory: a page has so many rows and characters, long texts
 * are cut and say so, and a row that is longer than a page comes as the beginning of its JSON.
 */
import { UsageError } from '../../errors.js';

/** Characters of a page, of a text in a row, and of a payload in a list. */
export const PAGE_CHARS = 40_000;
const TEXT_CHARS = 2_000;
export const PAYLOAD_CHARS = 4_000;

/** Rows of a page, unless another number is asked for, and at most. */
export const DEFAULT_ROWS = 50;
export const MAX_ROWS = 500;

/** A row and where the rows behind it begin. */
export interface PlacedRow {
  readonly row: unknown;
  readonly cursor: string;
}

/** Rows that fit. */
export interface Page {
  readonly rows: readonly unknown[];
  /** Give it back for what follows; absent if nothing does. */
  readonly nextCursor?: string;
}

/** The first of the rows, up to `limit` and to the length of a page; `rest` is where a search that was broken off goes on. */
export function makePage(
  rows: Iterable<PlacedRow>,
  limit: number,
  rest: () => string | null = () => null,
): Page {
  const taken: unknown[] = [];
  let chars = 0;
  let cursor: string | null = null;
  for (const { row, cursor: behind } of rows) {
    const shown = shortened(row);
    const length = JSON.stringify(shown).length;
    if (taken.length === limit || (taken.length > 0 && chars + length > PAGE_CHARS)) {
      return { rows: taken, ...(cursor === null ? {} : { nextCursor: cursor }) };
    }
    taken.push(shown);
    chars += length;
    cursor = behind;
  }
  const broken = rest();
  return { rows: taken, ...(broken === null ? {} : { nextCursor: broken }) };
}

/** Rows of a list from the cursor on, which is a position in it. */
export function* fromPosition(
  rows: Iterable<unknown>,
  cursor: string | undefined,
): Generator<PlacedRow, void> {
  const first = readPosition(cursor) ?? 0;
  let position = 0;
  for (const row of rows) {
    position += 1;
    if (position > first) yield { row, cursor: String(position) };
  }
}

/** Position that a cursor is, or null for none; times in µs have 16 digits. Throws a UsageError for any other text. */
export function readPosition(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  if (!/^\d{1,16}$/.test(cursor) || !Number.isSafeInteger(Number(cursor))) {
    throw new UsageError(
      'the cursor is invalid',
      'give nextCursor of the answer before, with the same arguments',
    );
  }
  return Number(cursor);
}

/** A row with long texts cut, or the beginning of its JSON where it is longer than a page. */
function shortened(row: unknown): unknown {
  const cut = cutTexts(row);
  const json = JSON.stringify(cut);
  return json.length <= PAGE_CHARS ? cut : { cutRow: json.slice(0, PAGE_CHARS / 2), characters: json.length };
}

function cutTexts(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) =>
      typeof each === 'string' && each.length > TEXT_CHARS * 2
        ? `${each.slice(0, TEXT_CHARS)}… (${each.length} characters)`
        : each,
    ),
  );
}
