/** Errors on their way between threads. */
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../../src/errors.js';
import { packFailure, unpackFailure } from '../../src/worker/boundary.js';

const across = (error: unknown): Error => unpackFailure(structuredClone(packFailure(error)));

describe('an error that crosses the border', () => {
  it('stays a StoreError, with its message and hint', () => {
    const error = across(new StoreError('the database x is locked', 'close the other program'));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      message: 'the database x is locked',
      hint: 'close the other program',
      exitCode: 3,
    });
  });

  it.each([new TypeError('a bug'), new UsageError('not meant for users', '')])(
    'keeps its message and the stack of the thread if it is not a StoreError: $message',
    (thrown) => {
      const error = across(thrown);
      expect(error).not.toBeInstanceOf(StoreError);
      expect(error.message).toBe(thrown.message);
      expect(error.stack).toBe(thrown.stack);
    },
  );

  it('may be anything that was thrown', () => {
    expect(across('just text').message).toBe('just text');
    expect(across(undefined).message).toBe('undefined');
  });
});
