/**
 * Key file: the key of placeholders kept apart from the databases that it was used for, as hex digits on one line.
 *
 * Whoever gets such a database cannot check a guess at a short secret. One file serves many databases, in which equal
 * secrets then have equal placeholders.
 */
import { UsageError } from '../errors.js';
import { makePrivateFile, readPrivateFile } from '../files.js';
import type { Host } from '../host.js';
import { KEY_BYTES } from '../store/placeholders.js';

const KEY_TEXT = new RegExp(`^[0-9a-f]{${2 * KEY_BYTES}}\\r?\\n?$`);

/** The key in the file at `path`, which is made where it is missing. Throws a UsageError for one that cannot be used. */
export function readKeyFile(path: string, { randomBytes }: Pick<Host, 'randomBytes'>): Uint8Array {
  const text = readKeyText(path) ?? made(path, Buffer.from(randomBytes(KEY_BYTES)).toString('hex'));
  if (!KEY_TEXT.test(text)) {
    throw new UsageError(
      `${path} is not a key file`,
      'name another one with --key-file; it is made where it is missing',
    );
  }
  return Buffer.from(text.trimEnd(), 'hex');
}

function readKeyText(path: string): string | null {
  return readPrivateFile(path, 4 * KEY_BYTES);
}

/** Text of the new file, or of the one that another process has made meanwhile. */
function made(path: string, hex: string): string {
  return makePrivateFile(path, `${hex}\n`) ? hex : (readKeyText(path) ?? '');
}
