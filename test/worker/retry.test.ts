/** Retries of a transaction. */
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { retry } from '../../src/worker/retry.js';

const storeError = (code: string): StoreError =>
  new StoreError('the database is in trouble', 'wait', { cause: Object.assign(new Error(code), { code }) });

/** Fails as often as there are errors, then succeeds. */
function failing(...errors: readonly Error[]): { attempts: number; action: () => void } {
  const run = {
    attempts: 0,
    action: (): void => {
      const error = errors[run.attempts];
      run.attempts += 1;
      if (error !== undefined) throw error;
    },
  };
  return run;
}

describe('retry', () => {
  it.each(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED', 'SQLITE_FULL'])(
    'tries again after %s',
    (code) => {
      const run = failing(storeError(code), storeError(code));
      retry(run.action, [1, 1, 1]);
      expect(run.attempts).toBe(3);
    },
  );

  it.each([
    storeError('SQLITE_CORRUPT'),
    storeError('SQLITE_IOERR_WRITE'),
    new StoreError('no cause', ''),
    new TypeError('a bug'),
  ])('gives up at once on $message', (error) => {
    const run = failing(error);
    expect(() => retry(run.action, [1, 1])).toThrow(error);
    expect(run.attempts).toBe(1);
  });

  it('gives up with the last failure when all pauses are spent', () => {
    const errors = ['1', '2', '3'].map((suffix) => storeError(`SQLITE_FULL${suffix}`));
    const run = failing(...errors);
    expect(() => retry(run.action, [1, 1])).toThrow(errors[2]);
    expect(run.attempts).toBe(3);
  });
});
