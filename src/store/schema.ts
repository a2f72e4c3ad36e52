/**
 * Schema of a file, compared with the one that the migrations make, object by object and letter by letter.
 *
 * A file may come from an untrusted source, and its schema holds SQL that SQLite runs when a view is read or a table is
 * written. So only sqlite_schema is read before the comparison, and a file with any other object is refused. Source:
 * sqlite.org/schematab.html, sqlite.org/security.html.
 */
import { createHash } from 'node:crypto';
import { UnusableFile } from './store-error.js';
import type { Database } from './database.js';
import { openSqlite } from './sqlite.js';

/** One row of sqlite_schema. */
interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  /** Null for the index of a UNIQUE or PRIMARY KEY. */
  readonly sql: string | null;
}

/** An object that differs from the result of the migrations. */
export interface SchemaDifference {
  readonly what: 'foreign' | 'altered' | 'missing';
  readonly type: string;
  readonly name: string;
}

/** Objects that users can make in their own file with any SQLite tool, and remove in the same way. */
const REMOVABLE = ['table', 'index', 'view', 'trigger'];

/** Names that a hint may put into a command: people copy it into a shell. */
const PLAIN_NAME = /^\w{1,80}$/;

/** Characters of a name that a message shows. */
const NAME_LENGTH = 80;

/** Differences between the file's schema and the one that `script` makes in an empty database, in a stable order. */
export function* compareSchema(db: Database, script: string): Generator<SchemaDifference> {
  const expected = expectedObjects(script);
  const seen = new Set<string>();
  for (const object of readSchema(db)) {
    const { type, name } = object;
    const key = formatKey(object);
    const own = seen.has(key) ? undefined : expected.get(key);
    seen.add(key);
    if (own === undefined) yield { what: 'foreign', type, name };
    else if (own.table !== object.table || own.sql !== object.sql) yield { what: 'altered', type, name };
  }
  for (const [key, { type, name }] of expected) {
    if (!seen.has(key)) yield { what: 'missing', type, name };
  }
}

/** Whether the file has an object `name` just as `script`, which makes that alone, has it. */
export function hasOwn(db: Database, name: string, script: string): boolean {
  const [own] = expectedObjects(script).values();
  const found = readSchema(db).filter((object) => object.name === name);
  return found.length === 1 && found[0]?.type === own?.type && found[0]?.sql === own?.sql;
}

/** SHA-256 of the whole schema, in hex; the same for files that have the same objects in another order. */
export function hashSchema(db: Database): string {
  const objects = readSchema(db).map(({ type, name, table, sql }) =>
    JSON.stringify([type, name, table, sql]),
  );
  return createHash('sha256').update(objects.sort().join('\n')).digest('hex');
}

/** Whether the file has no object at all. */
export function isEmptySchema(db: Database): boolean {
  return readSchema(db).length === 0;
}

/** One sentence, without a full stop. */
export function describeDifference({ what, type, name }: SchemaDifference): string {
  if (what === 'foreign') return `${type} ${shortened(name)} is not gatetape's`;
  return `${type} ${shortened(name)} ${what === 'missing' ? 'is missing' : 'was altered'}`;
}

/** The refusal of a file because of a difference. */
export function describeRefusal(difference: SchemaDifference, path: string): UnusableFile {
  const { what, type, name } = difference;
  const hint =
    what === 'foreign' && REMOVABLE.includes(type) && PLAIN_NAME.test(name)
      ? `if you made it, remove it with sqlite3 and DROP ${type.toUpperCase()} ${name}; if not, do not trust the file`
      : 'restore a copy, or record into a new file';
  return new UnusableFile(
    `the schema of the database ${path} differs: ${describeDifference(difference)}`,
    hint,
  );
}

/** Schemas made from scripts: a process opens files of few versions, and making a schema takes milliseconds. */
const known = new Map<string, ReadonlyMap<string, SchemaObject>>();

function expectedObjects(script: string): ReadonlyMap<string, SchemaObject> {
  const cached = known.get(script);
  if (cached !== undefined) return cached;
  const empty = openSqlite(':memory:');
  try {
    // As in a migrated file: the changes of ALTER TABLE to other tables depend on it.
    empty.pragma('foreign_keys = OFF');
    empty.exec(script);
    const objects = new Map(readSchema(empty).map((object) => [formatKey(object), object]));
    known.set(script, objects);
    return objects;
  } finally {
    empty.close();
  }
}

function readSchema(db: Database): readonly SchemaObject[] {
  return db
    .prepare<[], SchemaObject>(
      // A file can hold numbers and bytes here as well.
      'SELECT CAST(type AS TEXT) AS type, CAST(name AS TEXT) AS name, CAST(tbl_name AS TEXT) AS "table", CAST(sql AS TEXT) AS sql FROM main.sqlite_schema',
    )
    .all();
}

function formatKey({ type, name }: Pick<SchemaObject, 'type' | 'name'>): string {
  return `${type} ${name}`;
}

function shortened(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
}
