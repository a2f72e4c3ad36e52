/**
 * Folds equal breaches into findings: same rule, severity, culprit and session (or connection, where it has no
 * session). Bounded: beyond a number of findings of one rule, later breaches count for the last of them.
 */
import type { ConnectionFacts } from './facts.js';
import type { Breach, LintFinding, Rule } from './rule.js';

/** Most findings of one rule. */
const MOST_OF_RULE = 200;
/** Most frames that a finding names. */
const MOST_FRAMES = 10;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Folded = Mutable<LintFinding> & { frameIds: number[] };

/** Findings so far. */
export class FoldedFindings {
  readonly #byKey = new Map<string, Folded>();
  readonly #ofRule = new Map<string, Folded[]>();
  readonly #watch: (finding: LintFinding) => void;
  readonly #isMeant: (finding: LintFinding) => boolean;

  /** Both functions get a finding of each breach by itself; `watch` only of those that `isMeant`. */
  constructor(watch: (finding: LintFinding) => void, isMeant: (finding: LintFinding) => boolean) {
    this.#watch = watch;
    this.#isMeant = isMeant;
  }

  /** Adds a breach on `connection` at `nowUs`. */
  add(rule: Rule, connection: ConnectionFacts | null, breach: Breach, nowUs: number): void {
    const one = toFinding(rule, connection, breach, nowUs);
    if (!this.#isMeant(one)) return;
    const place = one.sessionId === null ? `connection ${one.connectionId}` : `session ${one.sessionId}`;
    const key = `${rule.id} ${one.severity} ${one.who} ${place}`;
    const ofRule = this.#ofRule.get(rule.id) ?? [];
    this.#ofRule.set(rule.id, ofRule);
    const known = this.#byKey.get(key) ?? (ofRule.length < MOST_OF_RULE ? undefined : ofRule.at(-1));
    this.#watch({ ...one });
    if (known === undefined) {
      this.#byKey.set(key, one);
      ofRule.push(one);
      return;
    }
    join(known, one);
  }

  /** All findings, in the order of their first breach. */
  list(): readonly LintFinding[] {
    return [...this.#ofRule.values()].flat().sort((one, other) => one.firstAtUs - other.firstAtUs);
  }
}

function toFinding(rule: Rule, connection: ConnectionFacts | null, breach: Breach, nowUs: number): Folded {
  const { severity = rule.severity, who = rule.who, frameIds = [], atUs = nowUs, message } = breach;
  const { id, why, fix, source } = rule;
  const place = { sessionId: connection?.sessionId ?? null, connectionId: connection?.id ?? null };
  const times = { count: 1, firstAtUs: atUs, lastAtUs: atUs };
  return {
    ...{ rule: id, severity, who },
    ...place,
    frameIds: frameIds.slice(0, MOST_FRAMES),
    ...times,
    ...{ message, why, fix, source },
  };
}

function join(known: Folded, { frameIds, firstAtUs, lastAtUs }: LintFinding): void {
  known.count += 1;
  known.firstAtUs = Math.min(known.firstAtUs, firstAtUs);
  known.lastAtUs = Math.max(known.lastAtUs, lastAtUs);
  for (const id of frameIds) {
    if (known.frameIds.length < MOST_FRAMES && !known.frameIds.includes(id)) known.frameIds.push(id);
  }
}
