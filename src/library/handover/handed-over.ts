/**
 * Input and result of a handover, for callers of the library. The package's types must not need those of Node.
 */

/** Command of a successor. */
export interface SuccessorCommand {
  /** Node, then its flags, the program, and the program's arguments. */
  readonly words: readonly string[];
  readonly cwd: string;
  /** Environment variables in addition to those of the running recorder. */
  readonly env: Readonly<Record<string, string>>;
}

/** Result of a handover. */
export interface HandedOver {
  /** The line `listening` of the successor. */
  readonly line: string;
  /** File in which this recorder goes on; null if the successor records into another database. */
  readonly file: string | null;
}
