/**
 * RingTap: the relay's end of the queue to the recorder, and what happens when the queue is full.
 *
 * `pause`: what does not fit is kept aside, in order, and the relay is asked to pause the socket that it
 * came from; each socket can add no more than it had read already, so the rest stays small. `drop`: what
 * does not fit is counted, and a gap with byte count and time span takes its place. Bodies of REST calls get half of
 * the queue at the most, and are cut where that is full. Other messages are never dropped. No call throws or blocks.
 */
import type {
  End,
  ExchangeAnswer,
  ExchangeEnd,
  ExchangeStart,
  Handshake,
  HttpMessage,
  Tap,
  TapEvent,
} from '../capture/tap.js';
import type { Sender } from '../wire/frame.js';
import { writeBody, writeChunk, writeControl, type ControlMessage, type RingMessage } from './messages.js';
import type { RingWriter } from './ring.js';

/** What to do with traffic when the recorder does not keep up. */
export const OVERLOAD_POLICIES = ['pause', 'drop'] as const;

/** One of `OVERLOAD_POLICIES`. */
export type OverloadPolicy = (typeof OVERLOAD_POLICIES)[number];

type Gap = Extract<TapEvent, { readonly type: 'gap' }>;
type AsideMessage = Exclude<RingMessage, { readonly type: 'body' }>;

/** Writes tap events to a ring. */
export class RingTap implements Tap {
  readonly #ring: RingWriter;
  readonly #isPausing: boolean;
  /** What did not fit, oldest first; while it holds anything, everything else goes behind it. */
  #aside: AsideMessage[] = [];
  #asideBytes = 0;
  /** Gaps that are still open, by `gapKey`. */
  readonly #gaps = new Map<number, Gap>();
  #resumes: (() => void)[] = [];
  #connections = 0;
  #exchanges = 0;
  #isAbandoned = false;
  #lostBytes = 0;

  constructor(ring: RingWriter, policy: OverloadPolicy) {
    this.#ring = ring;
    this.#isPausing = policy === 'pause';
  }

  /** Bytes waiting for the recorder, kept aside or queued. */
  get depth(): number {
    return this.#ring.depth + this.#asideBytes;
  }

  /** Bytes that were relayed after the recorder was given up, or were waiting for it then. */
  get lostBytes(): number {
    return this.#lostBytes;
  }

  open(handshake: Handshake): number {
    this.#connections += 1;
    this.#send({ type: 'open', connection: this.#connections, handshake });
    return this.#connections;
  }

  chunk(connection: number, sender: Sender, atUs: number, bytes: Uint8Array): boolean {
    if (this.#isAbandoned) {
      this.#lostBytes += bytes.length;
      return true;
    }
    const longest = this.#ring.maxEntryBytes;
    if (bytes.length > longest) {
      const isFirstTaken = this.chunk(connection, sender, atUs, bytes.subarray(0, longest));
      return this.chunk(connection, sender, atUs, bytes.subarray(longest)) && isFirstTaken;
    }
    if (!this.#isPausing) return this.#chunkOrGap(connection, sender, atUs, bytes);
    if (this.#aside.length === 0 && writeChunk(this.#ring, connection, sender, atUs, bytes)) return true;
    this.#putAside({ type: 'chunk', connection, sender, atUs, bytes: new Uint8Array(bytes) });
    return false;
  }

  converged(connection: number, gatewayFrameNo: number): void {
    this.#send({ type: 'converged', connection, gatewayFrameNo });
  }

  end(connection: number, end: End): void {
    this.#sendGap(connection, 'client');
    this.#sendGap(connection, 'gateway');
    this.#send({ type: 'end', connection, end });
  }

  openExchange(start: ExchangeStart): number {
    this.#exchanges += 1;
    this.#send({ type: 'exchange', exchange: this.#exchanges, start });
    return this.#exchanges;
  }

  body(exchange: number, message: HttpMessage, bytes: Uint8Array): boolean {
    if (this.#isAbandoned || this.depth + bytes.length > this.#ring.lowWater) return false;
    return this.#aside.length === 0 && writeBody(this.#ring, exchange, message, bytes);
  }

  answer(exchange: number, answer: ExchangeAnswer): void {
    this.#send({ type: 'answer', exchange, answer });
  }

  endExchange(exchange: number, end: ExchangeEnd): void {
    this.#send({ type: 'exchange_end', exchange, end });
  }

  whenDrained(resume: () => void): void {
    if (this.#aside.length === 0) queueMicrotask(resume);
    else this.#resumes.push(resume);
  }

  /** Ends the capture; nothing may follow. */
  stop(atUs: number): void {
    for (const gap of [...this.#gaps.values()]) this.#sendGap(gap.connection, gap.sender);
    this.#send({ type: 'stop', atUs });
    this.#ring.wake();
  }

  /** The recorder has made room. */
  drained(): void {
    if (!this.#sendAside()) {
      this.#ring.askForRoom();
      return;
    }
    for (const gap of [...this.#gaps.values()]) this.#sendGap(gap.connection, gap.sender);
    this.#resumeAll();
  }

  /** The recorder is gone: from now on traffic passes unrecorded, and is counted. */
  abandon(): void {
    this.#lostBytes += this.depth;
    this.#isAbandoned = true;
    this.#aside = [];
    this.#asideBytes = 0;
    this.#gaps.clear();
    this.#resumeAll();
  }

  #chunkOrGap(connection: number, sender: Sender, atUs: number, bytes: Uint8Array): boolean {
    const gap = this.#gaps.get(gapKey(connection, sender));
    // A gap stays open until there is real room: one long gap costs less of a stream than many short ones.
    if (gap === undefined && this.#aside.length === 0) {
      if (writeChunk(this.#ring, connection, sender, atUs, bytes)) return true;
      this.#ring.askForRoom();
    }
    this.#gaps.set(gapKey(connection, sender), {
      type: 'gap',
      connection,
      sender,
      fromUs: gap?.fromUs ?? atUs,
      untilUs: atUs,
      bytes: (gap?.bytes ?? 0) + bytes.length,
    });
    return true;
  }

  #sendGap(connection: number, sender: Sender): void {
    const gap = this.#gaps.get(gapKey(connection, sender));
    if (gap === undefined) return;
    this.#gaps.delete(gapKey(connection, sender));
    this.#send(gap);
  }

  #send(message: ControlMessage): void {
    if (this.#isAbandoned) return;
    if (this.#aside.length > 0 || !writeControl(this.#ring, message)) this.#putAside(message);
  }

  #putAside(message: AsideMessage): void {
    if (this.#aside.length === 0) this.#ring.askForRoom();
    this.#aside.push(message);
    if (message.type === 'chunk') this.#asideBytes += message.bytes.length;
  }

  /** Moves what was kept aside into the ring, as far as it fits; true when nothing is left. */
  #sendAside(): boolean {
    let sent = 0;
    for (const message of this.#aside) {
      const isTaken =
        message.type === 'chunk'
          ? writeChunk(this.#ring, message.connection, message.sender, message.atUs, message.bytes)
          : writeControl(this.#ring, message);
      if (!isTaken) break;
      if (message.type === 'chunk') this.#asideBytes -= message.bytes.length;
      sent += 1;
    }
    this.#aside.splice(0, sent);
    return this.#aside.length === 0;
  }

  #resumeAll(): void {
    const resumes = this.#resumes;
    this.#resumes = [];
    for (const resume of resumes) resume();
  }
}

function gapKey(connection: number, sender: Sender): number {
  return connection * 2 + (sender === 'client' ? 0 : 1);
}
