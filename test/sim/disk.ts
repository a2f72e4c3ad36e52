/** Trouble of the disk and of the file, made inside of one process: each is a real answer of SQLite, or the error that it gives. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';

/** What the next transactions meet. */
export const DISK_FAULTS = ['busy', 'full', 'broken at the beginning', 'broken at the end'] as const;
export type DiskFault = (typeof DISK_FAULTS)[number];

/** What can happen to the files. */
export const FILE_LOSSES = ['deleted', 'moved away', 'replaced'] as const;
export type FileLoss = (typeof FILE_LOSSES)[number];

type Exec = BetterSqlite.Database['exec'];
type Prepare = BetterSqlite.Database['prepare'];

/** What `--max-db-size` counts (src/store/upkeep/retention.ts). */
const USED_BYTES = '(page_count - freelist_count) * page_size';

/** Between better-sqlite3 and the transactions of the program while it is installed. */
export class SimulatedDisk {
  #fault: DiskFault | null = null;
  #left = 0;
  /** The transaction that has begun cannot be committed. */
  #isCommitFull = false;
  /** What a byte of a database counts against `--max-db-size`, whose least value is far above a run's databases. */
  weight = 1;
  /** A full disk fails each transaction, and not only those, of a run very few, that need a page more. */
  isFullAtOnce = false;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with each database
  readonly #original: Exec = BetterSqlite.prototype.exec;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- so is this
  readonly #prepare: Prepare = BetterSqlite.prototype.prepare;

  install(): void {
    const original = this.#original;
    const meet = (db: BetterSqlite.Database, sql: string): void => this.#meet(db, sql);
    BetterSqlite.prototype.exec = function exec(this: BetterSqlite.Database, sql: string) {
      meet(this, sql);
      return original.call(this, sql);
    };
    if (this.weight === 1) return;
    const prepare = this.#prepare;
    const weighed = `${USED_BYTES} * ${this.weight}`;
    BetterSqlite.prototype.prepare = function weigh(this: BetterSqlite.Database, sql: string) {
      return prepare.call(this, sql.replace(USED_BYTES, weighed));
    } as Prepare;
  }

  uninstall(): void {
    BetterSqlite.prototype.exec = this.#original;
    BetterSqlite.prototype.prepare = this.#prepare;
  }

  /** The next `count` transactions meet `fault`. */
  begin(fault: DiskFault, count: number): void {
    this.#fault = fault;
    this.#left = count;
  }

  end(): void {
    this.#left = 0;
  }

  #meet(db: BetterSqlite.Database, sql: string): void {
    if (sql === 'BEGIN IMMEDIATE') this.#begin(db);
    if (sql !== 'COMMIT') return;
    if (this.#isCommitFull) throw new BetterSqlite.SqliteError('database or disk is full', 'SQLITE_FULL');
    if (this.#left === 0 || this.#fault !== 'broken at the end') return;
    this.#left -= 1;
    throw new BetterSqlite.SqliteError('disk I/O error', 'SQLITE_IOERR_WRITE');
  }

  #begin(db: BetterSqlite.Database): void {
    const isFailing = this.#left > 0;
    const pages =
      isFailing && this.#fault === 'full' ? db.prepare('PRAGMA page_count').pluck().get() : 2 ** 30;
    this.#original.call(db, `PRAGMA max_page_count = ${String(pages)}`);
    this.#isCommitFull = isFailing && this.#fault === 'full' && this.isFullAtOnce;
    if (!isFailing || this.#fault === 'broken at the end') return;
    this.#left -= 1;
    if (this.#fault === 'busy') throw new BetterSqlite.SqliteError('database is locked', 'SQLITE_BUSY');
    if (this.#fault === 'broken at the beginning')
      throw new BetterSqlite.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
  }
}

/** Names of a database's files. */
export function filesOf(path: string): string[] {
  return ['', '-wal', '-shm', '-journal'].map((suffix) => path + suffix).filter((name) => existsSync(name));
}

/** Loses the files of a database; `writeOther` makes another one, which may come in its place. */
export function loseFiles(path: string, loss: FileLoss, writeOther: (path: string) => void): void {
  for (const name of filesOf(path)) {
    if (loss === 'moved away') renameSync(name, `${name}.away`);
    else rmSync(name);
  }
  if (loss === 'replaced') writeOther(path);
}
