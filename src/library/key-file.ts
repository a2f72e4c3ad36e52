/**
 * Key file: the key of placeholders, stored apart from its databases, as hex digits on one line.
 *
 * A reader of such a database cannot verify a guess of a short secret. One file serves many databases; equal
 * secrets then have equal placeholders in all of them.
 */
import { UsageError } from '../errors.js';
import { makePrivateFile, readPrivateFile } from '../files.js';
import type { Host } from '../host.js';
import { KEY_BYTES } from '../store/placeholders.js';

const KEY_TEXT = new RegExp(`^[0-9a-f]{${2 * KEY_BYTES}}\\r?\\n?$`);

/** The key in the file at `path`, which is created if it is missing. Throws a UsageError if it cannot be used. */
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

/** Text of the new file, or of the one that another process has created meanwhile. */
function made(path: string, hex: string): string {
  return makePrivateFile(path, `${hex}\n`) ? hex : (readKeyText(path) ?? '');
}
