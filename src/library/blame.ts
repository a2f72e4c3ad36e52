/**
 * Blame: whether an error that looks like a bug of ours comes of a database that no gatetape writes.
 *
 * Files come from strangers and from broken disks, and a value of another kind can make any line of a program fail. So
 * what fails is looked up in the file's own check, and is a bug where that finds nothing.
 */
import { existsSync } from 'node:fs';
import { GatetapeError } from '../errors.js';
import { damagedDatabase } from '../store/store-error.js';
import { checkDatabase } from '../store/upkeep/check.js';

/** `error`, or a StoreError that names what is wrong with the database that was read. */
export function blameFile(error: unknown, db: string): unknown {
  if (error instanceof GatetapeError || !existsSync(db)) return error;
  try {
    const [fault] = checkDatabase(db).faults;
    return fault === undefined ? error : damagedDatabase(db, `${fault.check}: ${fault.detail}`, error);
  } catch (cause) {
    return cause instanceof GatetapeError ? cause : error;
  }
}
