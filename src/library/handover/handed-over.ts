/**
 * What a caller of the library gives for a handover, and gets of it: types of the package, which need none of Node's.
 */

/** How a successor is started. */
export interface SuccessorCommand {
  /** Node, then its flags, the program, and the program's arguments. */
  readonly words: readonly string[];
  readonly cwd: string;
  /** Variables in addition to those of the running recorder. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a handover has led to. */
export interface HandedOver {
  /** The line `listening` of the successor. */
  readonly line: string;
  /** File in which this recorder goes on; null if the successor records into another database. */
  readonly file: string | null;
}
