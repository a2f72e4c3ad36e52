/**
 * Input of a diagram: connections, frames, gaps, ends and REST calls, in the order of time.
 *
 * Rows of a database have these shapes; a tape is converted to them, with times from its first step on. Times are
 * µs. Words and units: src/README.md.
 */
import type { ExchangeRow, FRAME_COLUMNS, RowOf } from '../capture/columns.js';
import type { Shard } from '../gateway/payload.js';
import type { Sender } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';

/** A connection at its opening. */
export interface FlowConnection {
  readonly id: number;
  readonly captureId: number;
  readonly sessionId: number | null;
  /** Shard of its session, or null if it is unknown. */
  readonly shard: Shard | null;
  readonly openedAtUs: number;
  /** Null if the recording does not have its end. */
  readonly closedAtUs: number | null;
  /** Whether it opened before the part that is drawn. */
  readonly isFromBefore: boolean;
  /** Null if it is unknown, as on a tape's later connections. */
  readonly transport: Transport | null;
  /** HTTP status of the upgrade. */
  readonly upgradeStatus: number;
  /** Number of further upgrades that failed in the same way; they have no connection of their own. */
  readonly repeats: number;
}

/** A frame, or one of the payloads of a frame. */
export interface FlowFrame extends Pick<
  RowOf<typeof FRAME_COLUMNS>,
  | 'id'
  | 'connectionId'
  | 'sessionId'
  | 'atUs'
  | 'sender'
  | 'kind'
  | 'status'
  | 'op'
  | 'event'
  | 'seq'
  | 'wireBytes'
  | 'payloadBytes'
> {
  readonly closeCode: number | null;
  /** Payload as JSON text, redacted. */
  readonly payloadText: string | null;
}

/** The end of a connection. */
export interface FlowEnd {
  readonly connectionId: number;
  readonly atUs: number;
  readonly closeCode: number | null;
  readonly closeReason: string | null;
  readonly closedBy: Sender | 'proxy' | null;
}

/** Bytes that were relayed and not recorded. */
export interface FlowGap {
  readonly connectionId: number;
  readonly sender: Sender;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly bytes: number;
}

/** A REST call. */
export type FlowCall = Pick<
  ExchangeRow,
  'id' | 'captureId' | 'startedAtUs' | 'endedAtUs' | 'method' | 'route' | 'status' | 'fault'
>;

/** Receives what was recorded, in the order of time. A frame can come before the opening of its connection. */
export interface FlowSink {
  opened: (connection: FlowConnection) => void;
  frame: (frame: FlowFrame) => void;
  ended: (end: FlowEnd) => void;
  gap: (gap: FlowGap) => void;
  call: (call: FlowCall) => void;
}
