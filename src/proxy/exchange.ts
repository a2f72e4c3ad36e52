/**
 * Exchange: records one REST call while it streams through.
 *
 * It only listens: it delays, buffers and changes nothing. Of each body it copies at most the first `maxBodyBytes`. An
 * exchange is over when its answer was handed to the client's socket, or when one of the two sides is gone. The tap is
 * notified of every end once. Secrets go to the recorder, which removes them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExchangeError } from '../capture/columns.js';
import { pickRateLimitHeaders } from '../gateway/rest-path.js';
import type { HttpMessage, Tap } from '../capture/tap.js';
import { readHeaderSecrets } from './handshake.js';

/** Parts that all exchanges of a proxy share. */
export interface ExchangeOptions {
  readonly tap: Tap;
  readonly nowUs: () => number;
  /** Limit for the copied part of a body. */
  readonly maxBodyBytes: number;
}

/** All exchanges of a proxy. */
export class Exchanges {
  readonly #options: ExchangeOptions;
  readonly #open = new Map<ServerResponse, Exchange>();
  #count = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Exchanges so far. */
  get count(): number {
    return this.#count;
  }

  /** Begins to record a call; `path` is path and query below the API base. */
  begin(request: IncomingMessage, response: ServerResponse, path: string): void {
    this.#count += 1;
    this.#open.set(response, new Exchange(request, path, this.#options));
    response.once('close', () => {
      this.#end(response, response.writableFinished ? null : 'client_left');
    });
  }

  /** The API has begun to answer. */
  answered(response: ServerResponse, answer: IncomingMessage): void {
    this.#open.get(response)?.answered(answer);
  }

  /** The API gave no answer, or broke it off. The error that the client gets is not the API's answer. */
  failed(response: ServerResponse): void {
    const exchange = this.#open.get(response);
    if (exchange !== undefined) this.#end(response, exchange.isAnswered ? 'broken_off' : 'no_answer');
  }

  /** Ends the open exchanges; nothing is tapped afterwards. */
  stop(): void {
    for (const response of [...this.#open.keys()]) this.#end(response, 'stopped');
  }

  #end(response: ServerResponse, fault: ExchangeError | null): void {
    this.#open.get(response)?.end(fault);
    this.#open.delete(response);
  }
}

class Exchange {
  readonly #options: ExchangeOptions;
  readonly #key: number;
  readonly #request: BodyTap;
  readonly #response: BodyTap;
  isAnswered = false;

  constructor(request: IncomingMessage, path: string, options: ExchangeOptions) {
    this.#options = options;
    const { tap, nowUs, maxBodyBytes } = options;
    const { headers, method = 'GET' } = request;
    this.#key = tap.openExchange({
      atUs: nowUs(),
      method,
      path,
      contentType: headers['content-type'] ?? null,
      contentEncoding: headers['content-encoding'] ?? null,
      userAgent: headers['user-agent'] ?? null,
      authorization: headers.authorization ?? null,
      secrets: readHeaderSecrets(headers),
    });
    const openBodyTap = (message: HttpMessage): BodyTap =>
      new BodyTap(maxBodyBytes, (bytes) => tap.body(this.#key, message, bytes));
    this.#request = openBodyTap('request');
    this.#response = openBodyTap('response');
    this.#request.listen(request);
  }

  answered(answer: IncomingMessage): void {
    this.isAnswered = true;
    this.#options.tap.answer(this.#key, {
      status: answer.statusCode ?? 0,
      contentType: answer.headers['content-type'] ?? null,
      contentEncoding: answer.headers['content-encoding'] ?? null,
      headers: pickRateLimitHeaders(answer.headers),
    });
    this.#response.listen(answer);
  }

  end(fault: ExchangeError | null): void {
    this.#request.stop();
    this.#response.stop();
    this.#options.tap.endExchange(this.#key, {
      atUs: this.#options.nowUs(),
      requestBytes: this.#request.bytes,
      responseBytes: this.#response.bytes,
      fault,
    });
  }
}

/** Counts the bytes of one body, and passes the first of them on. */
class BodyTap {
  readonly #take: (bytes: Uint8Array) => boolean;
  #left: number;
  #isStopped = false;
  /** Bytes so far. */
  bytes = 0;

  constructor(maxBytes: number, take: (bytes: Uint8Array) => boolean) {
    this.#left = maxBytes;
    this.#take = take;
  }

  /** Adds a second 'data' listener; applies no backpressure. */
  listen(message: IncomingMessage): void {
    message.on('data', (bytes: Buffer) => this.#add(bytes));
  }

  stop(): void {
    this.#isStopped = true;
  }

  #add(bytes: Buffer): void {
    if (this.#isStopped) return;
    this.bytes += bytes.length;
    if (this.#left === 0) return;
    const first = bytes.subarray(0, this.#left);
    this.#left = this.#take(first) ? this.#left - first.length : 0;
  }
}
