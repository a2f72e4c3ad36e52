/**
 * Records: the output of the recorder and the input of the store.
 *
 * Connections and sessions have keys: integers that count from 1 within one capture; the store turns them into the
 * database's own ids. Everything in a record is redacted already. Times are µs since the Unix epoch, by the relay's
 * clock, at arrival. What a frame and a REST call consist of: columns.ts. Words and units: src/README.md.
 */
import type { Shard } from '../gateway/payload.js';
import type { Sender } from '../wire/frame.js';
import type { ExchangeRow, FrameKey, FrameNumbers } from './columns.js';
import type { Transport } from '../wire/transport.js';

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
export interface FrameRecord extends FrameKey, FrameNumbers {
  readonly type: 'frame';
  readonly connection: number;
  /** Session key, or null before IDENTIFY or RESUME. */
  readonly session: number | null;
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
  /** Frames that were recorded in a file that was lost; omitted if these bytes were never recorded. */
  readonly frames?: number;
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
export interface ExchangeRecord extends Pick<
  ExchangeRow,
  | 'startedAtUs'
  | 'endedAtUs'
  | 'method'
  | 'path'
  | 'route'
  | 'tokenAlias'
  | 'userAgent'
  | 'status'
  | 'fault'
  | 'responseHeaders'
> {
  readonly type: 'exchange';
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
