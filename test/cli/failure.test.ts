/** One line and an exit code for every way to fail. */
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../src/cli/failure.js';
import { ClosedPipe } from '../../src/cli/print/output.js';
import { NetworkError, StoreError, UsageError } from '../../src/errors.js';

describe('failureOf', () => {
  it.each([
    [new UsageError('a', 'b'), 2],
    [new StoreError('a', 'b'), 3],
    [new NetworkError('a', 'b'), 4],
  ])('%s has its exit code', (error, exitCode) => {
    expect(describeFailure(error, null)).toEqual({ text: 'gatetape: a: b', exitCode });
  });

  it('keeps to one line', () => {
    expect(describeFailure(new UsageError('a\nb', 'c\r\n  d'), null).text).toBe('gatetape: a b: c d');
  });

  it.each([
    [
      'commander.unknownCommand',
      "error: unknown command 'recrod'\n(Did you mean record?)",
      "unknown command 'recrod': did you mean record?",
    ],
    [
      'commander.unknownOption',
      "error: unknown option '--zzz'",
      "unknown option '--zzz': see gatetape --help",
    ],
    ['commander.excessArguments', 'error: too many arguments.', 'too many arguments: see gatetape --help'],
  ])('%s is wrong use', (code, message, text) => {
    expect(describeFailure(new CommanderError(1, code, message), null)).toEqual({
      text: `gatetape: ${text}`,
      exitCode: 2,
    });
  });

  it('prints nothing if help was already printed', () => {
    expect(describeFailure(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), null)).toEqual({
      text: null,
      exitCode: 0,
    });
    expect(describeFailure(new CommanderError(1, 'commander.help', '(outputHelp)'), null)).toEqual({
      text: null,
      exitCode: 2,
    });
  });

  it('exits with 0 and prints nothing when the reader closed the pipe', () => {
    expect(describeFailure(new ClosedPipe(), null)).toEqual({ text: null, exitCode: 0 });
  });

  it('shows the stack of a bug', () => {
    const failure = describeFailure(new TypeError('undefined is not a tape'), null);
    expect(failure.exitCode).toBe(70);
    expect(failure.text).toMatch(/^gatetape: this is a bug.*\nTypeError: undefined is not a tape\n {4}at /);
    expect(describeFailure('thrown text', null).text).toContain('thrown text');
  });
});

it('errors of a command point to the help of that command', () => {
  const error = new CommanderError(1, 'commander.missingArgument', "error: missing required argument 'id'");
  expect(describeFailure(error, 'show').text).toBe(
    "gatetape: missing required argument 'id': see gatetape show --help",
  );
});

describe('an error of the system about a file', () => {
  it('prints one line with file and code, and exits with 2', () => {
    const error = Object.assign(new Error('ELOOP: too many symbolic links, open a'), {
      code: 'ELOOP',
      syscall: 'open',
      path: 'a',
    });
    expect(describeFailure(error, 'import')).toEqual({
      text: 'gatetape: the system refuses open of a (ELOOP): check the path and its permissions',
      exitCode: 2,
    });
  });
});
