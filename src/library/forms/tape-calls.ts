/**
 * REST calls of a tape as what a tap would have reported of them.
 *
 * A tape holds bodies as text without content coding, and so they come. A call without a duration never ended.
 */
import type { TapEvent } from '../../capture/tap.js';
import type { RecordedExchange } from '../../replay/recording.js';

/** Calls of one tape, handed out in the order of their times. */
export class TapeCalls {
  readonly #calls: readonly RecordedExchange[];
  readonly #startUs: number;
  readonly #token: string | null;
  #next = 0;

  /** `startUs` is the time of the first step; `token` what the client identified with, or null. */
  constructor(calls: readonly RecordedExchange[], startUs: number, token: string | null) {
    this.#calls = calls;
    this.#startUs = startUs;
    this.#token = token;
  }

  /** Events of the calls that began before a time on the tape and were not handed out yet. */
  *before(atUs: number): Generator<TapEvent, void> {
    for (let call = this.#calls[this.#next]; call !== undefined; call = this.#calls[this.#next]) {
      if (call.atUs >= atUs) return;
      this.#next += 1;
      yield* this.#events(call, this.#next);
    }
  }

  *#events(call: RecordedExchange, exchange: number): Generator<TapEvent, void> {
    const { method, path, status, requestType, responseType, responseHeaders: headers, durationUs } = call;
    const atUs = this.#startUs + call.atUs;
    const request = Buffer.from(call.requestBody ?? '');
    const response = Buffer.from(call.responseBody ?? '');
    const facts = { contentType: requestType, contentEncoding: null, userAgent: null, secrets: [] };
    const start = { atUs, method, path, authorization: this.#token, ...facts };
    yield { type: 'exchange', exchange, start };
    if (request.length > 0) yield { type: 'body', exchange, message: 'request', bytes: request };
    if (status !== null) {
      const answer = { status, contentType: responseType, contentEncoding: null, headers };
      yield { type: 'answer', exchange, answer };
      if (response.length > 0) yield { type: 'body', exchange, message: 'response', bytes: response };
    }
    const unfinished = status === null ? 'no_answer' : 'broken_off';
    const fault = durationUs === null ? unfinished : null;
    const sizes = { requestBytes: request.length, responseBytes: response.length };
    yield { type: 'exchange_end', exchange, end: { atUs: atUs + (durationUs ?? 0), fault, ...sizes } };
  }
}
