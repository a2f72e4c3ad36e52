/**
 * Failures as one line for people and an exit code for scripts.
 *
 * `gatetape: what happened: what to do`, without a stack, unless it is a bug of ours. Exit codes:
 *
 *   0   done, also when whoever read the output has gone
 *   1   differences, faults or secrets found       set by the command, as it is no failure
 *   2   wrong use, configuration or input file    UsageError, and what the command line parser refuses
 *   3   database or disk                          StoreError
 *   4   network or upstream                       NetworkError
 *   70  a bug, with a stack                       anything else (EX_SOFTWARE of sysexits.h)
 *
 * Work that Ctrl-C broke off ends by that signal, which is no exit code: process/signals.ts.
 */
import { type Command, CommanderError } from 'commander';
import { GatetapeError } from '../errors.js';
import { ClosedPipe } from './print/output.js';
import { printable } from './print/paint.js';
import { namedCommand } from './command-line.js';
import { findDatabase } from './options/config-options.js';

/** How a command ended badly. */
export interface CommandFailure {
  /** What to print on stderr, without the last line end; null for nothing. */
  readonly text: string | null;
  readonly exitCode: number;
}

/** Exit code of a bug. */
export const BUG = 70;

/** What to print for an error that ended a command, which has a name unless it is unknown, and the exit code. */
export function describeFailure(error: unknown, command: string | null): CommandFailure {
  if (error instanceof ClosedPipe) return { text: null, exitCode: 0 };
  if (error instanceof GatetapeError) {
    return { text: oneLine(`gatetape: ${error.message}: ${error.hint}`), exitCode: error.exitCode };
  }
  if (error instanceof CommanderError) return describeUsageError(error, command);
  const { code, syscall, path } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  // The system refused a file that the user named.
  if (code !== undefined && syscall !== undefined && path !== undefined) {
    const what = `the system refuses ${syscall} of ${path} (${code})`;
    return { text: oneLine(`gatetape: ${what}: check the path and its permissions`), exitCode: 2 };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split('\n').map(printable).join('\n');
  return { text: `gatetape: this is a bug: please report it with what follows\n${lines}`, exitCode: BUG };
}

/** Our form of what commander says, such as "error: unknown command 'recrod'\n(Did you mean record?)". */
function describeUsageError(error: CommanderError, command: string | null): CommandFailure {
  // Help and version are "errors" with code 0; help that was shown for want of a command has been said.
  if (error.exitCode === 0) return { text: null, exitCode: 0 };
  if (error.code === 'commander.help') return { text: null, exitCode: 2 };
  const [what = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const near = suggestion?.replace(/^\((.*)\)$/, '$1').replace(/^Did/, 'did');
  return {
    text: oneLine(
      `gatetape: ${what.replace(/\.$/, '')}: ${near ?? `see gatetape ${command === null ? '' : `${command} `}--help`}`,
    ),
    exitCode: 2,
  };
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, ' '));
}

// Damage: errors that look like bugs of ours, and come of the database that a command was about.

/** `error`, or a StoreError that names what is wrong with the database that the command was about. */
export async function blameDatabase(error: unknown, program: Command): Promise<unknown> {
  const isExpected =
    error instanceof GatetapeError || error instanceof ClosedPipe || error instanceof CommanderError;
  const command = program.commands.find((one) => one.name() === namedCommand(program));
  const db = command === undefined ? null : findDatabase(command);
  if (isExpected || db === null) return error;
  const { blameFile } = await import('../library/blame.js');
  return blameFile(error, db);
}
