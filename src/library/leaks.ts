/**
 * Secrets and personal data in files: finds them, or makes a recording without them.
 *
 * A text file is searched unchanged, a database as its export in JSON lines.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { UsageError } from '../errors.js';
import { anonymise, type Privacy } from '../replay/tape/anonymous.js';
import { findLeaks, type Leak } from '../replay/tape/leaks.js';
import { formatTape, parseTape } from '../replay/tape/tape.js';
import type { Recording } from '../replay/recording.js';
import { openReader } from '../store/reader.js';
import { JSONL_FORM } from './forms/jsonl.js';
import { InputFile } from './input-file.js';

export type { Privacy } from '../replay/tape/anonymous.js';

const DATABASE = 'SQLite format 3\0';
/** First bytes of a Parquet file, whose pages are compressed. */
const PARQUET = 'PAR1';
const KEY_BYTES = 32;

/** One find in one file. */
export interface FileLeak extends Leak {
  readonly file: string;
}

/** Everything in the files that looks like a secret, or contains one of `secrets`. Throws UsageError or StoreError. */
export function findLeaksInFiles(files: readonly string[], secrets: readonly string[]): readonly FileLeak[] {
  return files.flatMap((file) =>
    [...findLeaks(readFileLines(file), secrets)].map((leak) => ({ file, ...leak })),
  );
}

function* readFileLines(path: string): Generator<string, void> {
  const file = new InputFile(path);
  if (file.head.startsWith(PARQUET))
    throw new UsageError(
      `${path} is a Parquet file, which is not searched`,
      'search the database that it was exported from, or an export of it as jsonl',
    );
  if (!file.head.startsWith(DATABASE)) {
    yield* file.text().split('\n');
    return;
  }
  using reader = openReader(path);
  yield* JSONL_FORM.write({ reader, filter: {} });
}

/** Text of the tape at `path` without secrets, and with the personal data that `privacy` keeps. Throws a UsageError. */
export function cleanTape(path: string, privacy: Privacy): string {
  return formatTape(removeSecrets(parseTape(new InputFile(path).text(), path), privacy));
}

/** The recording without secrets; its pseudonyms are made with a new key, which is not kept. */
export function removeSecrets(recording: Recording, privacy: Privacy): Recording {
  const key = randomBytes(KEY_BYTES);
  return anonymise(recording, privacy, (text) => createHmac('sha256', key).update(text).digest());
}
