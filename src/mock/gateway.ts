/**
 * MockGateway: the interface of a served recording, for tests.
 *
 * server.ts implements it; this file has the interface, its arguments and results.
 */
import type { JsonValue } from '../gateway/payload.js';
import type { EventData, EventName, Loose, OpcodePayload } from '../gateway/typed-payload.js';
import type { Host } from '../host.js';
import type { ListenAddress } from '../serving/address.js';
import type { ClientFilter } from '../replay/gateway-side/actions.js';
import type { MockSpeed } from '../replay/clock.js';
import type { Traffic } from './traffic.js';
import type { Fault } from '../replay/faults/catalogue.js';
import type { GatewayScriptOptions } from '../replay/gateway-side/gateway-script.js';

export type { ClientFilter } from '../replay/gateway-side/actions.js';

/** Options for serving recordings. */
export interface ServeOptions extends Partial<Omit<GatewayScriptOptions, 'resumeUrl'>> {
  readonly host: Host;
  /** Port 0 picks a free one. */
  readonly listen: ListenAddress;
  readonly speed: MockSpeed;
  /** Origins of web pages that may connect, in addition to Discord's own; `*` matches any part of a host. */
  readonly allowOrigins?: readonly string[];
  /** Faults to inject; default none. */
  readonly faults?: readonly Fault[] | undefined;
  /** Seed of the faults' random numbers, a whole number; default 1. */
  readonly seed?: number;
  /** Whether all that is said is kept, for a judgement of the clients; default false, because it grows without limit. */
  readonly isTrafficKept?: boolean;
}

/** A payload that a client sent, with the type of its opcode if that is known. */
export interface ReceivedPayload<Op extends number = number> {
  /** Ordinal of the client connection, from 1. */
  readonly connection: number;
  readonly atUs: number;
  readonly payload: OpcodePayload<Op>;
}

/** Filter for received payloads; omitted fields match all. */
export interface ReceivedFilter<Op extends number = number> {
  readonly op?: Op;
  readonly connection?: number;
}

/** A payload to send in addition to the recording: a dispatch if it has a `t`, otherwise any other opcode. */
export type ExtraPayload<Event extends string = string> =
  | {
      readonly op?: 0;
      readonly t: Event;
      readonly d: Event extends EventName ? Loose<EventData[Event]> : JsonValue;
    }
  | { readonly op: number; readonly t?: null; readonly d: JsonValue };

/** A REST call to the mock. */
export interface RestCall {
  readonly atUs: number;
  readonly method: string;
  /** Path and query below the API base, version included, such as `/v10/channels/5/messages`. */
  readonly path: string;
  /** Value of a JSON body, otherwise its text, or null without a body. */
  readonly body: JsonValue;
  readonly status: number;
  /** Source of the answer: the recording, a generated answer, an unknown route, or a real API. */
  readonly origin: 'recorded' | 'made' | 'unknown' | 'upstream';
}

/** A running mock gateway. */
export interface MockGateway {
  /** `ws://host:port`, no query, no trailing slash. */
  readonly gatewayUrl: string;
  /** Base for REST, such as `http://127.0.0.1:7331/api`. */
  readonly apiUrl: string;
  /** REST calls so far, in the order in which they were answered. */
  readonly restCalls: readonly RestCall[];
  /** Payloads that the recorded clients sent, with times in µs since the start of their recordings. */
  readonly recorded: readonly ReceivedPayload[];
  /** Payloads that clients have sent so far, in order. */
  received<Op extends number>(filter?: ReceivedFilter<Op>): readonly ReceivedPayload<Op>[];
  /** All that the mock and its clients have said so far, in order; null unless it is started with `isTrafficKept`. */
  readonly traffic: readonly Traffic[] | null;
  /** Resolves with the next payload or REST call of a client. */
  stirred(): Promise<void>;
  /**
   * Sends a payload that is not in the recording. A dispatch gets the next sequence number of each session that it
   * goes to, and RESUME delivers it to disconnected clients. Returns the number of clients that it was sent to.
   */
  send<Event extends string>(payload: ExtraPayload<Event>, filter?: ClientFilter): number;
  /**
   * Closes clients' connections with a code, or cuts them off without a close frame. Their sessions can be resumed,
   * unless the code forbids it. Returns the number of connections.
   */
  disconnect(code?: number, filter?: ClientFilter): number;
  /**
   * Injects a fault: `spec` has the format of `--fault`. Without a WHEN it happens at once, to every client
   * that has a session, or to the first payload that it applies to. Throws a UsageError for an invalid spec.
   */
  fault(spec: string): void;
  /**
   * Plays the next frame of every client, at speed `step`. If no client is attached, the step is credited to the next
   * one.
   */
  step(): void;
  /**
   * Resolves when each recording was played to its end to a client, and the clients have read it: each has answered a
   * ping after its last frame, or has not answered for a second. Rejects if the mock is closed first.
   */
  finished(): Promise<void>;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A running mock gateway that takes faults as values. */
export interface ServedGateway extends Omit<MockGateway, 'fault'> {
  /** Adds a fault; see `MockGateway.fault`. */
  arm(fault: Fault): void;
}
