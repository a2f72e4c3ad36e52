/**
 * Troubles: connections of which not everything is known, and the rules that were not judged on them.
 */
import type { ConnectionFacts } from './facts.js';
import type { Rule, Skipped } from './rule.js';

/** Most connections that are counted. */
const MOST_COUNTED = 1_000_000;

/** Connections of which not everything is known, by the reason. */
export class Troubles {
  readonly #byReason = new Map<string, Set<number>>();

  /** Notes a connection. */
  note({ id, trouble }: ConnectionFacts): void {
    if (trouble === null) return;
    const ids = this.#byReason.get(trouble) ?? new Set<number>();
    if (ids.size < MOST_COUNTED) ids.add(id);
    this.#byReason.set(trouble, ids);
  }

  /** The rules that were not judged on these connections, of `total`. */
  listSkipped(rules: Iterable<Rule>, total: number): readonly Skipped[] {
    const skipped: Skipped[] = [];
    for (const { id, needs } of rules) {
      if (needs === 'frame') continue;
      for (const [reason, ids] of this.#byReason) {
        skipped.push({ rule: id, reason: `on ${ids.size} of ${total} connections ${reason}` });
      }
    }
    return skipped;
  }
}

/** Whether enough is known of a connection for a rule. */
export function isKnownEnough({ needs }: Rule, { trouble, session }: ConnectionFacts): boolean {
  if (needs === 'frame') return true;
  if (trouble !== null) return false;
  return needs === 'connection' || session?.trouble == null;
}
