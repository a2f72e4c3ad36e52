/**
 * Blame: decides whether an error that looks like a bug is caused by a damaged or foreign database.
 *
 * Files come from strangers and from broken disks, and a value of an unexpected type can make any code fail. So
 * a failure is checked against the file's own integrity check; if that finds nothing, it is a bug.
 */
import { existsSync } from 'node:fs';
import { GatetapeError } from '../errors.js';
import { damagedDatabase } from '../store/store-error.js';
import { checkDatabase } from '../store/upkeep/check.js';

/** Returns `error`, or a StoreError that names the fault of the database that was read. */
export function blameFile(error: unknown, db: string): unknown {
  if (error instanceof GatetapeError || !existsSync(db)) return error;
  try {
    const [fault] = checkDatabase(db).faults;
    return fault === undefined ? error : damagedDatabase(db, `${fault.check}: ${fault.detail}`, error);
  } catch (cause) {
    return cause instanceof GatetapeError ? cause : error;
  }
}
