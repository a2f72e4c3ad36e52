/**
 * Recorder of one REST call: the heads and bodies of its request and answer become one record when it is over.
 *
 * Bodies arrive as wire bytes, possibly incomplete; they are decoded and redacted here. Does no I/O and reads no clock.
 */
import type { Redactor } from '../gateway/redact/redact.js';
import { redactBody, redactPath } from '../gateway/redact/rest-body.js';
import { parseRoute } from '../gateway/rest-path.js';
import { BOUNDS, cutCell } from '../wire/bounds.js';
import { GatheredBytes } from '../wire/held-bytes.js';
import { describeBug } from './bugs.js';
import { keepBody } from './exchange-body.js';
import type { CaptureContext } from './half-connection.js';
import type { BodyRecord, ExchangeRecord } from './records.js';
import type { ExchangeAnswer, ExchangeEnd, ExchangeStart, HttpMessage } from './tap.js';

type BodyHead = Pick<ExchangeStart, 'contentType' | 'contentEncoding'>;

const NO_BODY: BodyHead = Object.freeze({ contentType: null, contentEncoding: null });

/** Records one REST call from its request to its end. */
export class ExchangeRecorder {
  readonly #start: ExchangeStart;
  readonly #redactor: Redactor;
  readonly #report: CaptureContext['report'];
  readonly #maxBodyBytes: number;
  readonly #bodies: Readonly<Record<HttpMessage, GatheredBytes>>;
  readonly #isCrowdedOut: Record<HttpMessage, boolean> = { request: false, response: false };
  #answer: ExchangeAnswer | null = null;

  constructor(
    start: ExchangeStart,
    { redactor, held, report }: Pick<CaptureContext, 'redactor' | 'held' | 'report'>,
    maxBodyBytes: number,
  ) {
    this.#start = start;
    this.#redactor = redactor;
    this.#report = report;
    this.#maxBodyBytes = maxBodyBytes;
    this.#bodies = { request: new GatheredBytes(held), response: new GatheredBytes(held) };
    redactor.learn(start.secrets);
  }

  /** Takes the next bytes of a body. The body is dropped if all connections and calls together hold too much. */
  body(message: HttpMessage, bytes: Uint8Array): void {
    const body = this.#bodies[message];
    if (this.#isCrowdedOut[message] || body.append(bytes, this.#maxBodyBytes)) return;
    this.#isCrowdedOut[message] = true;
    body.clear();
  }

  /** Takes the head of the answer. */
  answer(answer: ExchangeAnswer): void {
    this.#answer = answer;
  }

  /** Ends the call; returns its record. */
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

  /** Ends a call that was unfinished when the capture was stopped. */
  stop(atUs: number): ExchangeRecord {
    const { request, response } = this.#bodies;
    return this.end({ atUs, requestBytes: request.length, responseBytes: response.length, fault: 'stopped' });
  }

  #request(): Pick<ExchangeRecord, 'startedAtUs' | 'method' | 'path' | 'route' | 'tokenAlias' | 'userAgent'> {
    const { atUs, method, path, authorization, userAgent } = this.#start;
    return {
      startedAtUs: atUs,
      method,
      path: cutCell(redactPath(path, this.#redactor), BOUNDS.urlChars),
      route: cutCell(this.#redactor.text(parseRoute(path)), BOUNDS.urlChars),
      tokenAlias: authorization === null ? null : this.#redactor.alias(authorization),
      userAgent: userAgent === null ? null : cutCell(this.#redactor.text(userAgent)),
    };
  }

  #headers(): Readonly<Record<string, string>> {
    const headers = Object.entries(this.#answer?.headers ?? {});
    return Object.fromEntries(
      headers.map(([name, value]) => [
        cutCell(name),
        cutCell(redactPath(value, this.#redactor), BOUNDS.urlChars),
      ]),
    );
  }

  #body(message: HttpMessage, head: BodyHead, wireBytes: number, route: string): BodyRecord {
    const contentType = head.contentType === null ? null : this.#redactor.text(head.contentType);
    const cell = contentType === null ? null : cutCell(contentType);
    const bytes = this.#bodies[message].take();
    try {
      const { text, isCut } = keepBody({ ...head, bytes, wireBytes }, this.#maxBodyBytes);
      if (text === null) return { contentType: cell, wireBytes, text, isCut };
      const redacted = redactBody({ text, route, type: contentType ?? '', isCut }, this.#redactor);
      return { contentType: cell, wireBytes, text: redacted, isCut: isCut || redacted === null };
    } catch (error) {
      // Last resort: a bug of gatetape loses the body, and nothing else.
      this.#report(
        `the body of a REST ${message} is not recorded (a bug: ${describeBug(error)}); traffic goes on`,
      );
      return { contentType: cell, wireBytes, text: null, isCut: true };
    }
  }
}
