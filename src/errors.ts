/**
 * Errors of gatetape: one base class, subclassed only by who must act.
 *
 *   GatetapeError
 *   ├── UsageError      the caller: a wrong flag, argument, config key or input file   exit 2
 *   ├── StoreError      the database or the disk                                       exit 3
 *   └── NetworkError    the network, a port, the upstream                              exit 4
 *
 * Input from a peer never causes an exception: see the undecodable reasons in capture/records.ts. No message holds a
 * token, a session id or a payload body.
 */

/** Exit code of a bug (EX_SOFTWARE of sysexits.h). */
export const BUG_EXIT_CODE = 70;

/** Base of every error that gatetape throws on purpose; any other uncaught error is a bug. */
export abstract class GatetapeError extends Error {
  /** Exit code of the command line, from the table above. */
  abstract readonly exitCode: 2 | 3 | 4;
  /** Next step for the user; completes "gatetape: what happened: what to do". */
  readonly hint: string;

  constructor(message: string, hint: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** Wrong use of gatetape: flags, configuration, an argument of the library, an unreadable input file. */
export class UsageError extends GatetapeError {
  readonly exitCode = 2;
}

/** A database that cannot be opened, migrated, read or written. */
export class StoreError extends GatetapeError {
  readonly exitCode = 3;
}

/** A port that cannot be bound, an upstream that cannot be reached. */
export class NetworkError extends GatetapeError {
  readonly exitCode = 4;
}

/** Code of a system or SQLite error, such as `ENOENT` or `SQLITE_BUSY`; empty for any other value. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Hint for a file that the user named and the system refuses. */
const CHECK_PATH = 'check the path and its permissions';

/**
 * The error for what the system refused: `cannot read ca.pem (ENOENT)`. `what` completes "cannot …"; the class is the one
 * by who must act.
 */
export function refusedBySystem(
  what: string,
  cause: unknown,
  hint = CHECK_PATH,
  Refusal: typeof UsageError | typeof StoreError = UsageError,
): GatetapeError {
  return new Refusal(`cannot ${what} (${errorCode(cause) || 'unknown reason'})`, hint, { cause });
}

/** Marks a switch case that the types exclude; throws only if the types were bypassed. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
