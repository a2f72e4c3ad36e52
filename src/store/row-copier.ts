/**
 * Row copier: copies rows of another database into this one, and moves their ids behind the existing ones.
 *
 * In an empty database every id is kept. Rows that name no capture belong to a new one. The frame writer makes new
 * roll-ups. One call of `append` is one transaction. Invalid rows are a UsageError with their place, because they come
 * from a file.
 */
import type { FrameRecord } from '../capture/records.js';
import { errorCode, UsageError } from '../errors.js';
import type { Database, SqlValue, Statement } from './database.js';
import { FrameWriter, type ConnectionState } from './frame-writer.js';
import { guarded } from './store-error.js';
import { COPIED_TABLES, type CopiedTable, type TableRow } from './table-rows.js';
import type { CaptureCounters } from './writer-state.js';

/** A frame or another row, with its original ids. `place` is where it was, for errors. */
export type CopiedRow =
  | { readonly type: 'frame'; readonly place: string; readonly id: number; readonly frame: FrameRecord }
  | { readonly type: 'row'; readonly place: string; readonly table: CopiedTable; readonly row: TableRow };

/** Columns that hold the id of a row elsewhere. */
const REFERENCES: Readonly<Record<string, CopiedTable>> = {
  capture_id: 'capture',
  connection_id: 'connection',
  session_id: 'session',
  exchange_id: 'exchange',
};

interface Target {
  readonly columns: readonly string[];
  readonly insert: Statement<SqlValue[]>;
}

/** Copies the rows of one file. */
export class RowCopier {
  readonly #db: Database;
  readonly #path: string;
  readonly #begin: () => number;
  readonly #ownAlias: (alias: string, capture: number) => string;
  readonly #frames: FrameWriter;
  readonly #frameOffset: number;
  readonly #offsets: ReadonlyMap<CopiedTable, number>;
  readonly #targets = new Map<CopiedTable, Target>();
  readonly #connections = new Map<number, ConnectionState>();
  /** Ids of the file whose rows were written. */
  readonly #written = new Map<CopiedTable, Set<number>>(COPIED_TABLES.map((table) => [table, new Set()]));
  /** Rows that others name and that have not come yet: the first that names each. */
  readonly #missing = new Map<string, { readonly table: CopiedTable; readonly place: string }>();
  readonly #isTaken: Statement<[SqlValue, number]>;
  /** By the ids of the file. */
  readonly #lastSeqs = new Map<number, SqlValue>();
  readonly #setLastSeq: Statement<[SqlValue, number]>;
  #gapCount = 0;
  /** Id of the capture that was written last. */
  #lastCapture: number | null = null;
  /** Id of the capture that was begun. */
  #ownCapture: number | null = null;

