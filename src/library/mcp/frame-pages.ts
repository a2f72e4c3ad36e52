/**
 * Frames for a tool: a page of a search that ends after some seconds, wherever it is then.
 *
 * A search goes through the file in windows of ids, so that one that finds little answers in time too, with a cursor from
 * where it goes on.
 */
import { FRAME_KEYS } from '../../capture/columns.js';
import { payloadOf } from '../../store/frame-json.js';
import type { FrameRow } from '../../store/frame-rows.js';
import type { FrameFilter } from '../../store/filter.js';
import type { CaptureReader } from '../../store/reader.js';
import { makePage, PAYLOAD_CHARS, readPosition, type Page, type PlacedRow } from './answer.js';

/** Ids of one window. */
const WINDOW_IDS = 100_000;
/** Time after which no further window is searched, in ms. */
const SEARCH_MS = 10_000;

/** How a search is paged. */
export interface FramePaging {
  readonly limit: number;
  readonly cursor: string | undefined;
  /** Newest first; otherwise oldest first. */
  readonly isNewestFirst: boolean;
}

/** A page of the frames that pass. */
export function pageFrames(
  reader: CaptureReader,
  filter: FrameFilter,
  { limit, cursor, isNewestFirst }: FramePaging,
  searchMs: number = SEARCH_MS,
): Page {
  const [newest] = reader.frames({ limit: 1 });
  const last = newest?.id ?? 0;
  const position = readPosition(cursor);
  const endMs = performance.now() + searchMs;
  // A cursor behind the last frame would search windows without end.
  let at = isNewestFirst ? Math.min(position ?? Infinity, last + 1) : (position ?? 0);
  let isOver = false;
  function* search(): Generator<PlacedRow, void> {
    do {
      const window = isNewestFirst
        ? { afterId: Math.max(0, at - WINDOW_IDS - 1), beforeId: at, limit: limit + 1 }
        : { afterId: at, beforeId: at + WINDOW_IDS + 1 };
      const rows = reader.frames({ ...filter, ...window });
      const ordered = isNewestFirst ? [...rows].reverse() : rows;
      for (const row of ordered) yield { row: describeFrame(row), cursor: String(row.id) };
      at = isNewestFirst ? window.afterId + 1 : at + WINDOW_IDS;
      isOver = isNewestFirst ? at <= 1 : at >= last;
    } while (!isOver && performance.now() < endMs);
  }
  return makePage(search(), limit, () => (isOver ? null : String(at)));
}

/** A frame as the other commands show it in JSON; a long payload is cut. */
export function describeFrame(row: FrameRow): Readonly<Record<string, unknown>> {
  const { payloadText, closeCode } = row;
  const facts = Object.fromEntries(FRAME_KEYS.map((key) => [key, row[key]]));
  const close = closeCode === null ? {} : { closeCode };
  if (payloadText === null || payloadText.length <= PAYLOAD_CHARS) {
    return { ...facts, sessionId: row.sessionId, ...close, payload: payloadOf(row) };
  }
  const cut = { payloadText: payloadText.slice(0, PAYLOAD_CHARS / 2), payloadCharacters: payloadText.length };
  return { ...facts, sessionId: row.sessionId, ...close, payload: null, ...cut };
}
