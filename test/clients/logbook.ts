/**
 * Logbook: what a client library reports to its user, in order.
 *
 * Dispatches are copied, because libraries go on to change what they hand out. Waiting is bounded: a library that
 * falls silent fails with what it said last.
 */
import { EventEmitter, once } from 'node:events';

/** A dispatch as a library hands it out. */
export interface Dispatch {
  readonly t: string;
  readonly s: number;
  readonly d: unknown;
}

/** A payload as a library hands it out. */
export interface Packet extends Dispatch {
  readonly op: number;
}

const PATIENCE_MS = 25_000;

/** Everything that one client said. */
export class Logbook {
  readonly dispatches: Dispatch[] = [];
  readonly errors: string[] = [];
  /** How often the client was ready, and how often it reported a resumed session. */
  readonly counts = { ready: 0, resumed: 0 };
  readonly #changed = new EventEmitter().setMaxListeners(0);

  /** Sequence number of the last dispatch, 0 before any. */
  get lastSeq(): number {
    return this.dispatches.at(-1)?.s ?? 0;
  }

  /** Takes any payload; only dispatches are noted. */
  packet({ op, t, s, d }: Packet): void {
    if (op !== 0) return;
    this.dispatches.push(structuredClone({ t, s, d }));
    this.#changed.emit('change');
  }

  note(what: keyof Logbook['counts']): void {
    this.counts[what] += 1;
    this.#changed.emit('change');
  }

  /** Libraries report lost connections as errors; they do no harm, but tell why a client fell silent. */
  error(error: unknown): void {
    this.errors.push(String(error));
  }

  /** Resolves when `isTrue` holds; rejects when the client says nothing for too long, however long the whole takes. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await once(this.#changed, 'change', { signal }).catch((cause: unknown) => {
        throw new Error(`the client fell silent: ${this.#summary()}`, { cause });
      });
    }
  }

  #summary(): string {
    const last = this.dispatches.at(-1);
    const errors = this.errors.length === 0 ? 'none' : this.errors.join('; ');
    return `${JSON.stringify(this.counts)}, last dispatch ${last?.s} ${last?.t}, errors: ${errors}`;
  }
}
