/**
 * Tap: the port through which the relay hands copies of its traffic to the recorder.
 *
 * Gateway traffic consists of connections and their chunks; REST traffic of exchanges, each a request and its answer.
 * The relay forwards first and taps second. An implementation of `Tap` keeps the order of the calls, and turns them
 * into `TapEvent`s for a `CaptureRecorder` (in production through a ring between two threads). Times are µs since the
 * Unix epoch.
 */
import type { RELAY_OBSERVATIONS } from '../gateway/session/observations.js';
import type { Sender } from '../wire/frame.js';
import type { ExchangeError } from './columns.js';
import type { ConnectionOpened, RelayMode } from './records.js';

/** Facts of a connection after the answer to its upgrade; path and URLs can still hold secrets. */
export interface Handshake extends Omit<ConnectionOpened, 'type' | 'connection' | 'isContinued'> {
  /** Values to mask wherever they occur, such as an `Authorization` header. */
  readonly secrets: readonly string[];
}

/** How a connection ended. */
export interface End {
  readonly atUs: number;
  /** Whose socket ended first; `proxy` if the recorder itself was stopped. */
  readonly endedBy: Sender | 'proxy';
  readonly relayMode: RelayMode;
  /** The relay's observations on the connection; omitted if there are no observations. */
  readonly remarks?: readonly RelayRemark[];
  /** Of a failed upgrade: how many more failed alike since, which are not reported by themselves; 0 if omitted. */
  readonly repeats?: number;
}

/** An observation that only the relay can make. */
export interface RelayRemark {
  readonly name: (typeof RELAY_OBSERVATIONS)[number];
  /** One sentence for people; no secret, no payload body. */
  readonly detail: string;
}

/** A REST call by the head of its request, secrets included. */
export interface ExchangeStart {
  readonly atUs: number;
  readonly method: string;
  /** Path and query below the API base. */
  readonly path: string;
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly userAgent: string | null;
  /** Value of `Authorization`, or null. */
  readonly authorization: string | null;
  /** Values to mask wherever they occur. */
  readonly secrets: readonly string[];
}

/** Head of an API's answer. */
export interface ExchangeAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** Headers that affect the client's behaviour; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a REST call ended. */
export interface ExchangeEnd {
  readonly atUs: number;
  /** Bytes of the bodies as they crossed the wire, tapped or not. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Why it was not answered in full, or null. */
  readonly fault: ExchangeError | null;
}

/** The two messages of a REST call. */
export type HttpMessage = 'request' | 'response';

/** Everything a tap reports, in order. `connection` and `exchange` are keys that count from 1 within the capture. */
export type TapEvent =
  | {
      readonly type: 'open';
      readonly connection: number;
      readonly handshake: Handshake;
      /** The connection was reported before, to a recorder that has ended; its streams start in the middle. */
      readonly isContinued?: boolean;
    }
  | {
      readonly type: 'chunk';
      readonly connection: number;
      readonly sender: Sender;
      readonly atUs: number;
      /** Raw socket bytes after the upgrade; the receiver owns them and may change them. */
      readonly bytes: Uint8Array;
    }
  | {
      /** Precedes the chunk with the frame in question; repeated for each rewritten READY. */
      readonly type: 'converged';
      readonly connection: number;
      /** Position among the gateway's frames of the connection, from 1, from which bytes are verbatim. */
      readonly gatewayFrameNo: number;
    }
  | {
      /** Bytes that were relayed but not tapped, because the queue was full or the recorder had ended. */
      readonly type: 'gap';
      readonly connection: number;
      readonly sender: Sender;
      readonly fromUs: number;
      readonly untilUs: number;
      readonly bytes: number;
    }
  | { readonly type: 'end'; readonly connection: number; readonly end: End }
  | { readonly type: 'exchange'; readonly exchange: number; readonly start: ExchangeStart }
  | {
      readonly type: 'body';
      readonly exchange: number;
      readonly message: HttpMessage;
      /** Next bytes of the body as they crossed the wire; contiguous from its first byte on. */
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'answer'; readonly exchange: number; readonly answer: ExchangeAnswer }
  | { readonly type: 'exchange_end'; readonly exchange: number; readonly end: ExchangeEnd };

/** Interface between relay and recorder. No call throws or blocks: a failure of the recording never stops traffic. */
export interface Tap {
  /** Announces a connection and returns its key. */
  open(handshake: Handshake): number;
  /**
   * Takes a copy of `bytes`. Returns false to ask the relay to pause the source socket until `whenDrained` calls back;
   * the bytes are taken in any case.
   */
  chunk(connection: number, sender: Sender, atUs: number, bytes: Uint8Array): boolean;
  converged(connection: number, gatewayFrameNo: number): void;
  end(connection: number, end: End): void;
  /** Announces a REST call and returns its key. */
  openExchange(start: ExchangeStart): number;
  /**
   * Takes a copy of bytes of a body. Returns false if they were not taken because the recorder is behind: a body must
   * not delay traffic. The caller must then send no more of this body.
   */
  body(exchange: number, message: HttpMessage, bytes: Uint8Array): boolean;
  answer(exchange: number, answer: ExchangeAnswer): void;
  endExchange(exchange: number, end: ExchangeEnd): void;
  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void;
}
