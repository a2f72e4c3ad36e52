/**
 * Data of a view. It is requested when its address changes, again while it is incomplete, and again when the file grows.
 *
 * The last answer stays visible until the next one arrives, so that nothing jumps; it is marked as old after 150 ms.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Progress } from '../../src/ui/answers.js';
import { fetchAnswer, isAbort, RequestFailure } from './fetch.js';

/** Wait after which a sign is shown, in ms. */
const SLOW_MS = 150;

/** Pause before the next request after an incomplete answer, and after a failed request. */
const AGAIN_MS = 250;
const RETRY_MS = 2_000;

/** Data is shown for so many times as long as its answer took before it is requested again, and at most so many ms. */
const [SHOWN_TIMES, SHOWN_MS] = [25, 10_000];

/** State of the data at an address. */
export interface Answer<T> {
  /** Null until the first answer; afterwards the newest answer, even if it is of an earlier address. */
  readonly data: T | null;
  readonly failure: RequestFailure | null;
  /** Whether the reader waits for longer than the limit. */
  readonly isSlow: boolean;
  /** Progress of an incomplete answer. */
  readonly progress: Progress | null;
}

const NOTHING_YET: Answer<never> = { data: null, failure: null, isSlow: false, progress: null };

/**
 * Data at `address`; null means no data. When `version` changes, it is requested again, without a sign, after the previous
 * request has ended. Slow answers are requested less often, so that a page costs the server a small part of a core.
 */
export function useAnswer<T>(address: string | null, version = 0): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>(NOTHING_YET);
  const asker = useRef<Asker<T> | null>(null);
  useEffect(() => {
    if (address === null) {
      setAnswer(NOTHING_YET);
      return;
    }
    const created = new Asker<T>(address, setAnswer);
    asker.current = created;
    return () => created.stop();
  }, [address]);
  const asked = useRef(version);
  useEffect(() => {
    if (asked.current !== version) asker.current?.refresh();
    asked.current = version;
  }, [version]);
  return answer;
}

type Change<T> = (change: (before: Answer<T>) => Answer<T>) => void;

/** Sends requests to one address, one after the other, until it is stopped. */
class Asker<T> {
  readonly #address: string;
  readonly #change: Change<T>;
  readonly #control = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isOld = false;
  /** Time until which the newest answer is new enough, by `performance.now`. */
  #freshUntilMs = 0;

  constructor(address: string, change: Change<T>) {
    this.#address = address;
    this.#change = change;
    const slow = setTimeout(() => change((before) => ({ ...before, isSlow: true })), SLOW_MS);
    this.#control.signal.addEventListener('abort', () => clearTimeout(slow));
    void this.#ask().finally(() => clearTimeout(slow));
  }

  stop(): void {
    this.#control.abort();
    clearTimeout(this.#timer);
  }

  /** Requests again as soon as the newest answer, or the pending one, is old enough. */
  refresh(): void {
    if (this.#isAsking) this.#isOld = true;
    else this.#again(Math.max(0, this.#freshUntilMs - performance.now()));
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isAsking = true;
    this.#isOld = false;
    const startMs = performance.now();
    try {
      const data = await fetchAnswer<T>(this.#address, this.#control.signal);
      if (this.#control.signal.aborted) return;
      const endMs = performance.now();
      this.#freshUntilMs = endMs + Math.min(SHOWN_MS, (endMs - startMs) * SHOWN_TIMES);
      this.#take(data);
    } catch (error) {
      if (isAbort(error) || this.#control.signal.aborted) return;
      this.#fail(error);
    } finally {
      this.#isAsking = false;
    }
  }

  #take(data: T): void {
    const progress = readProgress(data);
    const isDone = progress?.isComplete !== false;
    this.#change(() => ({ data, failure: null, isSlow: !isDone, progress: isDone ? null : progress }));
    if (!isDone) this.#again(AGAIN_MS);
    else if (this.#isOld) this.#again(this.#freshUntilMs - performance.now());
  }

  #fail(error: unknown): void {
    const failure =
      error instanceof RequestFailure
        ? error
        : new RequestFailure({ message: String(error), hint: 'reload the page', column: null });
    this.#change(({ data }) => ({ data, failure, isSlow: false, progress: null }));
    if (failure.column === null) this.#again(RETRY_MS);
  }

  #again(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), afterMs);
  }
}

function readProgress(data: unknown): Progress | null {
  return typeof data === 'object' && data !== null && 'progress' in data ? (data.progress as Progress) : null;
}
