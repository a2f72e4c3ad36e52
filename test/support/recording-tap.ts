/** A tap that keeps all its calls, for tests of the relay. */
import { EventEmitter, once } from 'node:events';
import type {
  End,
  ExchangeAnswer,
  ExchangeEnd,
  ExchangeStart,
  Handshake,
  HttpMessage,
  Tap,
} from '../../src/capture/tap.js';
import type { Sender } from '../../src/wire/frame.js';

/** One connection as the tap saw it. */
export interface Tapped {
  readonly handshake: Handshake;
  readonly bytes: Record<Sender, Buffer[]>;
  /** What `converged` said, and how many gateway bytes had been tapped by then. */
  converged: { readonly gatewayFrameNo: number; readonly afterBytes: number } | null;
  end: End | null;
}

/** One REST call as the tap saw it. */
export interface TappedExchange {
  readonly start: ExchangeStart;
  readonly bodies: Record<HttpMessage, Buffer[]>;
  answer: ExchangeAnswer | null;
  end: ExchangeEnd | null;
}

/** Keeps copies of all chunks; asks for a pause whenever `isFull`. */
export class RecordingTap implements Tap {
  readonly connections: Tapped[] = [];
  readonly exchanges: TappedExchange[] = [];
  isFull = false;
  tappedBytes = 0;
  readonly #news = new EventEmitter();
  #waiting: (() => void)[] = [];

  open(handshake: Handshake): number {
    const tapped = { handshake, bytes: { client: [], gateway: [] }, converged: null, end: null };
    return this.connections.push(tapped);
  }

  chunk(connection: number, sender: Sender, _atUs: number, bytes: Uint8Array): boolean {
    this.#of(connection).bytes[sender].push(Buffer.from(bytes));
    this.tappedBytes += bytes.length;
    this.#news.emit('news');
    return !this.isFull;
  }

  converged(connection: number, gatewayFrameNo: number): void {
    this.#of(connection).converged = {
      gatewayFrameNo,
      afterBytes: this.bytesOf(connection, 'gateway').length,
    };
  }

  end(connection: number, end: End): void {
    this.#of(connection).end = end;
    this.#news.emit('news');
  }

  openExchange(start: ExchangeStart): number {
    return this.exchanges.push({ start, bodies: { request: [], response: [] }, answer: null, end: null });
  }

  body(exchange: number, message: HttpMessage, bytes: Uint8Array): boolean {
    if (!this.isFull) this.#exchange(exchange).bodies[message].push(Buffer.from(bytes));
    return !this.isFull;
  }

  answer(exchange: number, answer: ExchangeAnswer): void {
    this.#exchange(exchange).answer = answer;
  }

  endExchange(exchange: number, end: ExchangeEnd): void {
    this.#exchange(exchange).end = end;
    this.#news.emit('news');
  }

  whenDrained(resume: () => void): void {
    this.#waiting.push(resume);
    this.#news.emit('news');
  }

  /** Number of sides that wait for `drain`. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Makes room again. */
  drain(): void {
    this.isFull = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Everything that one side of a connection sent; connections count from 1. */
  bytesOf(connection: number, sender: Sender): Buffer {
    return Buffer.concat(this.#of(connection).bytes[sender]);
  }

  /** Resolves as soon as `isTrue`. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await once(this.#news, 'news');
  }

  /** Resolves when a connection has ended. */
  async ended(connection: number): Promise<End> {
    await this.until(
      () =>
        this.connections[connection - 1]?.end !== undefined && this.connections[connection - 1]?.end !== null,
    );
    return this.#of(connection).end!;
  }

  /** Resolves when so many REST calls have ended: the last of them. */
  async exchanged(count = 1): Promise<TappedExchange> {
    await this.until(() => this.exchanges.filter((one) => one.end !== null).length >= count);
    return this.#exchange(count);
  }

  #exchange(exchange: number): TappedExchange {
    return this.exchanges[exchange - 1]!;
  }

  #of(connection: number): Tapped {
    return this.connections[connection - 1]!;
  }
}
