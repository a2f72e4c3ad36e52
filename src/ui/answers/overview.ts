/**
 * The overview: amounts over time, tables, round trips, calls.
 */
import type { PageFamily, Progress, PageHead, PageFigures, PageEvent, PageMark } from './head.js';

/** Amounts over time, in bins of `binUs` from `startUs` on. */
export interface TimeBins {
  readonly startUs: number;
  readonly binUs: number;
  readonly count: number;
  /** Only families that occur; each list has `count` numbers. */
  readonly series: readonly {
    readonly family: PageFamily;
    readonly frames: readonly number[];
    readonly wireBytes: readonly number[];
  }[];
}

/** `/overview`. */
export interface OverviewAnswer extends PageHead {
  /** Progress of the opcodes, events and bins; complete at once for a quick selection. */
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
  /** Bytes by intent, the most bytes first; `intent` is null for events without one. */
  readonly intents: readonly {
    readonly intent: string | null;
    readonly frames: number;
    readonly wireBytes: number;
    readonly payloadBytes: number;
  }[];
  readonly heartbeats: HeartbeatsOverTime;
  readonly rest: CallsOverTime;
  /** The newest 2,000 marks, in the order of time. Only the time span of the filter applies. */
  readonly marks: readonly PageMark[];
  /** Whether older marks were left out. */
  readonly areMarksCut: boolean;
}

/** Round trips of heartbeats, in bins. Of the filter, only sessions, connections and shards apply. */
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

/** REST calls, in bins. Only the time span of the filter applies. */
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
    /** By class of the status, `2xx` to `5xx`; `429` has a class of its own, and `none` is for calls without an answer. */
    readonly calls: Readonly<Partial<Record<CallStatusClass, number>>>;
  }[];
}

/** Class of an answer's status. */
export type CallStatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '429' | '5xx' | 'none';

/** `/sizes`: sizes of payloads. It is no part of the overview, because frames are read one by one. */
export interface SizesAnswer extends PageHead {
  readonly progress: Progress;
  /** Payload bytes, or wire bytes if there is no payload: from `fromBytes` to twice as many. Ascending. */
  readonly sizes: readonly { readonly fromBytes: number; readonly frames: number }[];
}