  /**
   * `begin` begins a capture and returns its id; `ownAlias` makes the alias of a session whose own one the database has
   * already.
   */
  constructor(
    db: Database,
    path: string,
    begin: () => number,
    ownAlias: (alias: string, capture: number) => string,
  ) {
    this.#db = db;
    this.#path = path;
    this.#begin = begin;
    this.#ownAlias = ownAlias;
    this.#frames = new FrameWriter(db);
    this.#frameOffset = this.#frames.nextId - 1;
    this.#offsets = new Map(
      COPIED_TABLES.map((table) => [
        table,
        db.prepare<[], number>(`SELECT coalesce(max(rowid), 0) FROM ${table}`).pluck().get() ?? 0,
      ]),
    );
    this.#setLastSeq = db.prepare('UPDATE session SET last_seq = ? WHERE id = ?');
    this.#isTaken = db.prepare('SELECT 1 FROM session WHERE alias = ? AND id <= ?');
  }

  /** Sums over everything that was appended. */
  counters(): CaptureCounters {
    return {
      connections: this.#connections.size,
      gaps: this.#gapCount,
      lostBytes: 0,
      ...this.#frames.counters,
    };
  }

  /** Id of the capture that was written last; begins one if needed. */
  capture(): number {
    return this.#lastCapture ?? this.#own();
  }

  /** Writes all rows or none; after an error no more rows can be written. Throws UsageError and StoreError. */
  append(rows: readonly CopiedRow[]): void {
    const write = this.#db.transaction(() => {
      for (const row of rows) {
        if (row.type === 'frame') this.#writeFrame(row);
        else this.#writeRow(row);
      }
      this.#frames.finish();
      this.#setLastSeqs(rows);
    });
    guarded(this.#path, () => write.immediate());
  }

  /** Ends the copy. Throws a UsageError if a row is missing that another one needs. */
  finish(): void {
    for (const { table, place } of this.#missing.values())
      misfit(place, `is of a ${table} that the file does not have`);
  }

  #writeFrame({ id, frame, place }: CopiedRow & { readonly type: 'frame' }): void {
    const state = this.#connections.get(frame.connection);
    if (state === undefined)
      misfit(place, `is of connection ${frame.connection}, which no line before it has`);
    this.#refer('session', frame.session, place);
    const frameId = id + this.#frameOffset;
    if (frameId < this.#frames.nextId) misfit(place, 'has an id that is not above the one before it');
    const session = frame.session === null ? null : frame.session + this.#offset('session');
    this.#frames.write(frame, state, session, frameId);
  }

  /** Frames that were attached late never counted for their session: its row has the right value. */
  #setLastSeqs(rows: readonly CopiedRow[]): void {
    const sessions = new Set(rows.map((row) => (row.type === 'frame' ? row.frame.session : null)));
    for (const session of sessions) {
      if (session === null) continue;
      this.#setLastSeq.run(this.#lastSeqs.get(session) ?? null, session + this.#offset('session'));
    }
  }

  #writeRow({ table, row, place }: CopiedRow & { readonly type: 'row' }): void {
    const { columns, insert } = this.#target(table);
    const stray = Object.keys(row).find((name) => !columns.includes(name));
    if (stray !== undefined) misfit(place, `has a column that ${table} does not have`);
    for (const [column, target] of Object.entries(REFERENCES)) {
      this.#refer(target, row[column] ?? null, place);
    }
    try {
      insert.run(...columns.map((column) => this.#value(table, column, row[column] ?? null)));
    } catch (error) {
      if (!errorCode(error).startsWith('SQLITE_CONSTRAINT')) throw error;
      misfit(place, `is not a row of ${table}`);
    }
    if (table === 'gap') this.#gapCount += 1;
    const id = Number(row['id']);
    this.#written.get(table)?.add(id);
    this.#missing.delete(`${table} ${id}`);
    if (table === 'capture') this.#lastCapture = id + this.#offset(table);
    if (table === 'session') this.#lastSeqs.set(id, row['last_seq'] ?? null);
    if (table !== 'connection') return;
    this.#connections.set(id, {
      id: id + this.#offset(table),
      tally: null,
      unattached: null,
      framesBefore: 0,
      written: null,
    });
  }

  /** Notes that the row at `place` refers to another row. */
  #refer(table: CopiedTable, id: SqlValue, place: string): void {
    if (id === null || this.#written.get(table)?.has(Number(id)) === true) return;
    const name = `${table} ${String(id)}`;
    if (!this.#missing.has(name)) this.#missing.set(name, { table, place });
  }

  #value(table: CopiedTable, column: string, value: SqlValue): SqlValue {
    if (column === 'capture_id' && value === null) return this.#own();
    // Sessions of the file may share an alias with each other, but not with those that were here before.
    const isAlias = column === 'alias' && typeof value === 'string';
    if (isAlias && this.#isTaken.get(value, this.#offset('session')) !== undefined) {
      return this.#ownAlias(value, this.#offset('capture') + 1);
    }
    const target = column === 'id' ? table : REFERENCES[column];
    return target !== undefined && typeof value === 'number' ? value + this.#offset(target) : value;
  }

  #own(): number {
    this.#ownCapture ??= this.#begin();
    this.#lastCapture ??= this.#ownCapture;
    return this.#ownCapture;
  }

  #offset(table: CopiedTable): number {
    return this.#offsets.get(table) ?? 0;
  }

  #target(table: CopiedTable): Target {
    const known = this.#targets.get(table);
    if (known !== undefined) return known;
    const columns = this.#db
      .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(table);
    const marks = columns.map(() => '?').join();
    const insert = this.#db.prepare<SqlValue[]>(`INSERT INTO ${table} (${columns.join()}) VALUES (${marks})`);
    const target = { columns, insert };
    this.#targets.set(table, target);
    return target;
  }
}

function misfit(place: string, what: string): never {
  throw new UsageError(`${place} ${what}`, 'export it again');
}
