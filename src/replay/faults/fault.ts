/**
 * Fault: something that a mock does wrong on purpose, and when.
 *
 * Written by people as `NAME[:ARG][@WHEN]`, read by config/fault-spec.ts.
 */
import type { FaultName } from './catalogue.js';

/** When a fault's time comes; what it then acts on is the first that suits it. */
export type When =
  /** The default of its row in the catalogue. */
  | { readonly type: 'default' }
  /** The dispatch with this sequence number goes out. */
  | { readonly type: 'seq'; readonly seq: number }
  /** A payload with this opcode goes out or comes in. */
  | { readonly type: 'op'; readonly op: number }
  /** A dispatch whose name matches goes out. */
  | { readonly type: 'event'; readonly pattern: RegExp }
  /** A connection is this old. */
  | { readonly type: 'age'; readonly us: number }
  /** Drawn anew for everything that it can act on, READY and what follows it. */
  | { readonly type: 'chance'; readonly probability: number };

/** A fault that was asked for. */
export interface Fault {
  readonly name: FaultName;
  /** Times in µs, sizes in bytes, a close code, whether it is resumable; null when it takes none. */
  readonly arg: number | boolean | null;
  readonly when: When;
}
