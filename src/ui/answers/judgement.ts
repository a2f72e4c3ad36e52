/**
 * Findings of lint, and the comparison of two sessions.
 */
import type { FindingMark } from './frame-lines.js';
import type { PageSender, PageSeverity, Progress, PageHead } from './head.js';
import type { SessionLane } from './sessions.js';

/** One finding of lint. */
export interface PageFinding extends FindingMark {
  /** Title of the rule, in one line. */
  readonly title: string;
  readonly who: 'client' | 'gateway' | 'proxy';
  readonly sessionId: number | null;
  readonly connectionId: number | null;
  /** Frames of the first breaches. */
  readonly frameIds: readonly number[];
  readonly count: number;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
  readonly why: string;
  readonly fix: string;
  readonly source: string;
}

/** `/findings`: findings of lint. The rules see all frames; the filter keeps findings with a frame that passes it. */
export interface FindingsAnswer extends PageHead {
  readonly progress: Progress;
  /** Greatest id of a judged frame. A later request judges newer frames. */
  readonly throughId: number;
  /** The worst first, then by time. Empty until the run is complete. */
  readonly findings: readonly PageFinding[];
  readonly bySeverity: Readonly<Record<PageSeverity, number>>;
  readonly skipped: readonly { readonly rule: string; readonly reason: string }[];
}

/** A payload of one side without a partner. */
export interface LonePayload {
  readonly index: number;
  readonly op: number | null;
  readonly opName: string | null;
  readonly event: string | null;
  readonly seq: number | null;
  readonly sender: PageSender | null;
}

/** A change of shape, as `gatetape drift` reports it. */
export interface ShapeChange {
  readonly severity: 'error' | 'warn' | 'info';
  readonly change: string;
  readonly op: number;
  readonly opName: string | null;
  readonly event: string | null;
  readonly sender: PageSender;
  readonly path: string | null;
  readonly before: ShapeSide | null;
  readonly after: ShapeSide | null;
}

/** One side of a change. */
export interface ShapeSide {
  readonly count: number;
  readonly types: readonly string[];
  readonly presence: 'always' | 'sometimes';
}

/** `/compare?left=ID&right=ID`: two sessions, by payloads and by shapes. Each list has at most 1,000 rows. */
export interface CompareAnswer extends PageHead {
  /** Sessions to choose from, the newest first, at most 500. */
  readonly sessions: readonly SessionLane[];
  /** Null until both sides are chosen. */
  readonly left: SessionLane | null;
  readonly right: SessionLane | null;
  readonly progress: Progress;
  /** Null while it is computed. */
  readonly diff: {
    readonly equal: boolean;
    readonly matched: number;
    readonly missing: readonly LonePayload[];
    readonly unexpected: readonly LonePayload[];
    readonly reordered: readonly (LonePayload & { readonly actualIndex: number })[];
    readonly changed: readonly {
      readonly index: number;
      readonly op: number | null;
      readonly opName: string | null;
      readonly event: string | null;
      readonly sender: PageSender | null;
      readonly path: string;
      /** JSON text, cut at 500 characters; null if that side does not have the field. */
      readonly expected: string | null;
      readonly actual: string | null;
    }[];
    /** Number of rows that were left out of all lists. */
    readonly leftOut: number;
  } | null;
  readonly drift: {
    readonly payloadsBefore: number;
    readonly payloadsAfter: number;
    readonly changes: readonly ShapeChange[];
    readonly leftOut: number;
  } | null;
}
