/**
 * Waiting in tests: `TestGateway`, the gateway that a test gets, and the wait for what a client has yet to send.
 *
 * A wait looks again each time that something has happened, until it has found what it looks for or the time is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_TIMEOUT_MS } from '../alarm.js';
import type { LintReport } from '../library/lint.js';
import type { ExtraPayload, ReceivedFilter, ReceivedPayload, RestCall } from '../mock/gateway.js';

/** How long to wait for what a client has yet to do. */
export interface Patience {
  /** In ms; default 2,000, well below vitest's limit for a test. */
  readonly timeoutMs?: number;
}

/** How a client is judged. */
export interface Judgement {
  /** Without these rules, by name; `*` matches any part. */
  readonly ignore?: readonly string[];
}

/** Default of `timeoutMs`. */
export const PATIENCE_MS = 2_000;

/** Resolves after `ms`, or after the longest delay of a timer; does not keep the process alive. */
export async function pause(ms: number): Promise<void> {
  await delay(Math.min(ms, MAX_TIMEOUT_MS), undefined, { ref: false });
}

/** Result of `look`, or null if it finds nothing in time; `stirred` resolves when to look again. */
export async function waitFor<Found>(
  look: () => Found | null | Promise<Found | null>,
  stirred: () => Promise<void>,
  { timeoutMs = PATIENCE_MS }: Patience = {},
): Promise<Found | null> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    // Asked for before the look, so that nothing is missed that happens during it.
    const next = stirred();
    const found = await look();
    const leftMs = endMs - performance.now();
    if (found !== null || leftMs <= 0) return found;
    await Promise.race([next, pause(leftMs)]);
  }
}

/** A gateway for one test. */
export interface TestGateway extends AsyncDisposable {
  /** Whether the tape is played to the client, or made from an upstream's traffic. */
  readonly state: 'playing' | 'recording';
  /** `ws://host:port`, no query, no trailing slash. */
  readonly gatewayUrl: string;
  /** Base for REST, such as `http://127.0.0.1:7331/api`. */
  readonly apiUrl: string;
  /** REST calls so far. */
  readonly restCalls: readonly RestCall[];
  /** Payloads that the recorded client sent; none while the tape is being made. */
  readonly recorded: readonly ReceivedPayload[];
  /**
   * Payloads that the client has sent and that pass the filter, as soon as there is one. Rejects with a UsageError
   * that lists the received payloads if none arrives in time; patience 0 returns those received so far, possibly none.
   */
  received<Op extends number>(
    filter?: ReceivedFilter<Op>,
    patience?: Patience,
  ): Promise<readonly ReceivedPayload<Op>[]>;
  /** What client and gateway have done wrong so far, by the rules of the protocol. */
  lint(options?: Judgement): Promise<LintReport>;
  /** Resolves with the next payload or REST call of the client. */
  stirred(): Promise<void>;
  /** Resolves when the tape was played to its end and the client has read it; immediately while it is being made. */
  finished(): Promise<void>;
  /** Sends a payload that is not on the tape; returns the number of clients that it was sent to. Only while playing. */
  send<Event extends string>(payload: ExtraPayload<Event>): number;
  /** Closes the client's connection with a code, or cuts it off; returns the number of connections. Only while playing. */
  disconnect(code?: number): number;
  /** Plays the next frame of every client, at speed `step`. Only while playing. */
  step(): void;
  /** Injects a fault in the format of `--fault`, such as `close:4000`. Only while playing. */
  fault(spec: string): void;
}
