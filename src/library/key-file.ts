/**
 * Key file: the key of placeholders, stored apart from its databases, as hex digits on one line.
 *
 * A reader of such a database cannot verify a guess of a short secret. One file serves many databases; equal
 * secrets then have equal placeholders in all of them.
 */
import { rmSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { makePrivateFile, readPrivateFile } from '../files.js';
import type { Host } from '../host.js';
import { KEY_BYTES } from '../store/placeholders.js';

const KEY_TEXT = new RegExp(`^[0-9a-f]{${2 * KEY_BYTES}}\\r?\\n?$`);

/** A key, and the file that has it. */
export interface KeyFile {
  readonly key: Uint8Array;
  /** Removes the file if this call has created it, because the key was not used. */
  readonly discard: () => void;
}

/** Opens the file at `path`, which is created if it is missing. Throws a UsageError if it cannot be used. */
export function openKeyFile(path: string, { randomBytes }: Pick<Host, 'randomBytes'>): KeyFile {
  const known = readKeyText(path);
  const text = known ?? made(path, Buffer.from(randomBytes(KEY_BYTES)).toString('hex'));
  if (!KEY_TEXT.test(text)) {
    throw new UsageError(
      `${path} is not a key file`,
      'name another one with --key-file; it is created if missing',
    );
  }
  const discard = (): void => {
    if (known === null && readKeyText(path)?.trimEnd() === text) rmSync(path);
  };
  return { key: Buffer.from(text.trimEnd(), 'hex'), discard };
}

function readKeyText(path: string): string | null {
  return readPrivateFile(path, 4 * KEY_BYTES);
}

/** Text of the new file, or of the one that another process has created meanwhile. */
function made(path: string, hex: string): string {
  return makePrivateFile(path, `${hex}\n`) ? hex : (readKeyText(path) ?? '');
}
