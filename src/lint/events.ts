/**
 * What a linter is given of a recording: connections, frames, gaps, ends and REST calls, in the order of time.
 *
 * Rows of a database have these shapes already; a tape and a live recorder are brought into them. Times are µs since
 * the Unix epoch. Words and units: src/README.md.
 */
import type { FrameStatus, RelayMode } from '../capture/records.js';
import type { FrameKind, Sender } from '../wire/frame.js';
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
  /** Whether ids are pseudonyms, which no shard can be computed from. */
  readonly hasPseudonyms: boolean;
}

/** A frame, or one of the payloads of a frame. */
export interface LintedFrame {
  readonly id: number;
  readonly connectionId: number;
  readonly sessionId: number | null;
  /** Position in the connection, from 1. */
  readonly frameNo: number;
  readonly atUs: number;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly status: FrameStatus;
  readonly op: number | null;
  readonly event: string | null;
  readonly seq: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
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
export interface LintedCall {
  readonly id: number;
  readonly captureId: number;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly tokenAlias: string | null;
  readonly status: number | null;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string | null;
}
