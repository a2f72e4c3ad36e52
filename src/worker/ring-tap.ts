/**
 * RingTap: the relay's end of the queue to the recorder. It handles a full queue and a missing recorder.
 *
 * `pause`: data that does not fit is kept aside, in order, and the relay is asked to pause its socket. Each socket can
 * add no more than it had read already, so the rest stays small. `drop`: data that does not fit is counted, and
 * replaced by a gap with byte count and time span; `pause` does the same while the database is in trouble. Bodies of
 * REST calls get at most half of the queue, and are cut if that is full. Other messages are never dropped. Without a
 * recorder everything is counted; the next recorder gets all open connections, and a gap for each of their streams.
 * Only this class makes gaps, but for those of lost files. No call throws or blocks.
 */
import { parseStreamKey } from '../capture/streams.js';
import type {
  End,
  ExchangeAnswer,
  ExchangeEnd,
  ExchangeStart,
  Handshake,
  HttpMessage,
  Tap,
} from '../capture/tap.js';
import type { UnfinishedBytes } from '../capture/half-connection.js';
import { sometimes } from '../sometimes.js';
import { SENDERS, type Sender } from '../wire/frame.js';
import { OpenGaps, type Gap } from './open-gaps.js';
import type { ControlMessage, RingMessage } from './ring-messages.js';
import { NotedRing } from './noted-ring.js';
import type { RingWriter } from './ring.js';
import { findSuspects, type TappedConnection } from './tapped-connections.js';

/** Policies for traffic if the recorder does not keep up. */
export const OVERLOAD_POLICIES = ['pause', 'drop'] as const;

/** One of `OVERLOAD_POLICIES`. */
export type OverloadPolicy = (typeof OVERLOAD_POLICIES)[number];

type AsideMessage = Exclude<RingMessage, { readonly type: 'body' }>;

/**
 * Limit of connections that ended without a recorder and are reported to the next one. Clients of a dead upstream can
 * retry for hours; of further connections only the bytes are counted.
 */
const MAX_ENDED = 10_000;

/** Number of ends after which those in the database are removed. */
const LOOK_AGAIN = 64;

/** Writes tap events to a ring. */
export class RingTap implements Tap {
  readonly #policy: OverloadPolicy;
  /** Null while there is no recorder. */
  #queue: NotedRing | null = null;
  /** Queue of a dead recorder, until it is settled. */
  #lost: NotedRing | null = null;
  #isPausing: boolean;
  /** Messages that did not fit, oldest first. While it is not empty, all further messages are appended here. */
  #aside: AsideMessage[] = [];
  #asideBytes = 0;
  readonly #gaps = new OpenGaps();
  #resumes: (() => void)[] = [];
  /** Connections that are open, or whose end may be missing in the database. */
  readonly #connections = new Map<number, TappedConnection>();
  /** Unsettled ends, by the count of entries at which they are in the ring; Infinity without a ring. */
  #ended: { readonly connection: number; readonly entry: number }[] = [];
  /** Open connections that are no longer recorded. */
  readonly #leftOut = new Set<number>();
  #connectionCount = 0;
  #exchanges = 0;
  #unrecordedBytes = 0;

  constructor(policy: OverloadPolicy) {
    this.#policy = policy;
    this.#isPausing = policy === 'pause';
  }

