import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { guarded, guardedIterator } from '../../src/store/store-error.js';

const thrown = (error: unknown): unknown => {
  try {
    return guarded('x.sqlite', () => {
      throw error;
    });
  } catch (caught) {
    return caught;
  }
};

describe('guarded', () => {
  it.each([
    ['SQLITE_FULL', 'the database x.sqlite cannot grow: the disk is full'],
    ['SQLITE_IOERR_WRITE', 'the database x.sqlite cannot be read or written'],
    ['SQLITE_BUSY_SNAPSHOT', 'the database x.sqlite is locked by another program'],
    ['SQLITE_READONLY_DIRECTORY', 'the database x.sqlite is read-only'],
    ['SQLITE_CORRUPT_VTAB', 'the database x.sqlite is damaged'],
  ])('says what %s means, and what to do', (code, message) => {
    const cause = new Sqlite.SqliteError('secret text of SQLite', code);
    const error = thrown(cause) as StoreError;
    expect(error).toBeInstanceOf(StoreError);
    expect(error.message).toBe(message);
    expect(error.hint).not.toBe('');
    expect(error.cause).toBe(cause);
  });

  it.each([
    ['ERR_DLOPEN_FAILED', /by Node \d.*: run npm rebuild better-sqlite3/],
    ['ERR_DLOPEN_DISABLED', /addons: run Node without --no-addons/],
  ])('says what to do when the addon is not loaded (%s)', (code, line) => {
    const error = thrown(Object.assign(new Error('x'), { code })) as StoreError;
    expect(error).toBeInstanceOf(StoreError);
    expect(`${error.message}: ${error.hint}`).toMatch(line);
  });

  it('passes other errors on unchanged', () => {
    for (const fault of [
      new Sqlite.SqliteError('syntax error', 'SQLITE_ERROR'),
      new Sqlite.SqliteError('CHECK', 'SQLITE_CONSTRAINT_CHECK'),
      new TypeError('x'),
      new StoreError('already', 'said'),
    ]) {
      expect(thrown(fault)).toBe(fault);
    }
  });

  it('covers iteration', () => {
    const numbers = guardedIterator(
      'x.sqlite',
      (function* (): Generator<number> {
        yield 1;
        throw new Sqlite.SqliteError('x', 'SQLITE_CORRUPT');
      })(),
    );
    expect(numbers.next().value).toBe(1);
    expect(() => numbers.next()).toThrow('the database x.sqlite is damaged');
  });
});
