/**
 * Patience: looking again whenever something has happened, until it is there or the time is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_TIMEOUT_MS } from '../alarm.js';
import type { ExtraPayload, ReceivedFilter, ReceivedPayload, RestCall } from '../mock/gateway.js';

/** How long to wait for something that a client may still do. */
export interface Patience {
  /** In ms; default 2,000, well below the time that vitest gives a test. */
  readonly timeoutMs?: number;
}

/** Time to wait where nothing else is said. */
export const PATIENCE_MS = 2_000;

/** Resolves after `ms`, or as long as a timer can wait; keeps no process alive. */
export async function pause(ms: number): Promise<void> {
  await delay(Math.min(ms, MAX_TIMEOUT_MS), undefined, { ref: false });
}

/** What `look` finds, or null when it has found nothing in time; `stirred` says when to look again. */
export async function waitFor<Found>(
  look: () => Found | null | Promise<Found | null>,
  stirred: () => Promise<void>,
  { timeoutMs = PATIENCE_MS }: Patience = {},
): Promise<Found | null> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    // Before the look, so that nothing is missed that happens during it.
    const next = stirred();
    const found = await look();
    const leftMs = endMs - performance.now();
    if (found !== null || leftMs <= 0) return found;
    await Promise.race([next, pause(leftMs)]);
  }
}

// TestGateway: what a test gets, whether its tape is being played or made.

/** A gateway for one test. */
export interface TestGateway extends AsyncDisposable {
  /** Whether the tape is played to the client, or made of what an upstream says. */
  readonly state: 'playing' | 'recording';
  /** `ws://host:port`, no query, no trailing slash. */
  readonly gatewayUrl: string;
  /** Base for REST, such as `http://127.0.0.1:7331/api`. */
  readonly apiUrl: string;
  /** REST calls so far. */
  readonly restCalls: readonly RestCall[];
  /** What the recorded client sent; nothing while the tape is being made. */
  readonly recorded: readonly ReceivedPayload[];
  /**
   * Payloads that the client has sent and that pass the filter, as soon as there is one. Rejects with a UsageError
   * that tells what came instead when there is none in time; patience 0 gives what came so far, be it nothing.
   */
  received<Op extends number>(
    filter?: ReceivedFilter<Op>,
    patience?: Patience,
  ): Promise<readonly ReceivedPayload<Op>[]>;
  /** Resolves with the next payload or REST call of the client. */
  stirred(): Promise<void>;
  /** Resolves when the tape was played to its end and the client has read it; at once while it is being made. */
  finished(): Promise<void>;
  /** Sends a payload that is not on the tape, and says how many clients it went to. Only while playing. */
  send<Event extends string>(payload: ExtraPayload<Event>): number;
  /** Closes the client's connection with a code, or cuts it off; says how many there were. Only while playing. */
  disconnect(code?: number): number;
  /** Plays the next frame of every client, at speed `step`. Only while playing. */
  step(): void;
  /** Lets something go wrong, as `--fault` does, such as `close:4000`. Only while playing. */
  fault(spec: string): void;
}
