/**
 * SQLite handles whose native objects never become garbage while the process lives.
 *
 * better-sqlite3 12 wraps its databases, statements and iterators with node::ObjectWrap. Built against Node 24.21 that
 * class removes an environment cleanup hook in its destructor, which aborts the process when the collector runs it
 * outside a context ("RemoveEnvironmentCleanupHook … Assertion failed: (env) != nullptr"; 20, 22 and 26 are not
 * affected, nor is better-sqlite3 13, which uses Node-API). So an unused statement returns to a pool of its database,
 * by its SQL, and databases, iterators and backups are held. Iterators and backups cannot be used again: some 200 bytes
 * each.
 */
import { createRequire } from 'node:module';
import type BetterSqlite from 'better-sqlite3';

type NativeStatement = BetterSqlite.Statement;

const require = createRequire(import.meta.url);

const held: object[] = [];

/** Loads the addon. Throws the error of loading it, so that nothing is made first that would then stay behind. */
export function loadSqlite(): void {
  if (held.length === 0) openSqlite(':memory:').close();
}

/** Opens a database as better-sqlite3 does, with pooled statements. Throws the same errors. */
export function openSqlite(path: string, options?: BetterSqlite.Options): BetterSqlite.Database {
  // Loaded here, so that everything that opens no database works without it.
  const Sqlite = require('better-sqlite3') as typeof BetterSqlite;
  const db = new Sqlite(path, options);
  held.push(db);
  holdBackups(db);
  const pool = new StatementPool(db.prepare.bind(db));
  db.prepare = (sql: string) => pool.take(sql) as never;
  // The original prepares a statement each time. SQLite executes some assignments while compiling, so none is pooled.
  db.pragma = (source, simpleOptions) => {
    if (source.includes('=')) return db.exec(`PRAGMA ${source}`);
    const statement = pool.take(`PRAGMA ${source}`);
    if (!statement.reader) return statement.run();
    return simpleOptions?.simple === true ? statement.pluck().get() : statement.all();
  };
  return db;
}

/** The object of a backup is made, used and dropped within `backup()`, by the native database behind `db`. */
function holdBackups(db: BetterSqlite.Database): void {
  for (const key of Object.getOwnPropertySymbols(db)) {
    const native: unknown = Reflect.get(db, key);
    if (!hasBackup(native)) continue;
    const backUp = native.backup.bind(native);
    native.backup = (...values) => {
      const backup = backUp(...values);
      held.push(backup);
      return backup;
    };
  }
}

function hasBackup(value: unknown): value is { backup(...values: readonly unknown[]): object } {
  return typeof value === 'object' && value !== null && 'backup' in value;
}

/** Statements of one database that are free to be used again, by their SQL. */
class StatementPool {
  readonly #prepare: (sql: string) => NativeStatement;
  readonly #free = new Map<string, NativeStatement[]>();
  readonly #unused = new FinalizationRegistry<NativeStatement>((statement) => this.#put(statement));

  constructor(prepare: (sql: string) => NativeStatement) {
    this.#prepare = prepare;
  }

  take(sql: string): PooledStatement {
    const native = this.#free.get(sql)?.pop() ?? this.#prepare(sql);
    if (native.reader) native.pluck(false).raw(false).expand(false).safeIntegers(false);
    const statement = new PooledStatement(native);
    // The registry holds the native statement until then.
    this.#unused.register(statement, native);
    return statement;
  }

  #put(statement: NativeStatement): void {
    const free = this.#free.get(statement.source);
    if (free === undefined) this.#free.set(statement.source, [statement]);
    else free.push(statement);
  }
}

/** The used part of a statement. The native one is kept when this object becomes garbage. */
class PooledStatement {
  readonly #native: NativeStatement;
  readonly run: NativeStatement['run'];
  readonly get: NativeStatement['get'];
  readonly all: NativeStatement['all'];

  constructor(native: NativeStatement) {
    this.#native = native;
    this.run = native.run.bind(native);
    this.get = native.get.bind(native);
    this.all = native.all.bind(native);
  }

  get reader(): boolean {
    return this.#native.reader;
  }

  get readonly(): boolean {
    return this.#native.readonly;
  }

  *iterate(...values: unknown[]): Generator {
    const iterator = this.#native.iterate(...values);
    held.push(iterator);
    yield* iterator;
  }

  columns(): BetterSqlite.ColumnDefinition[] {
    return this.#native.columns();
  }

  pluck(isOn = true): this {
    this.#native.pluck(isOn);
    return this;
  }

  raw(isOn = true): this {
    this.#native.raw(isOn);
    return this;
  }

  safeIntegers(isOn = true): this {
    this.#native.safeIntegers(isOn);
    return this;
  }
}
