/** The demo replaces its own database, and nothing else. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { removeDatabase } from '../../src/library/demo.js';
import { UsageError } from '../../src/errors.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { openStore } from '../../src/store/store.js';
import { scratchFile } from '../support/scratch.js';
import { storeHost } from '../support/stores.js';

describe('removeDatabase', () => {
  it('removes a capture with everything that a killed run left beside it', () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const beside = [`${path}-wal`, `${path}-shm`, `${path}-lock`];
    for (const file of beside) writeFileSync(file, '');
    removeDatabase(path);
    for (const file of [path, ...beside]) expect(existsSync(file)).toBe(false);
  });

  it('removes an empty file, as a run leaves it that was killed early', () => {
    const path = scratchFile();
    writeFileSync(path, '');
    removeDatabase(path);
    expect(existsSync(path)).toBe(false);
  });

  it('does nothing if there is no database', () => {
    expect(() => removeDatabase(scratchFile())).not.toThrow();
  });

  it('never removes files of others', () => {
    const text = scratchFile();
    writeFileSync(text, 'my only copy');
    expect(() => removeDatabase(text)).toThrow(UsageError);
    expect(readFileSync(text, 'utf8')).toBe('my only copy');

    const foreign = scratchFile();
    openSqlite(foreign).exec('CREATE TABLE t (x)').close();
    expect(() => removeDatabase(foreign)).toThrow('is not a database of gatetape');

    const folder = scratchFile();
    mkdirSync(folder);
    expect(() => removeDatabase(folder)).toThrow(UsageError);
  });
});
