/**
 * Recording: one session as replay uses it, from a database or a tape.
 *
 * Steps are in the order of the wire; times are µs since the first step. Payloads are JSON, redacted. The client's REST
 * calls are exchanges, a separate list on the same clock.
 */
import type { ExchangeRow } from '../capture/columns.js';
import type { Payload, Shard } from '../gateway/payload.js';
import type { Sender } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';

/** A payload or a close, at its time, on one of the session's connections. */
export type RecordingStep = PayloadStep | CloseStep;

/** A payload that crossed the wire. */
export interface PayloadStep {
  readonly type: 'payload';
  /** Ordinal of the connection within the session, from 1. */
  readonly connection: number;
  /** µs since the first step. */
  readonly atUs: number;
  readonly sender: Sender;
  readonly payload: Payload;
  /** The payload as JSON text, as it was recorded: number formats and key order kept. */
  readonly text: string;
}

/** End of one of the session's connections. */
export interface CloseStep {
  readonly type: 'close';
  readonly connection: number;
  readonly atUs: number;
  /** The side that closed first. */
  readonly sender: Sender;
  /** Close code, or null when the socket ended without a close frame or with an empty one. */
  readonly code: number | null;
  readonly reason: string;
}

/** One REST call of the session's client, and the API's answer. */
export interface RecordedExchange extends Pick<
  ExchangeRow,
  | 'method'
  | 'path'
  | 'status'
  | 'requestType'
  | 'responseType'
  | 'requestBody'
  | 'responseBody'
  | 'responseHeaders'
> {
  /** Start of the request, in µs since the first step; negative for a call before it, such as GET /gateway/bot. */
  readonly atUs: number;
  /** µs from there to the end of the answer; null when it never ended. */
  readonly durationUs: number | null;
}

/** One session, ready to be replayed. */
export interface Recording {
  /** `[shard_id, shard_count]` of IDENTIFY, or null. */
  readonly shard: Shard | null;
  /** Library name that the recorded client sent, or null. */
  readonly library: string | null;
  /** Transport of its first connection, or null; the mock serves a recording in every transport. */
  readonly transport: Transport | null;
  /** When the first step was, in µs since the Unix epoch; a tape does not say. */
  readonly startedAtUs?: number | null;
  readonly steps: readonly RecordingStep[];
  /** In the order in which they began. */
  readonly exchanges: readonly RecordedExchange[];
}
