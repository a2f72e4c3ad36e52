/**
 * Recorder load: whether a recorder is behind, in memory that it shares with a thread beside it, which then waits.
 *
 * A low priority is not enough for that: with all cores in use, that thread, the memory that it uses and the server that it
 * sends to took a fifth of the frames that two cores can record.
 */
import { setTimeout as wait } from 'node:timers/promises';

/** Time between two looks, in ms. */
const LOOK_MS = 100;
/** Most bytes that wait for a recorder which is not behind: a burst, or what it decodes in some 70 ms. */
const MOST_WAITING_BYTES = 2 ** 20;

/** Load of one recorder, as both sides see it. */
export class RecorderLoad {
  readonly memory: SharedArrayBuffer;
  readonly #isBehind: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#isBehind = new Int32Array(memory);
  }

  /** Looks from now on at the recorder's queue, which holds `limitBytes`; returns what ends that. */
  watch(readQueueBytes: () => number, limitBytes: number): () => void {
    const mostBytes = Math.min(MOST_WAITING_BYTES, limitBytes / 2);
    const timer = setInterval(() => {
      Atomics.store(this.#isBehind, 0, readQueueBytes() > mostBytes ? 1 : 0);
    }, LOOK_MS).unref();
    return () => {
      clearInterval(timer);
      Atomics.store(this.#isBehind, 0, 0);
    };
  }

  /** Resolves when the recorder is not behind, or when `stop` aborts. */
  async caughtUp(stop: AbortSignal): Promise<void> {
    while (Atomics.load(this.#isBehind, 0) !== 0 && !stop.aborted)
      await wait(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
