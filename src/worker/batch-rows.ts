/**
 * Batch rows: what the numbers of a slot's rows mean, and what goes beside the slots.
 *
 * A frame is a row of numbers and its bytes behind those of the frame before; copying an object for each between
 * threads would cost more than recording it. Everything else is rare, has a row that only keeps its place, and
 * goes in an enclosure, by a port and structured clone.
 */
import type { FrameKey } from '../capture/frame-facts.js';
import type { CaptureRecord } from '../capture/records.js';

/** Numbers of a row. All but the first are those of the frame's record, with the length of its bytes. */
export const COLUMN = {
  /** Index of the frame's facts in what all enclosures have told so far; `OTHER` for a record in the enclosure. */
  facts: 0,
  connection: 1,
  session: 2,
  frameNo: 3,
  atUs: 4,
  seq: 5,
  wireBytes: 6,
  payloadBytes: 7,
  bodyBytes: 8,
  rawBytes: 9,
} as const;

/** In place of facts: the row stands for the next record of the enclosure. */
export const OTHER = -1;

/** A length that says: the next bytes of the enclosure. */
export const OUT_OF_LINE = -1;

/** What goes with a batch beside its slot, each list in the order in which the rows need it. */
export interface OutOfLinePart {
  readonly records: CaptureRecord[];
  /** Facts that a row of the batch is the first to have, by their index. */
  readonly facts: { readonly index: number; readonly facts: FrameKey }[];
  /** Bytes that are too long for a slot. */
  readonly bytes: Uint8Array[];
}

/** A number of a row, from what may be null: NaN, which is no number of any record. */
export function toCell(value: number | null): number {
  return value ?? NaN;
}

/** What `toCell` was given. */
export function fromCell(cell: number | undefined): number | null {
  return cell === undefined || Number.isNaN(cell) ? null : cell;
}
