/**
 * Placeholders: texts in place of secrets; equal secrets within one database have equal placeholders.
 *
 * A placeholder is a keyed hash, so that it cannot be checked against a guess without the database's key. Source: RFC
 * 2104 (HMAC), FIPS 180-4 (SHA-256).
 */
import { createHmac, randomBytes } from 'node:crypto';
import { formatPlaceholder } from '../gateway/redact/placeholder.js';
import type { Database } from './database.js';
import { UnusableFile } from './store-error.js';

/** Bytes of the key. */
export const KEY_BYTES = 32;

/** Hashed to check whether a key is the one that a database was recorded with. */
const CONSTANT = 'gatetape kept key';

/** Hint if a database and a key do not belong together. */
const OTHER_FILE = 'record into another file with --db';

/** How many placeholders are remembered, oldest forgotten first. */
const CACHE_LIMIT = 4096;

/** Makes `redacted:` and 16 hex digits out of a secret. */
export class Placeholders {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, string>();

  /** `key`: the result of `placeholderKey`. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Placeholder of `secret`. */
  of(secret: string): string {
    const known = this.#known.get(secret);
    if (known !== undefined) return known;
    const placeholder = formatPlaceholder(createHmac('sha256', this.#key).update(secret).digest());
    if (this.#known.size >= CACHE_LIMIT) this.#forgetOldest();
    this.#known.set(secret, placeholder);
    return placeholder;
  }

  #forgetOldest(): void {
    for (const secret of this.#known.keys()) {
      this.#known.delete(secret);
      return;
    }
  }
}

/**
 * Key of a database's placeholders: `kept`, of which the database holds only a hash, or null for the key in the
 * database, made with `randomBytes` if missing. Throws UnusableFile if placeholders were made with another key.
 */
export function placeholderKey(
  db: Database,
  randomBytes: (count: number) => Uint8Array,
  kept: Uint8Array | null,
): Uint8Array {
  const known = db.prepare<[], Uint8Array>('SELECT digest FROM kept_key').pluck().get();
  if (kept !== null) return knowAgain(db, kept, known);
  if (known !== undefined) {
    throw new UnusableFile(
      'the key of the placeholders in this database is kept in a file of its own',
      `name that file with --key-file, or ${OTHER_FILE}`,
    );
  }
  db.prepare('INSERT INTO placeholder_key (id, key) VALUES (1, ?) ON CONFLICT DO NOTHING').run(
    randomBytes(KEY_BYTES),
  );
  const key = findPlaceholderKey(db);
  if (key === undefined)
    throw new UnusableFile('the database has no placeholder key', 'record into a new file');
  return key;
}

function knowAgain(db: Database, kept: Uint8Array, known: Uint8Array | undefined): Uint8Array {
  const digest = createHmac('sha256', kept).update(CONSTANT).digest();
  if (findPlaceholderKey(db) !== undefined) {
    throw new UnusableFile('this database holds a key of its own', `leave out --key-file, or ${OTHER_FILE}`);
  }
  if (known !== undefined && !digest.equals(known)) {
    throw new UnusableFile(
      'the placeholders in this database were made with another key',
      `name the file of that key with --key-file, or ${OTHER_FILE}`,
    );
  }
  if (known === undefined) db.prepare('INSERT INTO kept_key (id, digest) VALUES (1, ?)').run(digest);
  return kept;
}

/** Keyed hash of a text under the database's key; if the database has none, under a new key per call. */
export function keyedDigest(db: Database): (text: string) => Uint8Array {
  const key = findPlaceholderKey(db) ?? randomBytes(KEY_BYTES);
  return (text) => createHmac('sha256', key).update(text).digest();
}

/** Key in a database; undefined if it has none. */
export function findPlaceholderKey(db: Database): Uint8Array | undefined {
  return db.prepare<[], Uint8Array>('SELECT key FROM placeholder_key').pluck().get();
}
