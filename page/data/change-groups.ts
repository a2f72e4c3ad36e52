/**
 * Groups changed fields of a comparison by field and kind of payload, because a field of every message changes as often
 * as there are messages.
 */
import type { CompareAnswer } from '../../src/ui/answers.js';

/** A field that differs in one payload. */
export type ChangedField = NonNullable<CompareAnswer['diff']>['changed'][number];

/** A field with the first of its changes. */
export interface ChangedGroup extends ChangedField {
  readonly times: number;
}

/** Path of a field, the same for each element of an array. */
export function generalizePath(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}

/** Groups changed fields, in the order of their first change. */
export function groupChanges(fields: readonly ChangedField[]): readonly ChangedGroup[] {
  const groups = new Map<string, ChangedGroup>();
  for (const field of fields) {
    const { op, event, sender, path } = field;
    const key = JSON.stringify([op, event, sender, generalizePath(path)]);
    const times = (groups.get(key)?.times ?? 0) + 1;
    groups.set(key, { ...(groups.get(key) ?? field), times });
  }
  return [...groups.values()];
}
