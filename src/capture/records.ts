/**
 * Records: the output of the recorder and the input of the store.
 *
 * Connections and sessions have keys: integers that count from 1 within one capture; the store turns them into the
 * database's own ids. Everything in a record is redacted already. Times are µs since the Unix epoch, by the relay's
 * clock, at arrival. Words and units: src/README.md.
 */
import type { Shard } from '../gateway/payload.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';

/** Every status of a frame; those from `protocol_error` on are the undecodable reasons. */
export const FRAME_STATUSES = [
  'ok', // holds (or completes) a payload
  'partial', // more frames are needed for the payload
  'control', // ping, pong or close
  'protocol_error', // not a legal WebSocket frame
  'truncated', // the socket ended within a frame, or the connection within a payload
  'too_large', // over --max-payload, on the wire or inflated
  'inflate_failed', // the compressed bytes are broken
  'context_lost', // follows a broken or interrupted compression context, or a gap
  'not_utf8',
  'not_json',
  'not_etf',
  'not_object', // decoded, but not an object with an integer `op`
  'unknown_encoding', // the URL asked for an undocumented encoding
  'unsupported_compression',
  'too_complex', // over a bound of depth, values, decompression or held bytes (wire/bounds.ts)
  'decoder_failed', // a bug of gatetape; the log has a line about it
] as const;

/** Status of a frame. */
export type FrameStatus = (typeof FRAME_STATUSES)[number];

/**
 * How the relay treated the bytes to the client. `verbatim`: unchanged. `converged`: READY was rewritten, and after a
 * re-encoded stretch the bytes are the gateway's again. `reencoded`: re-encoded to the end.
 */
export type RelayMode = 'verbatim' | 'converged' | 'reencoded';

/** A connection was opened, or its upgrade failed. */
export interface ConnectionOpened {
  readonly type: 'connection_opened';
  readonly connection: number;
  readonly atUs: number;
  /** Path and query of the client's request, without secrets. */
  readonly path: string;
  /** Upstream URL. */
  readonly upstreamUrl: string;
  readonly transport: Transport;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
  readonly userAgent: string | null;
  readonly isClientTls: boolean;
  readonly isUpstreamTls: boolean;
  /** HTTP status of the upgrade: 101, or the status that the client got instead. */
  readonly upgradeStatus: number;
  /** Whether an earlier recorder of the capture reported the connection too: then a row most likely exists. */
  readonly isContinued?: boolean;
}

/** One frame, with the payload it completed, if any. */
export interface FrameRecord {
  readonly type: 'frame';
  readonly connection: number;
  /** Session key, or null before IDENTIFY or RESUME. */
  readonly session: number | null;
  /**
   * Position in the connection, from 1, both senders counted together. It defines the order within a connection.
   * Payloads of one frame share its number. After a gap each chunk of its sender counts as one frame.
   */
  readonly frameNo: number;
  readonly atUs: number;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly status: FrameStatus;
  /** Null unless `status` is `ok`. */
  readonly op: number | null;
  /** Event name `t` of a dispatch. */
  readonly event: string | null;
  /** Sequence number `s` of a dispatch. */
  readonly seq: number | null;
  /**
   * Bytes on the wire; for a payload the sum over all frames that carried it, so sums must leave out `partial` rows. If
   * payloads share a frame, the first has its bytes, the others 0. After a gap: socket bytes.
   */
  readonly wireBytes: number;
  /** Bytes after decompression and before redaction; null if no payload was decoded. */
  readonly payloadBytes: number | null;
  /** Payload as JSON text in UTF-8, redacted; null if there is no payload. */
  readonly body: Uint8Array | null;
  /**
   * Bytes of a control frame, or of an undecodable frame that is text, scrubbed of secrets. For an ETF payload the
   * document itself, because `body`, its projection, loses details. Null if there are no bytes, if they are over a
   * bound or may be compressed, or if the secrets could not be removed from the document.
   */
  readonly raw: Uint8Array | null;
}

/** Assigns the earlier frames of a connection to its session, which is now known. */
export interface SessionAttached {
  readonly type: 'session_attached';
  readonly session: number;
  readonly connection: number;
  readonly atUs: number;
  /** True when the client sent RESUME, false when it sent IDENTIFY. */
  readonly isResume: boolean;
}

/** The gateway refused the last RESUME on this connection: the connection has no session. */
export interface SessionRefused {
  readonly type: 'session_refused';
  readonly session: number;
  readonly connection: number;
  readonly atUs: number;
}

/** Assigns the frames of an ended connection, which got RECONNECT instead of HELLO, to this session. */
export interface SessionReturned {
  readonly type: 'session_returned';
  readonly session: number;
  readonly connection: number;
  readonly atUs: number;
}

