/**
 * Input of a linter: connections, frames, gaps, ends and REST calls, in the order of time.
 *
 * Rows of a database have these shapes; tapes and live recorders are converted to them. Times are µs since
 * the Unix epoch. Words and units: src/README.md.
 */
import type { ExchangeRow, FRAME_COLUMNS, RowOf } from '../capture/columns.js';
import type { RelayMode } from '../capture/records.js';
import type { Sender } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';

/** A connection at its opening. */
export interface LintedConnection {
  readonly id: number;
  readonly captureId: number;
  /** `reverse`, `forward`, or the form that an import came from. */
  readonly mode: string;
  readonly openedAtUs: number;
  /** Path and query of the client's request. */
  readonly path: string;
  readonly upstreamUrl: string;
  /** Null if it is unknown, as on a tape's later connections. */
  readonly transport: Transport | null;
  /** Accepted `Sec-WebSocket-Extensions`. */
  readonly extensions: string | null;
  readonly userAgent: string | null;
  readonly upgradeStatus: number;
  /** Whether ids are pseudonyms. A shard cannot be computed from a pseudonym. */
  readonly hasPseudonyms: boolean;
}

/** A frame, or one of the payloads of a frame. */
export interface LintedFrame extends Pick<
  RowOf<typeof FRAME_COLUMNS>,
  | 'id'
  | 'connectionId'
  | 'sessionId'
  | 'frameNo'
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
export interface LintedEnd {
  readonly connectionId: number;
  readonly atUs: number;
  readonly closeCode: number | null;
  readonly closeReason: string | null;
  readonly closedBy: Sender | 'proxy' | null;
  readonly relayMode: RelayMode | null;
}

/** A REST call. */
export type LintedCall = Pick<
  ExchangeRow,
  | 'id'
  | 'captureId'
  | 'startedAtUs'
  | 'endedAtUs'
  | 'method'
  | 'path'
  | 'route'
  | 'tokenAlias'
  | 'status'
  | 'responseHeaders'
  | 'responseBody'
>;
