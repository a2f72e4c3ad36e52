/**
 * Finding: one thing that a check of a database has found, a fault or a note.
 */

/** What is looked at. */
export type CheckName =
  | 'integrity'
  | 'application_id'
  | 'migrations'
  | 'schema'
  | 'foreign_keys'
  | 'values'
  | 'rollups'
  | 'bodies'
  | 'recovery'
  | 'pruning';

/** Something that was found. */
export interface Finding {
  readonly check: CheckName;
  /** One sentence, without a full stop. */
  readonly detail: string;
}
