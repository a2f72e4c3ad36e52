/** The clock of a run: time passes only when the run says so. */
import type { SYSTEM_CLOCK } from '../../src/worker/clock.js';
import { START_US } from '../support/capture/records.js';

interface Timer {
  readonly atMs: number;
  readonly call: () => void;
}

/** Simulated time with timers. No two readings of `tickUs` are equal, so that a time names one chunk. */
export class SimulatedClock {
  readonly #timers = new Set<Timer>();
  #nowUs = START_US;

  readonly nowUs = (): number => this.#nowUs;
  readonly nowMs = (): number => (this.#nowUs - START_US) / 1000;

  readonly after: (typeof SYSTEM_CLOCK)['after'] = (delayMs, call) => {
    const timer = { atMs: this.nowMs() + delayMs, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** The next time. */
  tickUs(): number {
    this.#nowUs += 1;
    return this.#nowUs;
  }

  /** Lets time pass; what falls due is called. */
  pass(ms: number): void {
    this.#nowUs += Math.ceil(ms * 1000);
    for (const timer of this.#timers) {
      if (timer.atMs > this.nowMs()) continue;
      this.#timers.delete(timer);
      timer.call();
    }
  }
}
