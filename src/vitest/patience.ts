/**
 * Patience: looking again whenever something has happened, until it is there or the time is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_TIMEOUT_MS } from '../alarm.js';

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
