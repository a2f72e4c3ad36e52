/** The key of placeholders in a file of its own. As root, another owner is played by a file that was given away. */
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../../src/errors.js';
import { importFile } from '../../src/library/import.js';
import { openKeyFile } from '../../src/library/key-file.js';
import { startRecorder } from '../../src/library/record.js';
import { openStore } from '../../src/store/store.js';
import { checkDatabase } from '../../src/store/upkeep/check.js';
import { runHere } from '../support/command-line.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, rowsOf, storeHost } from '../support/stores.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));
const isRoot = process.geteuid?.() === 0;
const PRIVATE = { mode: 0o600 };
const SECRET = 'a secret';

const imported = (db: string, keyFile: string | null): unknown =>
  importFile({ file: demo, db, keyFile, redact: 'secrets', maxPayloadBytes: 2 ** 26 });

function placeholderIn(db: string, keyFile: string | null): string {
  const store = openStore(db, storeHost, keyFile === null ? null : openKeyFile(keyFile, storeHost).key);
  try {
    store.beginCapture(captureInfo);
    return store.placeholder(SECRET);
  } finally {
    store.close();
  }
}

describe('a key file', () => {
  it('is made for its owner alone, and serves many databases that hold nothing of it', async () => {
    const keyFile = scratchFile('key');
    const [one, two] = [scratchFile(), scratchFile()];
    imported(one, keyFile);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const text = readFileSync(keyFile, 'utf8');
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    expect(placeholderIn(one, keyFile)).toBe(placeholderIn(two, keyFile));
    expect(readFileSync(keyFile, 'utf8')).toBe(text);
    for (const db of [one, two]) {
      expect(rowsOf(db, 'SELECT * FROM placeholder_key')).toEqual([]);
      const bytes = readFileSync(db);
      expect([bytes.includes(Buffer.from(text.trim(), 'hex')), bytes.includes(text.trim())]).toEqual([
        false,
        false,
      ]);
      expect(checkDatabase(db).faults).toEqual([]);
    }
    for (const words of ['sessions', 'frames', 'stats', 'export --session 1 --as tape', 'export --as csv']) {
      const { exitCode, stderr } = await runHere([...words.split(' '), '--db', one]);
      expect({ words, exitCode, stderr }).toEqual({ words, exitCode: 0, stderr: '' });
    }
  });

  it.each<[string, (keyFile: string) => [before: string | null, after: string | null], string]>([
    ['without the file', (keyFile) => [keyFile, null], 'name that file with --key-file'],
    ['with another file', (keyFile) => [keyFile, `${keyFile}2`], 'name the file of that key with --key-file'],
    ['with a file, where the database has a key', (keyFile) => [null, keyFile], 'leave out --key-file'],
  ])('is asked for again: %s nothing is recorded', async (_, keysOf, hint) => {
    const db = scratchFile();
    const [before, after] = keysOf(scratchFile('key'));
    imported(db, before);
    const captures = rowsOf(db, 'SELECT id FROM capture');
    expect(() => imported(db, after)).toThrow(StoreError);
    const options = { db, keyFile: after, listen: '127.0.0.1:0' };
    await expect(startRecorder(options)).rejects.toMatchObject({
      name: 'StoreError',
      hint: expect.stringContaining(hint) as string,
    });
    expect(rowsOf(db, 'SELECT id FROM capture')).toEqual(captures);
    imported(db, before);
  });

  it('goes with a recording, by its flag', async () => {
    const [db, keyFile] = [scratchFile(), scratchFile('key')];
    const recorder = await startRecorder({ db, keyFile, listen: '127.0.0.1:0' });
    await recorder.close();
    expect(rowsOf(db, 'SELECT * FROM placeholder_key')).toEqual([]);
    const { exitCode } = await runHere(['import', demo, '--db', db, '--key-file', keyFile]);
    expect(exitCode).toBe(0);
    const refused = await runHere(['import', demo, '--db', db]);
    expect([refused.exitCode, refused.stderr.trim().split('\n').length]).toEqual([3, 1]);
    expect(refused.stderr).toContain('--key-file');
  });

  it.each<[string, (path: string) => void, string]>([
    [
      'others may read',
      (path) => {
        openKeyFile(path, storeHost);
        chmodSync(path, 0o640);
      },
      'others than its owner may read',
    ],
    ['is no key', (path) => writeFileSync(path, 'passphrase\n', PRIVATE), 'is not a key file'],
    ['is empty', (path) => writeFileSync(path, '', PRIVATE), 'is not a key file'],
    ['is something large', (path) => writeFileSync(path, 'a'.repeat(65_536), PRIVATE), 'is too large'],
    ['leads nowhere', (path) => symlinkSync(`${path}.none`, path), 'cannot read'],
    ['is a folder', (path) => symlinkSync(dirname(path), path), 'is a link, or belongs to another user'],
  ])('that %s is refused', (_, put, message) => {
    const keyFile = scratchFile('key');
    put(keyFile);
    const db = scratchFile();
    expect(() => imported(db, keyFile)).toThrow(UsageError);
    expect(() => imported(db, keyFile)).toThrow(message);
    expect(existsSync(db)).toBe(false);
  });

  it.runIf(isRoot)('of another user is refused', () => {
    const keyFile = scratchFile('key');
    openKeyFile(keyFile, storeHost);
    chownSync(keyFile, 65_534, 65_534);
    expect(() => imported(scratchFile(), keyFile)).toThrow('belongs to another user');
  });

  it('is not created if its folder does not exist', () => {
    const keyFile = join(scratchFile('none'), 'key');
    expect(() => openKeyFile(keyFile, storeHost)).toThrow(UsageError);
  });

  it('is not left behind by a recording or an import that could not begin', async () => {
    const keyFile = scratchFile('key');
    const db = scratchFile();
    writeFileSync(db, 'Dear diary');
    const options = { db, keyFile, listen: '127.0.0.1:0' };
    await expect(startRecorder(options)).rejects.toThrow(StoreError);
    expect(existsSync(keyFile)).toBe(false);
    expect(() => imported(db, keyFile)).toThrow(StoreError);
    expect(existsSync(keyFile)).toBe(false);
    // One that was there stays.
    const { key } = openKeyFile(keyFile, storeHost);
    await expect(startRecorder(options)).rejects.toThrow(StoreError);
    expect(Buffer.from(openKeyFile(keyFile, storeHost).key).equals(key)).toBe(true);
  });
});
