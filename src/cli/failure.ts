/**
 * Failures of commands: one line for people, and an exit code for scripts.
 *
 * The line is `gatetape: what happened: what to do`; only a bug has a stack. Exit codes:
 *
 *   0   done, also if the reader of the output has closed the pipe
 *   1   differences, defects or secrets found     set by the command; it is not a failure
 *   2   wrong use, configuration or input file    UsageError, and what the command line parser refuses
 *   3   database or disk                          StoreError
 *   4   network or upstream                       NetworkError
 *   70  a bug, with a stack                       anything else (EX_SOFTWARE of sysexits.h)
 *
 * A command that Ctrl-C interrupts ends by that signal, without an exit code: process/signals.ts.
 *
 * An error that looks like a bug can be caused by a damaged database: the database of the command is checked first.
 */
import { type Command, CommanderError } from 'commander';
import { BUG_EXIT_CODE, GatetapeError } from '../errors.js';
import { FilterError } from '../filter/filter-error.js';
import { ClosedPipe } from './print/output.js';
import { printable } from '../printable.js';
import { namedCommand } from './command-line.js';
import { findDatabase } from './options/config-options.js';

/** How a command failed. */
export interface CommandFailure {
  /** Text for stderr, without the last line end; null for none. */
  readonly text: string | null;
  readonly exitCode: number;
}

/** Text and exit code for an error that ended a command; `command` is its name, or null if it is unknown. */
export function describeFailure(error: unknown, command: string | null): CommandFailure {
  if (error instanceof ClosedPipe) return { text: null, exitCode: 0 };
  if (error instanceof GatetapeError) {
    const line = oneLine(`gatetape: ${error.message}: ${error.hint}`);
    // The only error with several lines: the filter, and a caret at the position.
    const lines = error instanceof FilterError ? error.excerpt.map((part) => `  ${printable(part)}`) : [];
    return { text: [line, ...lines].join('\n'), exitCode: error.exitCode };
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
  return {
    text: `gatetape: this is a bug: please report it with what follows\n${lines}`,
    exitCode: BUG_EXIT_CODE,
  };
}

/** Our form of commander's messages, such as "error: unknown command 'recrod'\n(Did you mean record?)". */
function describeUsageError(error: CommanderError, command: string | null): CommandFailure {
  // Help and version are "errors" with code 0. Without a command, commander has printed the help already.
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

/** `error`, or a StoreError that names the defect of the database that the command read. */
export async function blameDatabase(error: unknown, program: Command): Promise<unknown> {
  const isExpected =
    error instanceof GatetapeError || error instanceof ClosedPipe || error instanceof CommanderError;
  const command = program.commands.find((one) => one.name() === namedCommand(program));
  const db = command === undefined ? null : findDatabase(command);
  if (isExpected || db === null) return error;
  const { blameFile } = await import('../library/blame.js');
  return blameFile(error, db);
}
