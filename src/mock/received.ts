/**
 * Received: payloads that the clients of a mock have sent, for tests that read them or wait for them.
 */
import type { OpcodePayload } from '../gateway/typed-payload.js';
import type { Recording } from '../replay/recording.js';
import type { ReceivedFilter, ReceivedPayload } from './gateway.js';

/** Payloads of clients, in the order in which they came. */
export class Received {
  readonly #payloads: ReceivedPayload[] = [];
  #waiting: (() => void)[] = [];

  /** Takes the next payload. */
  add(payload: ReceivedPayload): void {
    this.#payloads.push(payload);
    this.stir();
  }

  /** Payloads that pass the filter. */
  list<Op extends number>({ op, connection }: ReceivedFilter<Op>): readonly ReceivedPayload<Op>[] {
    return this.#payloads.filter(
      (entry): entry is ReceivedPayload & { readonly payload: OpcodePayload<Op> } =>
        (op === undefined || entry.payload.op === op) &&
        (connection === undefined || entry.connection === connection),
    );
  }

  /** Resolves with the next `stir`. */
  stirred(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Notifies waiting tests that a client has sent something. */
  stir(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Payloads that the client of a recording sent. */
export function saidByClient({ steps }: Recording): readonly ReceivedPayload[] {
  return steps.flatMap((step) => {
    if (step.type !== 'payload' || step.sender !== 'client') return [];
    const { connection, atUs, payload } = step;
    return [{ connection, atUs, payload }];
  });
}
