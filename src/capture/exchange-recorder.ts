/**
 * Recorder of one REST call: the heads and bodies of its request and answer become one record when it is over.
 *
 * Bodies come as they crossed the wire, and perhaps only their beginning; they are decoded and redacted here. Does no
 * I/O and reads no clock.
 */
import type { Redactor } from '../gateway/redact/redact.js';
import { redactBody, redactPath } from '../gateway/redact/rest.js';
import { routeOf } from '../gateway/rest-route.js';
import { keptBodyOf } from './exchange-body.js';
import type { BodyRecord, ExchangeRecord } from './records.js';
import type { ExchangeAnswer, ExchangeEnd, ExchangeStart, HttpMessage } from './tap.js';

type BodyHead = Pick<ExchangeStart, 'contentType' | 'contentEncoding'>;

const NO_BODY: BodyHead = Object.freeze({ contentType: null, contentEncoding: null });

/** Records one REST call from its request to its end. */
export class ExchangeRecorder {
  readonly #start: ExchangeStart;
  readonly #redactor: Redactor;
  readonly #maxBodyBytes: number;
  readonly #pieces: Readonly<Record<HttpMessage, Uint8Array[]>> = { request: [], response: [] };
  #answer: ExchangeAnswer | null = null;

  constructor(start: ExchangeStart, redactor: Redactor, maxBodyBytes: number) {
    this.#start = start;
    this.#redactor = redactor;
    this.#maxBodyBytes = maxBodyBytes;
    redactor.learn(start.secrets);
  }

  /** Takes the next bytes of a body, which may be changed and kept. */
  body(message: HttpMessage, bytes: Uint8Array): void {
    this.#pieces[message].push(bytes);
  }

  /** Takes the head of the answer. */
  answer(answer: ExchangeAnswer): void {
    this.#answer = answer;
  }

  /** Ends the call: its record. */
  end({ atUs, requestBytes, responseBytes, fault }: ExchangeEnd): ExchangeRecord {
    const { startedAtUs, method, path, route, tokenAlias, userAgent } = this.#request();
    return {
      type: 'exchange',
      startedAtUs,
      endedAtUs: Math.max(startedAtUs, atUs),
      method,
      path,
      route,
      tokenAlias,
      userAgent,
      status: this.#answer?.status ?? null,
      fault,
      responseHeaders: this.#headers(),
      request: this.#body('request', this.#start, requestBytes, route),
      response: this.#body('response', this.#answer ?? NO_BODY, responseBytes, route),
    };
  }

  /** Ends a call that was going on when the capture was stopped. */
  stop(atUs: number): ExchangeRecord {
    const [requestBytes, responseBytes] = [this.#pieces.request, this.#pieces.response].map(sizeOf);
    return this.end({
      atUs,
      requestBytes: requestBytes ?? 0,
      responseBytes: responseBytes ?? 0,
      fault: 'stopped',
    });
  }

  #request(): Pick<ExchangeRecord, 'startedAtUs' | 'method' | 'path' | 'route' | 'tokenAlias' | 'userAgent'> {
    const { atUs, method, path, authorization, userAgent } = this.#start;
    return {
      startedAtUs: atUs,
      method,
      path: redactPath(path, this.#redactor),
      route: this.#redactor.text(routeOf(path)),
      tokenAlias: authorization === null ? null : this.#redactor.alias(authorization),
      userAgent: userAgent === null ? null : this.#redactor.text(userAgent),
    };
  }

  #headers(): Readonly<Record<string, string>> {
    const headers = Object.entries(this.#answer?.headers ?? {});
    return Object.fromEntries(headers.map(([name, value]) => [name, redactPath(value, this.#redactor)]));
  }

  #body(message: HttpMessage, head: BodyHead, wireBytes: number, route: string): BodyRecord {
    const contentType = head.contentType === null ? null : this.#redactor.text(head.contentType);
    const bytes = Buffer.concat(this.#pieces[message]);
    const { text, isCut } = keptBodyOf({ ...head, bytes, wireBytes }, this.#maxBodyBytes);
    if (text === null) return { contentType, wireBytes, text, isCut };
    const redacted = redactBody({ text, route, type: contentType ?? '', isCut }, this.#redactor);
    return { contentType, wireBytes, text: redacted, isCut: isCut || redacted === null };
  }
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