  /** Bytes that wait for the recorder, kept aside or queued. */
  get depth(): number {
    return (this.#queue?.ring.depth ?? 0) + this.#asideBytes;
  }

  /** Whether traffic does not fit the queue. */
  get isFull(): boolean {
    return this.#queue !== null && (this.#aside.length > 0 || this.#gaps.size > 0);
  }

  /** Arrival of the oldest traffic that is not in the database, or null. */
  get oldestAtUs(): number | null {
    for (const { atUs } of this.#queue?.ledger.unsettled() ?? []) return atUs;
    return null;
  }

  /** Bytes that were relayed but certainly not recorded. */
  get unrecordedBytes(): number {
    return this.#unrecordedBytes;
  }

  /** Whether the relay is never asked to pause, whatever the policy is. */
  set isPassing(isPassing: boolean) {
    this.#isPausing = this.#policy === 'pause' && !isPassing;
    if (isPassing) this.#resumeAll();
  }

  /** Attaches a recorder that reads `ring`; `settled` counts its entries in the database, see `Ledger`. */
  attach(ring: RingWriter, settled: () => number, atUs: number): void {
    this.#ended = [];
    this.#queue = new NotedRing(ring, settled);
    for (const [connection, tapped] of this.#connections) this.#tellAgain(connection, tapped, atUs);
  }

  /** Detaches the recorder: from now on traffic passes unrecorded. */
  detach(): void {
    this.#lost ??= this.#queue;
    this.#queue = null;
    for (const message of this.#aside) {
      if (message.type === 'chunk') this.#miss(message, message.bytes.length);
      if (message.type === 'gap') this.#gaps.add(message);
    }
    this.#aside = [];
    this.#asideBytes = 0;
    this.#resumeAll();
  }

  /**
   * The detached recorder writes nothing more: its entries that are not in the database are lost, too, and so are the
   * bytes of frames that were not whole; `unfinished` has those of the entries before.
   */
  settle(unfinished: readonly UnfinishedBytes[]): void {
    if (this.#lost === null) return;
    for (const one of unfinished) this.#miss(one, one.bytes);
    const { ledger } = this.#lost;
    for (const { stream, atUs, bytes } of ledger.unsettled()) {
      const { connection, sender } = parseStreamKey(stream);
      // Bytes of a gap are counted already; in the ledger they are negative.
      if (bytes < 0)
        this.#gaps.add({ type: 'gap', connection, sender, fromUs: atUs, untilUs: atUs, bytes: -bytes });
      else this.#miss({ connection, sender, atUs }, bytes);
    }
    this.#forgetEnded(ledger.settled);
    this.#lost = null;
  }

  /** Stops recording connections that recorders may have died of, and returns their number; their bytes are counted. */
  leaveOut(): number {
    const suspects = findSuspects(this.#connections);
    for (const { connection, end } of suspects) if (end === null) this.#leftOut.add(connection);
    this.#forget(suspects);
    return suspects.length;
  }

  open(handshake: Handshake): number {
    this.#connectionCount += 1;
    const connection = this.#connectionCount;
    this.#connections.set(connection, {
      handshake,
      isTold: this.#queue !== null,
      end: null,
      isSuspect: false,
    });
    this.#send({ type: 'open', connection, handshake });
    return connection;
  }

  chunk(connection: number, sender: Sender, atUs: number, bytes: Uint8Array): boolean {
    if (this.#queue === null || this.#isLeftOut(connection)) {
      this.#miss({ connection, sender, atUs }, bytes.length);
      return true;
    }
    const longest = this.#queue.ring.maxEntryBytes;
    if (bytes.length > longest) {
      const isFirstTaken = this.chunk(connection, sender, atUs, bytes.subarray(0, longest));
      return this.chunk(connection, sender, atUs, bytes.subarray(longest)) && isFirstTaken;
    }
    // A stream with a gap continues only after the gap, whatever the policy is now.
    if (!this.#isPausing || this.#gaps.size > 0)
      return this.#chunkOrGap(this.#queue, connection, sender, atUs, bytes);
    if (this.#aside.length === 0 && this.#queue.writeChunk(connection, sender, atUs, bytes)) return true;
    this.#putAside({ type: 'chunk', connection, sender, atUs, bytes: new Uint8Array(bytes) });
    return false;
  }

  converged(connection: number, gatewayFrameNo: number): void {
    this.#send({ type: 'converged', connection, gatewayFrameNo });
  }

  end(connection: number, end: End): void {
    if (this.#leftOut.delete(connection)) return;
    const tapped = this.#connections.get(connection);
    if (tapped !== undefined) tapped.end = end;
    if (this.#queue !== null) this.#sendEnd(connection, end);
    else this.#noteEnded(connection, Infinity);
  }

  openExchange(start: ExchangeStart): number {
    this.#exchanges += 1;
    this.#send({ type: 'exchange', exchange: this.#exchanges, start });
    return this.#exchanges;
  }

  body(exchange: number, message: HttpMessage, bytes: Uint8Array): boolean {
    const isFull = this.#aside.length > 0 || this.depth + bytes.length > (this.#queue?.ring.lowWater ?? 0);
    if (!isFull && this.#queue?.writeBody(exchange, message, bytes) === true) return true;
    sometimes('a REST body was cut');
    return false;
  }

  answer(exchange: number, answer: ExchangeAnswer): void {
    this.#send({ type: 'answer', exchange, answer });
  }

  endExchange(exchange: number, end: ExchangeEnd): void {
    this.#send({ type: 'exchange_end', exchange, end });
  }

  whenDrained(resume: () => void): void {
    if (this.#aside.length === 0 || !this.#isPausing) queueMicrotask(resume);
    else this.#resumes.push(resume);
  }

  /** Ends the capture; no call may follow. */
  stop(atUs: number): void {
    this.#sendGaps();
    this.#send({ type: 'stop', atUs });
    this.#queue?.ring.wake();
  }

  /** The recorder has made room. */
  drained(): void {
    if (this.#queue === null) return;
    if (!this.#sendAside(this.#queue)) {
      this.#queue.ring.askForRoom();
      return;
    }
    this.#sendGaps();
    this.#resumeAll();
  }

  #tellAgain(connection: number, tapped: TappedConnection, atUs: number): void {
    const { handshake, isTold, end } = tapped;
    this.#send({ type: 'open', connection, handshake, ...(isTold ? { isContinued: true } : {}) });
    tapped.isTold = true;
    for (const sender of SENDERS) {
      // Even if no byte is missing, the earlier ones are: the stream continues in the middle.
      if (isTold) this.#gaps.add({ type: 'gap', connection, sender, fromUs: atUs, untilUs: atUs, bytes: 0 });
      this.#sendGap(connection, sender);
    }
    if (end !== null) this.#sendEnd(connection, end);
  }

  #chunkOrGap(
    queue: NotedRing,
    connection: number,
    sender: Sender,
    atUs: number,
    bytes: Uint8Array,
  ): boolean {
    // A gap stays open until there is enough room: one long gap loses less of a stream than many short ones.
    if (!this.#gaps.has(connection, sender)) {
      if (this.#aside.length === 0 && queue.writeChunk(connection, sender, atUs, bytes)) return true;
      if (this.#isPausing) {
        this.#putAside({ type: 'chunk', connection, sender, atUs, bytes: new Uint8Array(bytes) });
        return false;
      }
      if (this.#aside.length === 0) queue.ring.askForRoom();
    }
    this.#miss({ connection, sender, atUs }, bytes.length);
    return true;
  }

  #isLeftOut(connection: number): boolean {
    return this.#leftOut.size > 0 && this.#leftOut.has(connection);
  }

  /** Counts bytes that pass unrecorded. */
  #miss({ connection, sender, atUs }: Passing, bytes: number): void {
    this.#unrecordedBytes += bytes;
    if (!this.#isLeftOut(connection))
      this.#gaps.add({ type: 'gap', connection, sender, fromUs: atUs, untilUs: atUs, bytes });
  }

  #sendGaps(): void {
    for (const { connection, sender } of this.#gaps.list()) this.#sendGap(connection, sender);
  }

  #sendGap(connection: number, sender: Sender): void {
    const gap = this.#queue === null ? undefined : this.#gaps.take(connection, sender);
    if (gap !== undefined) this.#send(gap);
  }

  #sendEnd(connection: number, end: End): void {
    for (const sender of SENDERS) this.#sendGap(connection, sender);
    this.#send({ type: 'end', connection, end });
    if (this.#aside.length > 0) return; // noted when it moves into the ring
    this.#noteEnded(connection, this.#queue?.ledger.count ?? Infinity);
  }

  #noteEnded(connection: number, entry: number): void {
    this.#ended.push({ connection, entry });
    if (this.#queue === null) this.#forget(this.#ended.splice(0, this.#ended.length - MAX_ENDED));
    else if (this.#ended.length % LOOK_AGAIN === 0) this.#forgetEnded(this.#queue.ledger.settled);
  }

  /** Forgets the connections whose end is in the database, by the number of settled entries. */
  #forgetEnded(settled: number): void {
    const first = this.#ended.findIndex(({ entry }) => entry > settled);
    this.#forget(this.#ended.splice(0, first === -1 ? this.#ended.length : first));
  }

  #forget(ended: readonly { readonly connection: number }[]): void {
    for (const { connection } of ended) {
      this.#connections.delete(connection);
      for (const sender of SENDERS) this.#gaps.take(connection, sender);
    }
  }

  #send(message: ControlMessage): void {
    if (this.#queue === null) return;
    if (this.#aside.length > 0 || !this.#queue.writeControl(message)) this.#putAside(message);
  }

  #putAside(message: AsideMessage): void {
    if (this.#aside.length === 0) this.#queue?.ring.askForRoom();
    this.#aside.push(message);
    if (message.type === 'chunk') this.#asideBytes += message.bytes.length;
    sometimes('a message waited beside the ring');
  }

  /** Moves the messages kept aside into the ring while they fit; returns true if none remains. */
  #sendAside(queue: NotedRing): boolean {
    let sent = 0;
    for (const message of this.#aside) {
      const isTaken =
        message.type === 'chunk'
          ? queue.writeChunk(message.connection, message.sender, message.atUs, message.bytes)
          : queue.writeControl(message);
      if (!isTaken) break;
      if (message.type === 'chunk') this.#asideBytes -= message.bytes.length;
      if (message.type === 'end') this.#noteEnded(message.connection, queue.ledger.count);
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

type Passing = Pick<Gap, 'connection' | 'sender'> & { readonly atUs: number };
