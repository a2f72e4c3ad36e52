/**
 * Persistence: what fails because of the disk or the file is tried again, without a time limit unless the end of the
 * process waits for it. Lasting trouble is reported once, and so is its end.
 */
import type { StoreError } from '../errors.js';

/** Trouble that ends sooner is not reported, and neither is unrecorded traffic. */
const REPORT_AFTER_MS = 10_000;
/** The same limit when hurried, because the end of the process waits for it. */
const HURRIED_LIMIT_MS = 3_000;
/** Pauses between attempts; the last one repeats. */
const PAUSES_MS = [20, 50, 100, 200, 400, 800, 1600];

/** Callbacks of `persist`. */
export interface Persistence {
  /** Trouble has lasted for some time. */
  readonly onTrouble: (error: StoreError, lastedMs: number) => void;
  /** The trouble is over. */
  readonly onRecovery: () => void;
  /** Sleeps; returns at once when hurried. */
  readonly pause: (timeoutMs: number) => void;
  /** Whether lasting trouble is thrown. */
  readonly isHurried: () => boolean;
  /** Monotonic time, for durations. */
  readonly nowMs: () => number;
}

/** Tries until `attempt` returns null instead of the reason why it failed; throws the reason when hurried. */
export function persist(
  attempt: () => StoreError | null,
  { onTrouble, onRecovery, pause, isHurried, nowMs }: Persistence,
): void {
  const startedAtMs = nowMs();
  let isReported = false;
  for (let failures = 0; ; failures += 1) {
    const error = attempt();
    if (error === null) break;
    const lastedMs = nowMs() - startedAtMs;
    if (isHurried() && lastedMs >= HURRIED_LIMIT_MS) throw error;
    if (lastedMs >= REPORT_AFTER_MS && !isReported) {
      isReported = true;
      onTrouble(error, lastedMs);
    }
    pause(PAUSES_MS[failures] ?? PAUSES_MS.at(-1) ?? 0);
  }
  if (isReported) onRecovery();
}
