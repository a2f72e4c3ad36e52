/**
 * Capture reader: everything that can be asked of a database, on a read-only handle of its own.
 *
 * It works while a recorder writes, and never makes the recorder wait. Every method throws StoreError when the
 * file cannot be read.
 */
import { UsageError } from '../errors.js';
import { openReadable, type Database } from './database.js';
import type { ExchangeFilter } from './exchanges/filter.js';
import type { ExchangeRow } from '../capture/columns.js';
import { listExchanges } from './exchanges/rows.js';
import { readExchangeStats, type ExchangeStats } from './exchanges/figures.js';
import type { ExchangeGroupKey, HeartbeatGroupKey } from './query-words.js';
import { compilePredicate } from '../filter/evaluate.js';
import type { Filter } from '../filter/nodes.js';
import { pinFilter } from '../filter/pin.js';
import { toPredicate } from '../filter/predicate.js';
import type { Condition } from './condition.js';
import { prepareFilterFunctions } from './filter-functions.js';
import { readFilter, type FilterInput, type FrameFilter } from './filter.js';
import { FramePlaces } from './frame-places.js';
import {
  findFrameExtent,
  findLatestId,
  planFrames,
  readFilterContext,
  type FrameExtent,
} from './frame-plan.js';
import { FrameRows, type FrameDetail, type FrameRow, type OnSearched, type HowRead } from './frame-rows.js';
import {
  listGaps,
  listObservations,
  type ConnectionFilter,
  type GapRow,
  type ObservationRow,
  type RemarkFilter,
  listConnections,
  listSessions,
  type ConnectionRow,
  type SessionRow,
} from './listings.js';
import {
  listHeartbeats,
  readHeartbeatGroups,
  type HeartbeatFilter,
  type HeartbeatGroup,
  type HeartbeatRow,
} from './heartbeats.js';
import { requireCurrent } from './migrate.js';
import { preparePackedBodies } from './packed-functions.js';
import { keyedDigest } from './placeholders.js';
import { runSql, type SqlResult } from './sql-query.js';
import { sessionSteps, type SessionStep } from './session-steps.js';
import { readStats, readStatsPart, type Stats, type StatsPart, type StatsQuery } from './stats/stats.js';
import { guarded, guardedIterator } from './store-error.js';
import { planPrune } from './upkeep/prune-plan.js';
import type { PruneScope } from './upkeep/pruner.js';
import type { PruneStep } from './upkeep/upkeep.js';
import { TableRows, type CopiedTable, type TableRow } from './table-rows.js';

// An import's mode is the form that it came from.
const TAPE_MODE = 'tape';

/** Id of a session, connection or capture, or the newest one. */
export type IdOrLatest = number | 'latest';

/** Commands that list existing rows; connections show their capture. */
const LISTS = { capture: 'connections', connection: 'connections', session: 'sessions' } as const;

/** Ids of the frames before and after one; null at the ends. */
export interface Neighbours {
  readonly previous: number | null;
  readonly next: number | null;
}

/** An open database that is read. */
export class CaptureReader implements Disposable {
  readonly #db: Database;
  readonly #path: string;
  readonly #frames: FrameRows;
  readonly #rows: TableRows;

