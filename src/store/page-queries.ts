/**
 * Queries of the page: the page repeats them while it is open, so each takes a few milliseconds or goes in steps.
 */
import type { FrameFilter } from './filter.js';
import { openChecked, CaptureReader } from './reader.js';
import type { Database } from './database.js';
import { FrameRows, type FramePage, type OnSearched, type PagedSearch } from './frame-rows.js';
import { planFrames } from './frame-plan.js';
import { HOUR_US, MINUTE_US } from './rollups.js';
import { guarded, guardedIterator } from './store-error.js';
import { readSizeBins, type SizeBin } from './stats/size-bins.js';
import { readTypeBins, type TypeBin } from './stats/type-bins.js';

/** What a file holds at the moment. */
export interface FileContent {
  /** Ids of the first and last frame; 0 if there are none. */
  readonly firstId: number;
  readonly lastId: number;
  /** Time of the last frame, by its id; null if there are none. */
  readonly lastAtUs: number | null;
  /** Times of the first and the last thing of all: frames, connections, gaps, REST calls; null if there is nothing. */
  readonly firstAtUs: number | null;
  readonly greatestAtUs: number | null;
  readonly frames: number;
}

/** When a connection identified or resumed. */
export interface SessionLink {
  readonly sessionId: number;
  readonly connectionId: number;
  readonly atUs: number;
  readonly isResume: boolean;
}

/** What came after a frame. */
export interface NewFrames {
  readonly count: number;
  readonly wireBytes: number;
  readonly lastId: number;
  readonly lastAtUs: number | null;
}

/** A span that is longer than this is counted by the hour. */
const FEW_HOURS_US = 4 * HOUR_US;

/** An open database, for the page; use `openPageQueries`. */
export class PageQueries implements Disposable {
  readonly reader: CaptureReader;
  readonly #db: Database;
  readonly #path: string;
  readonly #frames: FrameRows;

  constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.reader = new CaptureReader(db, path);
    this.#frames = new FrameRows(db);
  }

  /** Pages of the frames that pass; `limit` of the filter does not apply. Throws a FilterError. */
  framePages(filter: FrameFilter, search: PagedSearch): IterableIterator<FramePage> {
    return guardedIterator(this.#path, this.#frames.pages(filter, search));
  }

  /** Counts and bytes by bin of time and type of frame. */
  typeBins(filter: FrameFilter, binUs: number, onSearched?: OnSearched): readonly TypeBin[] {
    return guarded(this.#path, () =>
      this.#db.transaction(() => readTypeBins(this.#db, filter, binUs, onSearched))(),
    );
  }

  /** How many frames are how large. */
  sizeBins(filter: FrameFilter, onSearched: OnSearched): readonly SizeBin[] {
    return guarded(this.#path, () => readSizeBins(this.#db, filter, onSearched));
  }

  /** Whether the filter asks for nothing that roll-ups do not distinguish, but for the span of time. */
  isAboutTypes(filter: FrameFilter): boolean {
    return guarded(this.#path, () => planFrames(this.#db, filter).isScopeExact);
  }

  /** How many frames roll-ups say can pass at most. */
  countAtMost(filter: FrameFilter): number {
    return guarded(this.#path, () => {
      const { scope, sinceUs, untilUs, afterId, beforeId } = planFrames(this.#db, filter);
      const isLong = untilUs - sinceUs > FEW_HOURS_US;
      const [name, unitUs] = isLong ? (['hour', HOUR_US] as const) : (['minute', MINUTE_US] as const);
      const count = this.#db
        .prepare<unknown[], number | null>(
          `SELECT sum(frame_count) FROM ${name}_rollup
           WHERE ${name}_at_us >= ? AND ${name}_at_us < ? AND last_frame_id > ? AND first_frame_id < ? AND ${scope.sql}`,
        )
        .pluck()
        .get(sinceUs - (sinceUs % unitUs), untilUs, afterId, beforeId, ...scope.values);
      return count ?? 0;
    });
  }

  /** How many rows of roll-ups by the minute there are in a span. */
  rollupRows(sinceUs: number, untilUs: number): number {
    return guarded(
      this.#path,
      () =>
        this.#db
          .prepare<[number, number], number>(
            'SELECT count(*) FROM minute_rollup WHERE minute_at_us >= ? AND minute_at_us < ?',
          )
          .pluck()
          .get(sinceUs - (sinceUs % MINUTE_US), untilUs) ?? 0,
    );
  }

  /** What the file holds. */
  content(): FileContent {
    return guarded(this.#path, () => {
      const ids = this.#db
        .prepare<[], { readonly firstId: number | null; readonly lastId: number | null }>(
          'SELECT (SELECT min(id) FROM frame) AS firstId, (SELECT max(id) FROM frame) AS lastId',
        )
        .get();
      const sums = this.#db
        .prepare<[], Pick<FileContent, 'firstAtUs' | 'greatestAtUs'> & { readonly frames: number | null }>(
          `SELECT min(first) AS firstAtUs, max(last) AS greatestAtUs, sum(frames) AS frames FROM (
             SELECT min(first_at_us) AS first, max(last_at_us) AS last, sum(frame_count) AS frames FROM hour_rollup
             UNION ALL SELECT min(opened_at_us), max(coalesce(closed_at_us, opened_at_us)), 0 FROM connection
             UNION ALL SELECT min(from_us), max(until_us), 0 FROM gap
             UNION ALL SELECT min(started_at_us), max(started_at_us), 0 FROM exchange)`,
        )
        .get();
      const lastId = ids?.lastId ?? 0;
      return {
        firstId: ids?.firstId ?? 0,
        lastId,
        lastAtUs:
          this.#db.prepare<[number], number>('SELECT at_us FROM frame WHERE id = ?').pluck().get(lastId) ??
          null,
        firstAtUs: sums?.firstAtUs ?? null,
        greatestAtUs: sums?.greatestAtUs ?? null,
        frames: sums?.frames ?? 0,
      };
    });
  }

  /** Sums over the frames behind an id, which are to be few. */
  newFrames(afterId: number): NewFrames {
    return guarded(this.#path, () => {
      const row = this.#db
        .prepare<[number], { count: number; wireBytes: number | null; lastId: number | null }>(
          'SELECT count(*) AS count, sum(wire_bytes) AS wireBytes, max(id) AS lastId FROM frame WHERE id > ?',
        )
        .get(afterId);
      const lastId = row?.lastId ?? afterId;
      const lastAtUs = this.#db
        .prepare<[number], number>('SELECT at_us FROM frame WHERE id = ?')
        .pluck()
        .get(lastId);
      return {
        count: row?.count ?? 0,
        wireBytes: row?.wireBytes ?? 0,
        lastId,
        lastAtUs: lastAtUs ?? null,
      };
    });
  }

  /** Greatest id of a REST call; 0 if there are none. */
  lastCallId(): number {
    return guarded(
      this.#path,
      () => this.#db.prepare<[], number | null>('SELECT max(id) FROM exchange').pluck().get() ?? 0,
    );
  }

  /** Number that changes when another handle has written to the file. */
  dataVersion(): number {
    return guarded(this.#path, () => Number(this.#db.pragma('data_version', { simple: true })));
  }

  /** Whether the newest capture has no end. */
  isCaptureOpen(): boolean {
    return guarded(this.#path, () => {
      const ended = this.#db
        .prepare<[], number | null>('SELECT ended_at_us FROM capture ORDER BY id DESC LIMIT 1')
        .pluck()
        .get();
      return ended === null;
    });
  }

  /** Connections of the newest capture that have no end. */
  openConnections(): number {
    return guarded(
      this.#path,
      () =>
        this.#db
          .prepare<[], number>(
            'SELECT count(*) FROM connection WHERE closed_at_us IS NULL AND upgrade_status = 101 AND capture_id = (SELECT max(id) FROM capture)',
          )
          .pluck()
          .get() ?? 0,
    );
  }

  /** How many connections were open at some time of the span. */
  connectionCount(sinceUs: number, untilUs: number): number {
    return guarded(
      this.#path,
      () =>
        this.#db
          .prepare<[number, number], number>(
            'SELECT count(*) FROM connection WHERE opened_at_us < ? AND (closed_at_us IS NULL OR closed_at_us >= ?)',
          )
          .pluck()
          .get(untilUs, sinceUs) ?? 0,
    );
  }

  /** The newest `limit` times at which connections identified or resumed, in the order of time. */
  sessionLinks(sinceUs: number, untilUs: number, limit: number): readonly SessionLink[] {
    return guarded(this.#path, () =>
      this.#db
        .prepare<unknown[], Omit<SessionLink, 'isResume'> & { readonly isResume: number }>(
          `SELECT * FROM (SELECT session_id AS sessionId, connection_id AS connectionId, at_us AS atUs, is_resume AS isResume
             FROM session_connection WHERE at_us >= ? AND at_us < ? ORDER BY at_us DESC LIMIT ?) ORDER BY atUs`,
        )
        .all(sinceUs, untilUs, limit)
        .map((row) => ({ ...row, isResume: row.isResume === 1 })),
    );
  }

  close(): void {
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Opens the database at `path` for reading. Throws StoreError when it cannot be read, or is newer or older. */
export function openPageQueries(path: string): PageQueries {
  const db = openChecked(path);
  try {
    return new PageQueries(db, path);
  } catch (error) {
    db.close();
    throw error;
  }
}
