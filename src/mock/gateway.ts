/**
 * MockGateway: what a test sees of a recording that is being served.
 *
 * The running one is in server.ts; this is the interface, and the values that it takes and gives.
 */
import type { Payload } from '../gateway/payload.js';
import type { Host } from '../host.js';
import type { Speed } from '../replay/clock.js';

/** How a recording is served. */
export interface ServeOptions {
  readonly host: Host;
  /** Port 0 picks a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly speed: Speed;
  /** Whether every payload waits for what the client did before it in the recording; default false. */
  readonly isLockstep?: boolean;
}

/** A payload that a client sent. */
export interface ReceivedPayload {
  /** Ordinal of the client connection, from 1. */
  readonly connection: number;
  readonly atUs: number;
  readonly payload: Payload;
}

/** Which received payloads are meant; what is left out does not matter. */
export interface ReceivedFilter {
  readonly op?: number;
  readonly connection?: number;
}

/** A running mock gateway. */
export interface MockGateway {
  /** `ws://host:port`, no query, no trailing slash. */
  readonly gatewayUrl: string;
  /** Base for REST, such as `http://127.0.0.1:7331/api`. */
  readonly apiUrl: string;
  /** What clients have sent so far, in order. */
  received(filter?: ReceivedFilter): readonly ReceivedPayload[];
  /** Resolves when the recording was played to its end to some client; rejects when the mock is closed first. */
  finished(): Promise<void>;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
