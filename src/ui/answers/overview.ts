/**
 * The overview: amounts over time, tables, round trips, calls.
 */
import type { PageFamily, Progress, PageHead, PageFigures, PageEvent, PageMark } from './head.js';

/** Amounts over time: rows of equal width, from `startUs` on, `binUs` each. */
export interface TimeBins {
  readonly startUs: number;
  readonly binUs: number;
  readonly count: number;
  /** Only those that occur; each list has `count` numbers. */
  readonly series: readonly {
    readonly family: PageFamily;
    readonly frames: readonly number[];
    readonly wireBytes: readonly number[];
  }[];
}

/** `/overview`. */
export interface OverviewAnswer extends PageHead {
  /** Of the opcodes, events and bins, when the selection is not quick; else complete. */
  readonly progress: Progress;
  readonly total: PageFigures;
  readonly sessions: number;
  readonly resumes: number;
  readonly connections: number;
  readonly undecodable: number;
  readonly gaps: number;
  readonly unrecordedBytes: number;
  /** At most 600 bins. Null if nothing is selected. */
  readonly bins: TimeBins | null;
  /** The most frequent first. */
  readonly events: readonly PageEvent[];
  /** Bytes by intent, the dearest first; `intent` is null for what needs none. */
  readonly intents: readonly {
    readonly intent: string | null;
    readonly frames: number;
    readonly wireBytes: number;
    readonly payloadBytes: number;
  }[];
  readonly heartbeats: HeartbeatsOverTime;
  readonly rest: CallsOverTime;
  /** The newest 2,000 of them, in the order of time; of the filter only the span of time applies. */
  readonly marks: readonly PageMark[];
  /** Whether there are more. */
  readonly areMarksCut: boolean;
}

/** Round trips of heartbeats, in bins; the filter does not apply but for its sessions, connections and shards. */
export interface HeartbeatsOverTime {
  readonly sent: number;
  readonly acked: number;
  readonly missed: number;
  readonly rttP50Us: number | null;
  readonly rttP99Us: number | null;
  readonly binUs: number;
  /** Only bins with heartbeats. */
  readonly bins: readonly {
    readonly atUs: number;
    readonly sent: number;
    readonly missed: number;
    /** Null if none was acknowledged. */
    readonly rttMinUs: number | null;
    readonly rttP50Us: number | null;
    readonly rttMaxUs: number | null;
  }[];
}

/** REST calls, in bins; of the filter only the span of time applies. */
export interface CallsOverTime {
  readonly calls: number;
  /** Calls with a status from 400 on, or without an answer. */
  readonly errors: number;
  readonly rateLimited: number;
  readonly durationP50Us: number | null;
  readonly durationP99Us: number | null;
  readonly binUs: number;
  /** Only bins with calls. */
  readonly bins: readonly {
    readonly atUs: number;
    /** By the first digit of the status, `2xx` to `5xx`, `429` apart from `4xx`, and `none` without an answer. */
    readonly calls: Readonly<Partial<Record<CallStatusClass, number>>>;
  }[];
}

/** Class of an answer's status. */
export type CallStatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '429' | '5xx' | 'none';

/** `/sizes`: how large payloads are. Frames are looked at one by one, so it comes apart from the overview. */
export interface SizesAnswer extends PageHead {
  readonly progress: Progress;
  /** Payload bytes, or wire bytes if there is no payload: from `fromBytes` on, up to the double. Ascending. */
  readonly sizes: readonly { readonly fromBytes: number; readonly frames: number }[];
}
