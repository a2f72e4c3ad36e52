/**
 * Migrations: bring a database to the schema that this gatetape knows, or throw the reason why not.
 *
 * `migrations/NNNN_name.sql` are applied in order, forward only, each in one transaction together with its bookkeeping
 * row. A database is refused if it is newer, if its history differs from the files, or if its schema is not letter by
 * letter the result of its migrations.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { StoreError } from '../errors.js';
import type { Database } from './database.js';
import { UnusableFile } from './store-error.js';
import {
  compareSchema,
  describeRefusal,
  hasOwn,
  hashSchema,
  isEmptySchema,
  type SchemaDifference,
} from './schema.js';

/** One file of the folder. */
export interface Migration {
  /** From 1, without holes. */
  readonly version: number;
  /** File name without `.sql`, such as `0001_capture`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text with `\n` line ends, in hex. */
  readonly checksum: string;
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

// From src/store and from dist/store alike.
const FOLDER = new URL('../../migrations/', import.meta.url);

const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS migration (
  version       INTEGER PRIMARY KEY,
  name          TEXT NOT NULL,
  checksum      TEXT NOT NULL,
  applied_at_us INTEGER NOT NULL
) STRICT`;

/**
 * Hashes of what the migrations make: the schema, and the rows of the table `migration`. A file that has both needs no
 * closer look, which takes 15 ms at each start of a command. A new migration changes both; a test has the new values.
 */
export const NEWEST = {
  schema: '33ba1720dc108bbf107d9783d3e5c90cc0f38355d8a7bd447f845aff6da0222d',
  history: 'ab6ae572e4d31ea21d24afdc7f0ccedfb411b47fb5e5af532cc9b5025779787f',
};

let own: readonly Migration[] | null = null;

/** Migrations of gatetape, in order; their files are read once. */
export function readMigrations(): readonly Migration[] {
  return (own ??= readMigrationFolder(FOLDER));
}

/** Reads the migrations of a folder, in order. */
export function readMigrationFolder(folder: URL): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(new URL(file, folder), 'utf8').replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { version: Number(file.slice(0, 4)), name: file.slice(0, -'.sql'.length), sql, checksum };
    });
}

/**
 * Migrations that the database lacks, in order; its history up to there is the files' own.
 * Throws StoreError for a database that is not gatetape's, is newer, or was altered.
 */
export function pendingMigrations(
  db: Database,
  path: string,
  migrations: readonly Migration[],
): readonly Migration[] {
  const applied = appliedMigrations(db, path);
  for (const [index, row] of applied.entries()) checkApplied(row, index, migrations, path);
  return migrations.slice(applied.length);
}

/** Applies pending migrations. Throws StoreError like `pendingMigrations`. */
export function migrate(
  db: Database,
  path: string,
  nowUs: () => number,
  migrations?: readonly Migration[],
): void {
  for (const migration of requireOwn(db, path, migrations)) {
    db.transaction(() => {
      db.exec(BOOKKEEPING);
      db.exec(migration.sql);
      db.prepare('INSERT INTO migration (version, name, checksum, applied_at_us) VALUES (?, ?, ?, ?)').run(
        migration.version,
        migration.name,
        migration.checksum,
        nowUs(),
      );
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
}

/**
 * Throws a StoreError unless the database is empty or one that gatetape made, of this version or an older one, with
 * nothing else in its schema. Returns the migrations that it lacks. `migrations` are gatetape's own by default.
 */
export function requireOwn(
  db: Database,
  path: string,
  migrations?: readonly Migration[],
): readonly Migration[] {
  if (migrations === undefined && isNewest(db, path)) return [];
  const all = migrations ?? readMigrations();
  const pending = pendingMigrations(db, path, all);
  for (const difference of schemaDifferences(db, all, pending)) throw describeRefusal(difference, path);
  return pending;
}

/** Whether the database is exactly what gatetape's own migrations make. False says nothing: it can be an older one. */
function isNewest(db: Database, path: string): boolean {
  requireUtf8Encoding(db, path);
  // The schema comes first: only then is `migration` known to be a table.
  return hashSchema(db) === NEWEST.schema && hashHistory(db) === NEWEST.history;
}

/** SHA-256 of the rows of the table `migration`, in hex. */
export function hashHistory(db: Database): string {
  const rows = readHistory(db).map(({ version, name, checksum }) => [version, name, checksum]);
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

/** Differences between the schema and the result of the migrations before the pending ones. */
export function schemaDifferences(
  db: Database,
  migrations: readonly Migration[],
  pending: readonly Migration[],
): Iterable<SchemaDifference> {
  const applied = migrations.slice(0, migrations.length - pending.length);
  // Without a migration it is empty: `pendingMigrations` has seen that.
  if (applied.length === 0) return [];
  return compareSchema(db, [`${BOOKKEEPING};`, ...applied.map(({ sql }) => sql)].join('\n'));
}

/** Throws a StoreError unless the database has exactly the schema that this gatetape knows. */
export function requireCurrent(db: Database, path: string, migrations?: readonly Migration[]): void {
  const pending = requireOwn(db, path, migrations);
  const [next] = pending;
  if (next === undefined) return;
  const newest = next.version - 1 + pending.length;
  throw new StoreError(
    `the database ${path} has schema version ${next.version - 1}, this gatetape reads version ${newest}`,
    'run gatetape check --repair, or record into it, which brings it up to date',
  );
}

function appliedMigrations(db: Database, path: string): readonly Applied[] {
  requireUtf8Encoding(db, path);
  if (isEmptySchema(db)) return [];
  // The type is checked before the first read: a view of this name would run its author's SQL.
  if (!hasOwn(db, 'migration', BOOKKEEPING)) {
    throw new UnusableFile(
      `the database ${path} belongs to another program`,
      'name another file with --db; gatetape adds nothing to databases that it did not make',
    );
  }
  return readHistory(db);
}

function readHistory(db: Database): readonly Applied[] {
  return db.prepare<[], Applied>('SELECT version, name, checksum FROM migration ORDER BY version').all();
}

/** Bodies are read as bytes, which are UTF-8 in every database that gatetape makes. */
function requireUtf8Encoding(db: Database, path: string): void {
  const encoding = db.pragma('encoding', { simple: true });
  if (encoding === 'UTF-8') return;
  throw new UnusableFile(
    `the database ${path} keeps its texts in ${String(encoding)}, which gatetape never does`,
    'name another file with --db',
  );
}

function checkApplied(row: Applied, index: number, migrations: readonly Migration[], path: string): void {
  const known = migrations[index];
  const newest = migrations.at(-1)?.version ?? 0;
  if (row.version > newest) {
    throw new UnusableFile(
      `the database ${path} has schema version ${row.version}, this gatetape knows versions up to ${newest}`,
      'update gatetape',
    );
  }
  if (row.version !== known?.version) {
    throw new UnusableFile(
      `the database ${path} has migration ${row.name} (version ${row.version}) but not ${known?.name ?? 'the one before it'} (version ${index + 1})`,
      'it was altered by hand: restore a copy, or record into a new file',
    );
  }
  if (row.checksum !== known.checksum) {
    throw new UnusableFile(
      `migration ${row.name} (version ${row.version}) of the database ${path} is not the one that this gatetape has`,
      'use the gatetape that made the database, or record into a new file',
    );
  }
}
