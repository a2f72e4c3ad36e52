/**
 * MockGateway: what a test sees of a recording that is being served.
 *
 * The running one is in server.ts; this is the interface, and the values that it takes and gives.
 */
import type { JsonValue } from '../gateway/payload.js';
import type { EventData, EventName, Loose, OpcodePayload } from '../gateway/typed-payload.js';
import type { Host } from '../host.js';
import type { ListenAddress } from '../serving/address.js';
import type { ClientFilter } from '../replay/gateway-side/actions.js';
import type { MockSpeed } from '../replay/clock.js';
import type { Fault } from '../replay/faults/catalogue.js';
import type { GatewayScriptOptions } from '../replay/gateway-side/gateway-script.js';

export type { ClientFilter } from '../replay/gateway-side/actions.js';

/** How recordings are served. */
export interface ServeOptions extends Partial<Omit<GatewayScriptOptions, 'resumeUrl'>> {
  readonly host: Host;
  /** Port 0 picks a free one. */
  readonly listen: ListenAddress;
  readonly speed: MockSpeed;
  /** Origins of web pages that may ask, besides Discord's own; `*` stands for any part of a host. */
  readonly allowOrigins?: readonly string[];
  /** What goes wrong on purpose; default nothing. */
  readonly faults?: readonly Fault[] | undefined;
  /** Seed of the faults' chance, a whole number; default 1. */
  readonly seed?: number;
}

/** A payload that a client sent, with the type of its opcode where that is known. */
export interface ReceivedPayload<Op extends number = number> {
  /** Ordinal of the client connection, from 1. */
  readonly connection: number;
  readonly atUs: number;
  readonly payload: OpcodePayload<Op>;
}

/** Which received payloads are meant; what is left out does not matter. */
export interface ReceivedFilter<Op extends number = number> {
  readonly op?: Op;
  readonly connection?: number;
}

/** A payload to send beside the recording: a dispatch when it has a `t`, else any other opcode. */
export type ExtraPayload<Event extends string = string> =
  | {
      readonly op?: 0;
      readonly t: Event;
      readonly d: Event extends EventName ? Loose<EventData[Event]> : JsonValue;
    }
  | { readonly op: number; readonly t?: null; readonly d: JsonValue };

/** A REST call that was made of the mock. */
export interface RestCall {
  readonly atUs: number;
  readonly method: string;
  /** Path and query below the API base, version included, such as `/v10/channels/5/messages`. */
  readonly path: string;
  /** Value of a JSON body, else its text, or null where there is none. */
  readonly body: JsonValue;
  readonly status: number;
  /** Where the answer came from: the recording, the mock's own making, no such route, or a real API. */
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
  /** What the recorded clients sent, with times in µs since the start of their recordings. */
  readonly recorded: readonly ReceivedPayload[];
  /** What clients have sent so far, in order. */
  received<Op extends number>(filter?: ReceivedFilter<Op>): readonly ReceivedPayload<Op>[];
  /** Resolves with the next payload or REST call of a client. */
  stirred(): Promise<void>;
  /**
   * Sends a payload that is not in the recording. A dispatch gets the next sequence number of each session that it
   * goes to, and RESUME brings it to clients that are away. Returns how many clients were sent it.
   */
  send<Event extends string>(payload: ExtraPayload<Event>, filter?: ClientFilter): number;
  /**
   * Closes clients' connections with a code, or cuts them off without a close frame. Their sessions can be resumed,
   * unless the code says otherwise. Returns how many there were.
   */
  disconnect(code?: number, filter?: ClientFilter): number;
  /**
   * Lets something go wrong: `spec` is a fault as for `--fault`. Without a WHEN it happens at once, to every client
   * that has a session, or to the first payload that it can act on. Throws a UsageError for a spec that is none.
   */
  fault(spec: string): void;
  /** Plays the next frame of every client, at speed `step`; without a client the next one gets it when it comes. */
  step(): void;
  /**
   * Resolves when each recording was played to its end to some client, and the clients have read it: each has answered a
   * ping behind its last frame, or has not answered for a second. Rejects when the mock is closed first.
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
