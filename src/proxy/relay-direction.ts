/**
 * Relay direction: one half of a connection. What the source sends goes to the destination, and a copy to the tap.
 *
 *   source ──chunk──► [rewriter] ──► destination
 *              └────────────────────► tap
 *
 * Per chunk it does nothing but write and tap; while a rewriter is on duty it goes in between. The source is
 * paused while the destination is full or the tap asks for it, so memory stays bounded. Ends are mirrored: a
 * half-close as a half-close, a lost socket as a lost one, with nothing dropped that came before. What comes for a
 * destination that is gone is neither passed on nor tapped; what had been tapped and did not get through is counted.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Tap } from '../capture/tap.js';
import type { GatewayRewriter } from '../gateway/rewrite/rewriter.js';
import type { Sender } from '../wire/frame.js';
import { EarlyBytes, readBeforeClosing } from './early-bytes.js';
import type { ReadBuffer } from './read-buffer.js';

/** Parts of a relay direction. */
export interface RelayDirectionOptions {
  readonly source: Socket;
  /** Where the source's bytes come in, for a source that has one; its stream, for any other. */
  readonly readBuffer: ReadBuffer | null;
  readonly destination: Socket;
  readonly sender: Sender;
  /** Key of the connection at the tap. */
  readonly connection: number;
  readonly tap: Pick<Tap, 'chunk' | 'converged' | 'whenDrained'>;
  readonly nowUs: () => number;
  /** Changes what the destination gets, until it is done; null for bytes that pass as they are. */
  readonly rewriter: GatewayRewriter | null;
  /** Called once, when the source has ended or is lost, even before the start. */
  readonly onEnded: () => void;
}

/** How long a peer may stay silent on a connection whose other side has closed its half; ws waits as long for a close. */
const LINGER_MS = 30_000;
/** The same when the other side is lost, and nobody hears what the peer says. */
const LOST_LINGER_MS = 2_000;
/** The same when the proxy itself stops. */
const STOP_LINGER_MS = 100;
/** How long bytes get to leave the machine before a reset, which discards what did not. */
const SETTLE_MS = 50;
/** As much as any receiver takes without having read anything, and how long more than that may be under way. */
const WINDOW_BYTES = 48 * 1024;
const UNDER_WAY_US = 1_000_000;
const NO_BYTES = new Uint8Array(0);

/** A peer that vanished without a word, a laptop asleep for one, is noticed by TCP's own probes. */
const KEEP_ALIVE_MS = 60_000;

/** Prepares a socket to be an end of relay directions. */
export function readyForLanes(socket: Socket): void {
  readBeforeClosing(socket);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  // What an error says, `close` says too, and it comes right after.
  socket.on('error', () => undefined);
}

/** One direction of a connection. */
export class RelayDirection {
  readonly #options: RelayDirectionOptions;
  readonly #early: EarlyBytes;
  readonly #onData = (chunk: Buffer): unknown => this.#carry(chunk);
  #rewriter: GatewayRewriter | null;
  #isStarted = false;
  /** What became of the source. */
  #fate: 'open' | 'ended' | 'lost' = 'open';
  /** The end of the source was passed on. */
  #isEnded = false;
  /** The destination gets no more. */
  #isOver = false;
  #isDestinationFull = false;
  #isTapFull = false;
  #lastChunkAtUs = 0;
  /** Bytes that waited in the destination's queue when it was last full. */
  #queuedBytes = 0;
  #undeliveredBytes = 0;
  #isCounted = false;

