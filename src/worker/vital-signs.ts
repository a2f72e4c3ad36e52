/**
 * Vital signs: what a recorder says of itself: sums over its capture, whether it records, and what it has counted.
 */
import type { Figures } from './boundary.js';
import type { Sample } from './counts.js';
import type { OpenCount } from './meter.js';

/** Sums over a capture. */
export interface CaptureFigures extends Omit<Figures, 'lostBytes'> {
  /**
   * Bytes of connections that were relayed but are not in the database, including those of its gaps: never recorded, or
   * in a file that was lost.
   */
  readonly unrecordedBytes: number;
  /** Number of times that dead threads were restarted. */
  readonly restarts: number;
}

/** Figures of a running capture. */
export interface LiveFigures extends CaptureFigures {
  /** Bytes relayed that the recorder has not read yet. */
  readonly queueBytes: number;
}

/** Whether a recorder records, and what it has counted. */
export interface VitalSigns {
  /** Why it does not record; null if it does. */
  readonly failure: string | null;
  /** Whether traffic does not fit the queue. */
  readonly isQueueFull: boolean;
  /** Time since the arrival of the oldest traffic that is not in the database. */
  readonly lagUs: number;
  /** Amounts since the start; empty unless the order says that they are counted. */
  readonly counted: readonly Sample[];
  /** Connections that are open now. */
  readonly open: readonly OpenCount[];
}
