/**
 * Damage: errors that look like bugs of ours, and come of the database that a command was about.
 */
import { CommanderError, type Command } from 'commander';
import { GatetapeError } from '../errors.js';
import { namedCommand } from './command-line.js';
import { findDatabase } from './flags/settings.js';
import { ClosedPipe } from './print/output.js';

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
