/**
 * The latest findings of lint, by the frames that they name: as marks in lists, and as a number.
 */
import type { LintFinding } from '../lint/rule.js';
import type { FindingMark } from './answers.js';

const NONE: readonly FindingMark[] = [];

/** Findings as far as lint has run. */
export class LatestFindings {
  #byFrame = new Map<number, readonly FindingMark[]>();
  #count: number | null = null;

  /** How many there are; null before the first run. */
  get count(): number | null {
    return this.#count;
  }

  /** Takes the findings of a run over everything. */
  take(findings: readonly LintFinding[]): void {
    const byFrame = new Map<number, readonly FindingMark[]>();
    for (const { rule, severity, message, frameIds } of findings) {
      for (const id of frameIds) byFrame.set(id, [...(byFrame.get(id) ?? NONE), { rule, severity, message }]);
    }
    this.#byFrame = byFrame;
    this.#count = findings.length;
  }

  /** Findings that name a frame. */
  readonly ofFrame = (frameId: number): readonly FindingMark[] => this.#byFrame.get(frameId) ?? NONE;
}
