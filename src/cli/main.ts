#!/usr/bin/env node
/**
 * The program: runs the command line of its arguments, and ends with one line for what went wrong.
 *
 * Commands: command-line.ts; errors and their exit codes: failure.ts.
 */
import { commandLine, namedCommand } from './command-line.js';
import { blameDatabase, describeFailure } from './failure.js';

const program = commandLine();

/** Prints what went wrong and ends the process, whatever is still open. */
function fail(error: unknown): void {
  const { text, exitCode } = describeFailure(error, namedCommand(program));
  process.exitCode = exitCode;
  if (text === null) process.exit();
  process.stderr.write(`${text}\n`, () => process.exit());
}

// Whoever reads our diagnostics may have gone; the command goes on.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', fail);
await program.parseAsync().catch(async (error: unknown) => fail(await blameDatabase(error, program)));
