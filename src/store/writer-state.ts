/**
 * Writer state: what a writer hands over to the next one, which goes on with its capture in another file, or in the same
 * one on another handle.
 */
import type { FrameCounters } from './frame-writer.js';
import type { OpenConnection } from './open-connections.js';
import type { SessionState } from './session-writer.js';
import { countBytes, type ClosedConnections } from './written-streams.js';

/** Sums of one capture, over the written records. */
export interface CaptureCounters extends Readonly<FrameCounters> {
  readonly connections: number;
  readonly gaps: number;
  /** Bytes that were recorded in files that were lost. */
  readonly lostBytes: number;
}

/** State handed over to the next writer, in another file or on another handle. */
export interface WriterState {
  /** Id of the next frame. */
  readonly nextFrameId: number;
  readonly connections: ReadonlyMap<number, OpenConnection>;
  readonly closed: ClosedConnections;
  readonly sessions: SessionState;
  /** Over the present file. */
  readonly counters: CaptureCounters;
  /** Over the files that were put aside before it. */
  readonly before: CaptureCounters;
}

/** Sums over nothing. */
export const NO_COUNTERS: CaptureCounters = Object.freeze({
  connections: 0,
  frames: 0,
  payloads: 0,
  undecodable: 0,
  gaps: 0,
  lostBytes: 0,
  wireBytes: 0,
  payloadBytes: 0,
});

/** Both together. */
export function addCounters(one: CaptureCounters, other: CaptureCounters): CaptureCounters {
  const names = Object.keys(NO_COUNTERS) as (keyof CaptureCounters)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as Record<
    keyof CaptureCounters,
    number
  >;
}

/** Bytes that are lost if the file of this state is. */
export function countLost({ connections, closed, counters }: WriterState): number {
  const written = [...[...connections.values()].map(({ written }) => written), ...closed.kept];
  return written.reduce((sum, one) => sum + countBytes(one), counters.lostBytes + closed.otherBytes);
}

/** How a writer goes on with a capture. */
export interface Continuation {
  readonly state: WriterState;
  /**
   * Where the earlier writer wrote: into this file; into another one that was lost, so that all of it becomes gaps; or
   * into one that was put aside, which still has it.
   */
  readonly earlierFile: 'same' | 'lost' | 'rotated';
}