  /** Use `openReader`. */
  constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.#frames = new FrameRows(db);
    this.#rows = new TableRows(db);
  }

  /**
   * Frames that pass the filter, in the order of their ids, with bounded memory; a long search can say how far it is, and
   * leave payloads out. Throws a FilterError for a text that is not a filter.
   */
  frames(filter: FrameFilter = {}, ...reading: HowRead): IterableIterator<FrameRow> {
    return guardedIterator(this.#path, this.#frames.list(filter, ...reading));
  }

  /** A filter in which `latest` and times such as `2h` are replaced by what they refer to now. */
  pinFilter(filter: FilterInput): Filter {
    return guarded(this.#path, () => pinFilter(readFilter(filter), readFilterContext(this.#db)));
  }

  /**
   * Test of rows, such as those of `frames`, for a filter, with `latest` and `2h` as they are now. Throws a FilterError
   * for a text that is not a filter.
   */
  frameTest(filter: FilterInput): (row: FrameRow) => boolean {
    return guarded(this.#path, () => {
      const predicate = toPredicate(readFilter(filter), readFilterContext(this.#db));
      const test = compilePredicate(predicate);
      const places = new FramePlaces(this.#db);
      return (row: FrameRow) => test({ ...row, ...places.find(row) });
    });
  }

  /** Frame with `id` and the bytes that were kept of it, or null. */
  frame(id: number): FrameDetail | null {
    return guarded(this.#path, () => this.#frames.find(id));
  }

  /**
   * Condition on the table `frame` of a filter, with the values of its parameters, for `sql` and for people
   * who want to see it.
   */
  frameCondition(filter: FrameFilter): Condition {
    return guarded(this.#path, () => planFrames(this.#db, filter).condition);
  }

  /** Where the frames are that a filter selects: times, session and connections. */
  frameExtent(filter: FrameFilter): FrameExtent {
    return guarded(this.#path, () => findFrameExtent(this.#db, filter));
  }

  /** Ids of a frame's neighbours that pass a filter, in its session, or in its connection if it has no session. */
  neighbours({ id, sessionId, connectionId }: FrameRow, passing?: FilterInput): Neighbours {
    const place = sessionId === null ? { connection: connectionId } : { session: sessionId };
    const idOfFirst = (filter: FrameFilter): number | null => {
      for (const row of this.frames({ ...place, ...filter, filter: passing })) return row.id;
      return null;
    };
    return { previous: idOfFirst({ beforeId: id, limit: 1 }), next: idOfFirst({ afterId: id }) };
  }

  /** Every session, oldest first. */
  sessions(): readonly SessionRow[] {
    return guarded(this.#path, () => listSessions(this.#db));
  }

  /** Connections that pass the filter, oldest first. */
  connections(filter: ConnectionFilter = {}): readonly ConnectionRow[] {
    return guarded(this.#path, () => listConnections(this.#db, filter));
  }

  /** Gaps that pass the filter, oldest first. */
  gaps(filter: RemarkFilter = {}): readonly GapRow[] {
    return guarded(this.#path, () => listGaps(this.#db, filter));
  }

  /** Observations that pass the filter, oldest first. */
  observations(filter: RemarkFilter = {}, names?: readonly string[]): readonly ObservationRow[] {
    return guarded(this.#path, () => listObservations(this.#db, filter, names));
  }

  /** Heartbeats that pass the filter, in the order of sending. */
  heartbeats(filter: HeartbeatFilter = {}): readonly HeartbeatRow[] {
    return guarded(this.#path, () => listHeartbeats(this.#db, filter));
  }

  /** Figures of the heartbeats that pass the filter, grouped by `by`. */
  heartbeatGroups(filter: HeartbeatFilter, by: readonly HeartbeatGroupKey[]): readonly HeartbeatGroup[] {
    return guarded(this.#path, () => readHeartbeatGroups(this.#db, filter, by));
  }

  /** REST calls that pass the filter, in the order in which they began, with bounded memory. */
  exchanges(filter: ExchangeFilter = {}): IterableIterator<ExchangeRow> {
    return guardedIterator(this.#path, listExchanges(this.#db, filter));
  }

  /** Every row of a table, or those after an id, unchanged, in the order of the ids, with bounded memory. */
  rows(table: CopiedTable, afterId = 0): IterableIterator<TableRow> {
    return guardedIterator(this.#path, this.#rows.list(table, afterId));
  }

  /** Bytes that were kept of a frame, or null. */
  frameBytes(id: number): Uint8Array | null {
    return guarded(this.#path, () => this.#frames.bytes(id));
  }

  /** Id of the newest frame, or null. */
  newestFrameId(): number | null {
    return guarded(this.#path, () => findLatestId(this.#db, 'id'));
  }

  /** Row of a table, unchanged, or null. */
  row(table: CopiedTable, id: number): TableRow | null {
    return guarded(this.#path, () => this.#rows.find(table, id));
  }

  /** Ids of the captures, oldest first. */
  captureIds(): readonly number[] {
    return guarded(this.#path, () =>
      this.#db.prepare<[], number>('SELECT id FROM capture ORDER BY id').pluck().all(),
    );
  }

  /** Base of the REST API that a capture passed calls on to, such as `https://discord.com/api`. */
  captureApi(captureId: number): string {
    return guarded(
      this.#path,
      () =>
        this.#db.prepare<[number], string>('SELECT api FROM capture WHERE id = ?').pluck().get(captureId) ??
        '',
    );
  }

  /** Counts, errors, bytes and durations of the REST calls that pass the filter. */
  exchangeStats(
    filter: ExchangeFilter = {},
    by: readonly ExchangeGroupKey[] = ['method', 'route'],
  ): ExchangeStats {
    return guarded(this.#path, () => readExchangeStats(this.#db, filter, by));
  }

  /** Counts, bytes, rates and sizes. A pass over the frames calls `onSearched` as `frames` does. */
  stats(query: StatsQuery = {}, onSearched?: OnSearched): Stats {
    return guarded(this.#path, () => readStats(this.#db, query, onSearched));
  }

  /** The same as a part, to be merged with those of other databases. */
  statsPart(query: StatsQuery = {}, onSearched?: OnSearched): StatsPart {
    return guarded(this.#path, () => readStatsPart(this.#db, query, onSearched));
  }

  /** Counts of rows that pruning would delete; deletes nothing. */
  prunePlan(scope: PruneScope): PruneStep {
    return guarded(this.#path, () => planPrune(this.#db, scope));
  }

  /** How many payloads of each opcode were recorded, unknown opcodes too. */
  opcodeCounts(): ReadonlyMap<number, number> {
    return guarded(
      this.#path,
      () =>
        new Map(
          this.#db
            .prepare<[], [number, number]>(
              `SELECT op, sum(frame_count) FROM hour_rollup JOIN frame_type ON frame_type.id = type_id
               WHERE op NOTNULL GROUP BY op ORDER BY op`,
            )
            .raw()
            .all(),
        ),
    );
  }

  /** Answer to one statement that reads. Throws a UsageError for any other, also while rows are taken. */
  sql(statement: string): SqlResult {
    const { columns, rows } = guarded(this.#path, () => runSql(this.#db, statement));
    return { columns, rows: guardedIterator(this.#path, rows) };
  }

  /** Id of a session: `latest` is the last to identify or resume. Throws UsageError if not found. */
  resolveSession(which: IdOrLatest): number {
    return this.#resolve('session', which);
  }

  /** Id of a connection: `latest` is the last opened. Throws UsageError if not found. */
  resolveConnection(which: IdOrLatest): number {
    return this.#resolve('connection', which);
  }

  /** Id of a capture: `latest` is the last begun. Throws UsageError if not found. */
  resolveCapture(which: IdOrLatest): number {
    return this.#resolve('capture', which);
  }

  /** Payloads and closes of a session, in the order of the wire. */
  sessionSteps(sessionId: number): IterableIterator<SessionStep> {
    return guardedIterator(this.#path, sessionSteps(this.#db, this.#frames, sessionId));
  }

  /** Whether a session was imported from a tape. */
  isFromTape(sessionId: number): boolean {
    return guarded(this.#path, () => {
      const modes = this.#db
        .prepare<[number], string>(
          `SELECT DISTINCT mode FROM session_connection
             JOIN connection ON connection.id = connection_id JOIN capture ON capture.id = capture_id
           WHERE session_id = ?`,
        )
        .pluck()
        .all(sessionId);
      return modes.length > 0 && modes.every((mode) => mode === TAPE_MODE);
    });
  }

  /**
   * Keyed hash under the database's key, for placeholders that cannot be traced back without the key. A database without a
   * key, such as a copy made to be shared, gets a new key for each call.
   */
  keyedDigest(): (text: string) => Uint8Array {
    return guarded(this.#path, () => keyedDigest(this.#db));
  }

  close(): void {
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #resolve(table: 'capture' | 'session' | 'connection', which: IdOrLatest): number {
    const id = guarded(this.#path, () =>
      which === 'latest'
        ? findLatestId(this.#db, table)
        : this.#db.prepare<[number], number>(`SELECT id FROM ${table} WHERE id = ?`).pluck().get(which),
    );
    if (id !== undefined && id !== null) return id;
    throw new UsageError(
      which === 'latest'
        ? `the database ${this.#path} has no ${table} yet`
        : `the database ${this.#path} has no ${table} ${which}`,
      which === 'latest' ? 'record one first' : `list them with \`gatetape ${LISTS[table]}\``,
    );
  }
}

/** Opens the database at `path` for reading. Throws StoreError when it cannot be read, or is newer or older. */
export function openReader(path: string): CaptureReader {
  return new CaptureReader(openChecked(path), path);
}

/** Handle of the database at `path` for queries of gatetape's own. Throws as `openReader` does. */
export function openChecked(path: string): Database {
  const db = openReadable(path);
  try {
    return guarded(path, () => {
      requireCurrent(db, path);
      preparePackedBodies(db);
      prepareFilterFunctions(db);
      return db;
    });
  } catch (error) {
    db.close();
    throw error;
  }
}
