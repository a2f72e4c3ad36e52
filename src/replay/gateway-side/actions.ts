/**
 * Inputs and actions: the whole vocabulary between the mock's script and the driver that holds its sockets.
 *
 * Every event is an input, everything that the mock does is an action. Time is an input like any other (a tick), and
 * every answer holds the time of the next tick.
 */
import type { Payload } from '../../gateway/payload.js';
import type { OutgoingPayload } from './transcript.js';

/** Selects clients; an omitted field does not restrict. */
export interface ClientFilter {
  /** Ordinal of the client connection, from 1. */
  readonly connection?: number;
  /** Shard that the client identified as. */
  readonly shard?: number;
}

/** Input of the mock. `peer` is a number that the driver gives each connection, from 1. */
export type GatewayInput =
  | { readonly type: 'connected'; readonly peer: number }
  | { readonly type: 'payload'; readonly peer: number; readonly payload: Payload }
  /** A client message that holds no payload. */
  | { readonly type: 'undecodable'; readonly peer: number }
  /** The client has read everything up to the last ping. */
  | { readonly type: 'pong'; readonly peer: number }
  /** HELLO leaves for the client at `untilUs` only. */
  | { readonly type: 'held'; readonly peer: number; readonly untilUs: number }
  /** The peer's send buffer is full, or has room again. */
  | { readonly type: 'congested' | 'drained'; readonly peer: number }
  /** `code` is the client's close code, or null. */
  | { readonly type: 'disconnected'; readonly peer: number; readonly code: number | null }
  /** A payload that no recording holds; a dispatch gets the next number of each session. */
  | { readonly type: 'inject'; readonly payload: Payload; readonly to: ClientFilter }
  /** The mock is to end connections; null `code`: without a close frame. */
  | { readonly type: 'drop'; readonly code: number | null; readonly to: ClientFilter }
  /** The next frame may be played, at speed `step`. */
  | { readonly type: 'advance' }
  | { readonly type: 'tick' };

/** Damage to a payload's message, applied after compression. */
export type Damage = 'corrupt' | 'no suffix' | 'split' | 'split suffix';

/** A payload for a client. */
export interface SendAction extends OutgoingPayload {
  readonly type: 'send';
  readonly peer: number;
  /** Null or omitted: no damage. */
  readonly damage?: Damage | null;
}

/** Action of the mock. */
export type GatewayAction =
  | SendAction
  /** Asks the client's WebSocket for a pong. */
  | { readonly type: 'ping'; readonly peer: number }
  /** Without a code the connection ends without a close frame. */
  | { readonly type: 'close'; readonly peer: number; readonly code: number | null; readonly reason: string }
  /** Resets the TCP connection. */
  | { readonly type: 'reset'; readonly peer: number }
  /** Nothing to do: this peer has been played a recording to its end; `recording` is its index. */
  | { readonly type: 'finished'; readonly peer: number; readonly recording: number };

/** Output of playing a session, in order, for its current peer. */
export type PlaybackOutput =
  | ({ readonly type: 'send' } & OutgoingPayload)
  /** INVALID_SESSION: nothing more goes to this client before it opens a session again. */
  | { readonly type: 'invalidate'; readonly text: string }
  /** Null `code`: the end without a close frame. */
  | { readonly type: 'close'; readonly code: number | null; readonly reason: string }
  /** Asks whether the client has read everything; `confirm` is the answer. */
  | { readonly type: 'ask' };

/** Answer to an input. */
export interface GatewayStep {
  /** To be performed in this order. */
  readonly actions: readonly GatewayAction[];
  /** When the next tick is due, in µs of the driver's clock, or null when only an input can go on. */
  readonly wakeAtUs: number | null;
}