/** Known facts of a session; a later record of the same session replaces the facts that are non-null in it. */
export interface SessionFacts {
  readonly type: 'session_facts';
  readonly session: number;
  readonly atUs: number;
  /** Redacted `session_id`: equal values have equal aliases in one database. Null until known. */
  readonly alias: string | null;
  readonly userId: string | null;
  /** `[shard_id, shard_count]`. */
  readonly shard: Shard | null;
  /** Name of the client in IDENTIFY, such as `@discordjs/ws 1.2.3`. */
  readonly library: string | null;
  readonly intents: number | null;
  /** Placeholder of the token that the client identified with: equal to `tokenAlias` of its REST calls. */
  readonly tokenAlias: string | null;
}

/** A heartbeat (op 1 or 40 from the client), acknowledged or missed. */
export interface HeartbeatRecord {
  readonly type: 'heartbeat';
  readonly connection: number;
  readonly session: number | null;
  readonly sentAtUs: number;
  /** Null if the connection ended first: the heartbeat was missed. */
  readonly ackedAtUs: number | null;
}

/** A step that the protocol does not allow, or an unexpected shape; recorded, never refused. */
export interface Observation {
  readonly type: 'observation';
  readonly connection: number;
  readonly session: number | null;
  readonly frameNo: number;
  readonly atUs: number;
  /** Short stable name, such as `seq_gap` or `payload_before_identify`. */
  readonly name: string;
  /** One sentence for people; no secret, no payload body. */
  readonly detail: string;
}

/** Bytes that were relayed but not recorded, because the queue was full or the recorder had stopped. */
export interface GapRecord {
  readonly type: 'gap';
  readonly connection: number;
  readonly sender: Sender;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly bytes: number;
}

/** The end of a connection. */
export interface ConnectionClosed {
  readonly type: 'connection_closed';
  readonly connection: number;
  readonly atUs: number;
  /** Code of the first close frame, or null if there was no close frame (1006) or it was empty (1005). */
  readonly closeCode: number | null;
  /** Reason as sent, scrubbed. */
  readonly closeReason: string | null;
  /** The side that sent the first close frame, or whose socket ended first. */
  readonly closedBy: Sender | 'proxy';
  readonly relayMode: RelayMode;
  /** `frameNo` from which the bytes were verbatim again; null unless `relayMode` is `converged`. */
  readonly convergedFrameNo: number | null;
  /** Of a failed upgrade: how many more failed alike between the opening and the end. */
  readonly repeats: number;
}

/** Every reason why a REST call was not answered in full. */
export const EXCHANGE_ERRORS = [
  'no_answer', // the API could not be reached, or did not answer
  'broken_off', // the answer ended in the middle
  'client_left', // the client went away first
  'stopped', // the recorder was stopped first
] as const;

/** One of `EXCHANGE_ERRORS`. */
export type ExchangeError = (typeof EXCHANGE_ERRORS)[number];

/** Body of a request or an answer. */
export interface BodyRecord {
  /** Content type as it was sent, or null. */
  readonly contentType: string | null;
  /** Bytes as they crossed the wire, compressed or not. */
  readonly wireBytes: number;
  /** Text in UTF-8, decoded and redacted; null if there is no body, or it is binary, broken or too long. */
  readonly text: Uint8Array | null;
  /** Whether the body is longer than `text`; if it was compressed, nothing is kept then. */
  readonly isCut: boolean;
}

/** A REST call, once it is over. */
export interface ExchangeRecord {
  readonly type: 'exchange';
  /** When the head of the request was complete. */
  readonly startedAtUs: number;
  /** When the answer was fully forwarded, or was given up. */
  readonly endedAtUs: number;
  readonly method: string;
  /** Path and query below the API base as the client sent them, redacted. */
  readonly path: string;
  /** Path without version, query, ids and other values, such as `/channels/:id/messages`. */
  readonly route: string;
  /** Placeholder of the token in `Authorization`, or null; in every mode of redaction. */
  readonly tokenAlias: string | null;
  readonly userAgent: string | null;
  /** Null if the API gave no answer. */
  readonly status: number | null;
  readonly fault: ExchangeError | null;
  /** Headers that affect the client's behaviour: rate limits, `retry-after`, `location`; names in lower case. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly request: BodyRecord;
  readonly response: BodyRecord;
}

/** Records about sessions. */
export type SessionRecord = SessionAttached | SessionRefused | SessionReturned | SessionFacts;

/** Everything that can be recorded. */
export type CaptureRecord =
  | ConnectionOpened
  | FrameRecord
  | SessionRecord
  | HeartbeatRecord
  | Observation
  | GapRecord
  | ConnectionClosed
  | ExchangeRecord;
