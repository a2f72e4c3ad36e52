/**
 * Watch: what a recorder's metrics need to be looked at while no scraper asks: since when the queue is full, and the
 * delays of the relay's event loop.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** A queue that is full for this long is a failure: the recorder does not keep up, and clients are slowed or gaps made. */
export const FULL_LIMIT_MS = 10_000;

const LOOK_MS = 1_000;

/** Span of the delays; several scrapers see the same ones. */
const SPAN_MS = 10_000;

/** Interval of the timer that measures delays. */
const RESOLUTION_MS = 20;

const NS_PER_SECOND = 1e9;

/** Looks at a recorder at intervals. */
export class Watch {
  readonly #isQueueFull: () => boolean;
  readonly #histogram: IntervalHistogram;
  readonly #timer: NodeJS.Timeout;
  #fullSinceMs: number | null = null;
  #spanSinceMs = performance.now();
  #delays: Readonly<Record<string, number>> | null = null;

  constructor(isQueueFull: () => boolean) {
    this.#isQueueFull = isQueueFull;
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_MS).unref();
  }

  /** Takes note of the state at `nowMs`. */
  look(nowMs: number): void {
    this.#fullSinceMs = this.#isQueueFull() ? (this.#fullSinceMs ?? nowMs) : null;
    if (nowMs - this.#spanSinceMs < SPAN_MS) return;
    this.#delays = this.#readDelays();
    this.#histogram.reset();
    this.#spanSinceMs = nowMs;
  }

  /** Whether the queue is full, and has been for too long at `nowMs`. */
  isFullForLong(nowMs: number): boolean {
    return this.#fullSinceMs !== null && this.#isQueueFull() && nowMs - this.#fullSinceMs >= FULL_LIMIT_MS;
  }

  /** Delays of the last span, in seconds. */
  get loopDelays(): Readonly<Record<string, number>> {
    return this.#delays ?? this.#readDelays();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #readDelays(): Readonly<Record<string, number>> {
    const histogram = this.#histogram;
    if (histogram.count === 0) return {};
    // The timer's own interval is part of what is measured.
    const seconds = (ns: number): number => Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1000);
    return {
      p50: seconds(histogram.percentile(50)),
      p99: seconds(histogram.percentile(99)),
      max: seconds(histogram.max),
    };
  }
}