  /** Reads the source from now on, and keeps what comes until the start. */
  constructor(options: RelayDirectionOptions) {
    this.#options = options;
    this.#rewriter = options.rewriter;
    const { source, destination } = options;
    this.#early = new EarlyBytes(source, NO_BYTES);
    if (source.readableEnded) this.#meet('ended');
    source.once('end', () => this.#meet('ended'));
    source.once('close', () => this.#meet('lost'));
    destination.on('drain', () => {
      this.#isDestinationFull = false;
      this.#resume();
    });
    destination.once('error', () => this.#cut());
    destination.once('close', () => this.#cut());
  }

  /** Bytes that were tapped, and of which is known that the destination did not get them. */
  get undeliveredBytes(): number {
    return this.#undeliveredBytes;
  }

  /** Lets the bytes flow, those of `head` first: they came together with the handshake. */
  start(head: Uint8Array): void {
    const early = this.#early.take();
    this.#isStarted = true;
    if (head.length > 0) this.#carry(head);
    for (const chunk of early) this.#carry(chunk);
    const { source, readBuffer: readBuffer } = this.#options;
    source.on('data', this.#onData);
    readBuffer?.pour((bytes) => this.#carry(bytes));
    if (this.#fate === 'ended') this.#end();
    if (this.#fate === 'lost') this.#lose();
    this.#resume();
  }

  /** Carries no more, for a proxy that ends the connection itself; the destination still gets what is held. */
  stop(): void {
    this.#flush();
    this.#isEnded = this.#isOver = true;
    this.#early.discard();
    this.#options.destination.end(() => setTimeout(() => this.abandon(), STOP_LINGER_MS).unref());
  }

  /** Drops the destination, and what waits for it. */
  abandon(): void {
    this.#countUndelivered();
    this.#isOver = true;
    this.#options.destination.destroy();
  }

  /** Writes and taps a chunk; true when nobody needs its memory any more. The rewriter and the tap copy what they keep. */
  #carry(chunk: Uint8Array): boolean {
    if (this.#isOver) return true;
    const { destination, sender, connection, tap, nowUs } = this.#options;
    const atUs = nowUs();
    const bytes = this.#rewriter === null ? chunk : this.#rewritten(this.#rewriter, chunk);
    if (bytes.length > 0 && !destination.write(bytes) && !this.#waitForDestination()) return true;
    this.#lastChunkAtUs = atUs;
    if (!tap.chunk(connection, sender, atUs, chunk)) this.#waitForTap();
    return destination.writableLength === 0;
  }

  #rewritten(rewriter: GatewayRewriter, chunk: Uint8Array): Uint8Array {
    const before = rewriter.convergedFrameNo;
    const bytes = rewriter.push(chunk);
    const { convergedFrameNo } = rewriter;
    const { tap, connection } = this.#options;
    if (convergedFrameNo !== null && convergedFrameNo !== before) tap.converged(connection, convergedFrameNo);
    if (rewriter.isDone) this.#rewriter = null;
    return bytes;
  }

  /** The destination did not take the last chunk at once; false when it never will. */
  #waitForDestination(): boolean {
    const { source, destination } = this.#options;
    if (destination.errored !== null || destination.destroyed) {
      this.#cut();
      return false;
    }
    this.#isDestinationFull = true;
    this.#queuedBytes = destination.writableLength;
    source.pause();
    return true;
  }

  #waitForTap(): void {
    const { source, tap } = this.#options;
    source.pause();
    if (this.#isTapFull) return;
    this.#isTapFull = true;
    tap.whenDrained(() => {
      this.#isTapFull = false;
      this.#resume();
    });
  }

  #resume(): void {
    if (this.#isStarted && !this.#isDestinationFull && !this.#isTapFull) this.#options.source.resume();
  }

  /** The source has ended, or is closed, which after an end says nothing unless it failed. */
  #meet(fate: 'ended' | 'lost'): void {
    const { source, onEnded } = this.#options;
    if (this.#fate === 'open') onEnded();
    else if (source.errored === null) return;
    this.#fate = fate;
    if (!this.#isStarted) return;
    if (fate === 'ended') this.#end();
    else this.#lose();
  }

  /** The source closed its half: so do we, behind everything it sent. */
  #end(): void {
    this.#isEnded = true;
    this.#flush();
    this.#finish(LINGER_MS);
  }

  /** The source is gone, perhaps without a farewell. What it still holds was sent before. */
  #lose(): void {
    const { destination, nowUs } = this.#options;
    if (!this.#isEnded) this.#carryRest();
    this.#isEnded = true;
    this.#flush();
    if (destination.destroyed) return;
    // A reset needs a bare TCP socket, and discards what is under way.
    const isUnderWay =
      destination.bytesWritten > WINDOW_BYTES && nowUs() - this.#lastChunkAtUs < UNDER_WAY_US;
    if (destination instanceof TLSSocket || destination.writableLength > 0 || isUnderWay) {
      this.#finish(LOST_LINGER_MS);
    } else {
      setTimeout(() => {
        if (!destination.destroyed) destination.resetAndDestroy();
      }, SETTLE_MS);
    }
  }

  /** Carries what the source's stream still holds. */
  #carryRest(): void {
    const { source } = this.#options;
    source.off('data', this.#onData);
    while (source.readableLength > 0) this.#carry(source.read() as Buffer);
  }

  /** Closes our half of the destination; it is dropped when its peer has got everything and then says nothing for long. */
  #finish(lingerMs: number): void {
    this.#options.destination.end(() => this.#linger(lingerMs));
  }

  #linger(lingerMs: number): void {
    const { destination } = this.#options;
    destination.setTimeout(lingerMs, () => {
      // A paused one is silent because we do not listen.
      if (destination.isPaused()) this.#linger(lingerMs);
      else this.abandon();
    });
  }

  /** The destination is gone. The source is read on, for its end. */
  #cut(): void {
    if (this.#isOver) return;
    this.#countUndelivered();
    this.#isOver = true;
    this.#isDestinationFull = false;
    this.#resume();
  }

  #countUndelivered(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    const { destination } = this.#options;
    const held = this.#rewriter?.end().length ?? 0;
    this.#rewriter = null;
    const queued = this.#isDestinationFull ? this.#queuedBytes : 0;
    this.#undeliveredBytes += held + Math.max(queued, destination.writableLength);
  }

  /** Hands over what the rewriter still holds: half a frame is the client's as well. */
  #flush(): void {
    const held = this.#rewriter?.end();
    if (held === undefined) return;
    this.#rewriter = null;
    const { destination } = this.#options;
    if (destination.writable) destination.write(held);
    else this.#undeliveredBytes += held.length;
  }
}
