/**
 * Folder of a certificate authority: its certificate and its key, readable by their owner only.
 *
 * The folder is created atomically, so that of two processes that create one at the same time the second
 * uses the first one's. A reader of the key can impersonate every host that the authority may sign.
 */
import { createPrivateKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { errorCode, refusedBySystem, UsageError } from '../errors.js';
import type { Credentials } from './certificate.js';

const CERTIFICATE_FILE = 'ca.pem';
const KEY_FILE = 'ca-key.pem';
const OTHERS = 0o077;
const RENEW = 'gatetape ca --renew creates another; clients then have to trust it';

/** Default folder of the authority: in the user's state, by the XDG base directory specification. */
export function defaultFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_STATE_HOME = '', LOCALAPPDATA = '' } = environment;
  // The specification requires absolute paths: an empty or relative one would put the key into the working folder.
  const given = [XDG_STATE_HOME, LOCALAPPDATA].find((path) => isAbsolute(path));
  const state = given ?? join(homedir(), '.local', 'state');
  return join(state, 'gatetape', 'ca');
}

/** Path of the certificate in a folder. */
export function certificatePath(folder: string): string {
  return join(folder, CERTIFICATE_FILE);
}

/** The authority in a folder, or null if the folder has none. Throws a UsageError if it is unusable. */
export function readRoot(folder: string): Credentials | null {
  const keyFile = join(folder, KEY_FILE);
  try {
    const key = createPrivateKey(readFileSync(keyFile));
    const cert = readFileSync(certificatePath(folder), 'utf8');
    refuseOpenKey(keyFile);
    return { cert, key };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (errorCode(cause) === 'ENOENT') return null;
    throw refusedBySystem(`use the certificate authority in ${folder}`, cause, RENEW);
  }
}

/** Puts an authority into a folder that has none; returns the one that is there afterwards. */
export function writeRoot(folder: string, root: Credentials): Credentials {
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    const draft = mkdtempSync(`${folder}.new-`);
    writeFileSync(join(draft, KEY_FILE), root.key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(certificatePath(draft), root.cert, { mode: 0o600 });
    return place(draft, folder) ? root : (readRoot(folder) ?? occupied(folder));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw refusedBySystem(
      `write a certificate authority to ${folder}`,
      cause,
      'choose another with --ca-dir',
    );
  }
}

/** Removes the authority of a folder. Clients that trust it then trust a key that no longer exists. */
export function removeRoot(folder: string): void {
  for (const name of [KEY_FILE, CERTIFICATE_FILE]) rmSync(join(folder, name), { force: true });
}

/** Renames a finished folder to its final name; returns false if a non-empty one exists. */
function place(draft: string, folder: string): boolean {
  try {
    renameSync(draft, folder);
    return true;
  } catch {
    rmSync(draft, { recursive: true });
    return false;
  }
}

function occupied(folder: string): never {
  throw new UsageError(
    `${folder} holds other things than a certificate authority`,
    'choose another with --ca-dir',
  );
}

function refuseOpenKey(keyFile: string): void {
  if (process.platform === 'win32' || (statSync(keyFile).mode & OTHERS) === 0) return;
  throw new UsageError(
    `others than its owner may read the key ${keyFile}`,
    'gatetape ca --renew creates another; if no other user has read it: chmod 600',
  );
}
