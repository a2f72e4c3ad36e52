/**
 * The latest findings of lint, by frame, for marks in lists and for the count in the stream of news.
 */
import type { LintFinding } from '../lint/rule.js';
import type { FindingMark } from './answers.js';

const NONE: readonly FindingMark[] = [];

/** Findings of the last run of lint. */
export class LatestFindings {
  #byFrame = new Map<number, readonly FindingMark[]>();
  #count: number | null = null;

  /** Number of findings; null before the first run. */
  get count(): number | null {
    return this.#count;
  }

  /** Replaces the findings by those of a run over the whole file. */
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
