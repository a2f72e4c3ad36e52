/** A client of the mock's REST side: calls what was recorded, in its order, and again after a 503. */
import { isDeepStrictEqual } from 'node:util';
import type { FaultLayer } from '../../../src/replay/faults/layer.js';
import type { RecordedExchange } from '../../../src/replay/recording.js';
import { RecordedAnswers } from '../../../src/replay/rest/recorded-answers.js';

/** All calls of a run. */
export class RestClient {
  readonly problems: string[] = [];
  /** Requests that got 503. */
  refused = 0;
  #done = 0;
  readonly #exchanges: readonly RecordedExchange[];
  readonly #mock: FaultLayer;
  readonly #answers: RecordedAnswers;

  constructor(exchanges: readonly RecordedExchange[], mock: FaultLayer) {
    this.#exchanges = exchanges;
    this.#mock = mock;
    this.#answers = new RecordedAnswers(exchanges);
  }

  get isDone(): boolean {
    return this.#done === this.#exchanges.length;
  }

  /** Makes the next call, as mock/rest.ts answers it; its nonce is this client's own. */
  call(): void {
    if (this.#mock.refusesRequest()) {
      this.refused += 1;
      return;
    }
    const { method, path, requestBody, requestType: type, responseBody } = this.#exchanges[this.#done]!;
    const own = `live ${this.#done}`;
    const live = (text: string | null): string | null => text?.replace(/recorded \d+/, own) ?? null;
    const answer = this.#answers.answer({ method, path, type, body: live(requestBody) });
    const expected = { type: 'application/json', headers: { 'x-call': String(this.#done) } };
    // Recorded rate limits are not given.
    if (!isDeepStrictEqual(answer, { status: 200, ...expected, body: live(responseBody) }))
      this.problems.push(`call ${this.#done} got ${JSON.stringify(answer)}`);
    this.#done += 1;
  }
}
