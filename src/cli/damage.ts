/**
 * Damage: whether an error that looks like a bug of ours comes of a database that no gatetape writes.
 *
 * Files come from strangers and from broken disks, and a value of another kind can make any line of a program fail. So
 * what fails is looked up in the file's own check, and is a bug where that finds nothing.
 */
import { existsSync } from 'node:fs';
import { CommanderError, type Command } from 'commander';
import { GatetapeError } from '../errors.js';
import { namedCommand } from './command-line.js';
import { databaseOf } from './flags/settings.js';
import { ClosedPipe } from './print/output.js';

/** `error`, or a StoreError that names what is wrong with the database that the command was about. */
export async function blameDatabase(error: unknown, program: Command): Promise<unknown> {
  const isExpected =
    error instanceof GatetapeError || error instanceof ClosedPipe || error instanceof CommanderError;
  const command = program.commands.find((one) => one.name() === namedCommand(program));
  const db = command === undefined ? null : databaseOf(command);
  if (isExpected || db === null || !existsSync(db)) return error;
  try {
    const { checkDatabase } = await import('../store/upkeep/check.js');
    const { damaged } = await import('../store/store-error.js');
    const [fault] = checkDatabase(db).faults;
    return fault === undefined ? error : damaged(db, `${fault.check}: ${fault.detail}`, error);
  } catch (cause) {
    return cause instanceof GatetapeError ? cause : error;
  }
}
