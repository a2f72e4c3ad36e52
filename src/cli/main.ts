#!/usr/bin/env node
/**
 * The program: runs the command line, and prints one line for an error.
 *
 * Commands: command-line.ts; errors and their exit codes: failure.ts.
 */
import { commandLine, namedCommand } from './command-line.js';
import { blameDatabase, describeFailure } from './failure.js';

const program = await commandLine(process.argv.slice(2));

/** Prints the error and ends the process, even if something is still open. */
function fail(error: unknown): void {
  const { text, exitCode } = describeFailure(error, namedCommand(program));
  process.exitCode = exitCode;
  if (text === null) process.exit();
  process.stderr.write(`${text}\n`, () => process.exit());
}

// If the reader of stderr has closed the pipe, the command continues.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', fail);
await program.parseAsync().catch(async (error: unknown) => fail(await blameDatabase(error, program)));
