/**
 * Limits the findings that a recorder prints: at most one of each rule in a minute, with the number of those that were
 * left out before it.
 */

/** Time between two findings of a rule, in ms. */
const PACE_MS = 60_000;

interface RulePace {
  nextAtMs: number;
  leftOut: number;
}

/** Decides which findings to print. */
export class FindingPace {
  readonly #byRule = new Map<string, RulePace>();

  /** Number of findings of the rule left out since the last printed one; null if this one is left out too. */
  take(rule: string, nowMs: number): number | null {
    const pace = this.#byRule.get(rule) ?? { nextAtMs: -Infinity, leftOut: 0 };
    this.#byRule.set(rule, pace);
    if (nowMs < pace.nextAtMs) {
      pace.leftOut += 1;
      return null;
    }
    const { leftOut } = pace;
    pace.nextAtMs = nowMs + PACE_MS;
    pace.leftOut = 0;
    return leftOut;
  }

  /** Number of findings of all rules that were left out and are in no count yet. */
  countLeftOut(): number {
    let count = 0;
    for (const { leftOut } of this.#byRule.values()) count += leftOut;
    return count;
  }
}
