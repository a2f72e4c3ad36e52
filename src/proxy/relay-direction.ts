/**
 * Relay direction: one half of a connection. What the source sends goes to the destination, and a copy to the tap.
 *
 *   source ──chunk──► [rewriter] ──► destination
 *              └────────────────────► tap
 *
 * Per chunk it only writes and taps; an active rewriter sits in between. The source is paused while the destination is
 * full or the tap asks for it, so memory stays bounded. Ends are mirrored: a half-close as a half-close, a lost socket
 * as a lost one, after all earlier bytes. After the destination is gone, the source's bytes are neither relayed nor
 * tapped. Bytes that were tapped but not delivered are counted.
 */
import { NO_BYTES } from '../wire/no-bytes.js';
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
  /** Read buffer of the source if it has one; otherwise its stream is read. */
  readonly readBuffer: ReadBuffer | null;
  readonly destination: Socket;
  readonly sender: Sender;
  /** Key of the connection at the tap. */
  readonly connection: number;
  readonly tap: Pick<Tap, 'chunk' | 'converged' | 'whenDrained'>;
  readonly nowUs: () => number;
  /** Changes the bytes for the destination until it is done; null if bytes pass unchanged. */
  readonly rewriter: GatewayRewriter | null;
  /** Called once, when the source has ended or is lost, even before the start. */
  readonly onEnded: () => void;
}

/** Limit for silence of a peer after the other side has closed its half; ws waits as long for a close. */
const LINGER_MS = 30_000;
/** The same limit if the other side is lost, so that the peer's bytes have no receiver. */
const LOST_LINGER_MS = 2_000;
/** Limit for a peer that takes none of the bytes that are left for it, and for one that takes them at a trickle. */
const STALL_MS = 60_000;
const REST_MS = 300_000;
/** The same limit while the proxy stops. */
const STOP_LINGER_MS = 100;
/** Time for bytes to leave the machine before a reset, which discards the unsent ones. */
const SETTLE_MS = 50;
/** Most bytes that a receiver accepts without reading, and the time that more bytes than that can be in transit. */
const WINDOW_BYTES = 48 * 1024;
const UNDER_WAY_US = 1_000_000;

/** TCP's probes detect a peer that vanished without a close, such as a sleeping laptop. */
const KEEP_ALIVE_MS = 60_000;

/** Prepares a socket to be an end of relay directions. */
export function prepareForRelay(socket: Socket): void {
  readBeforeClosing(socket);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  // `close` follows at once and reports the same error.
  socket.on('error', () => undefined);
}

/** One direction of a connection. */
export class RelayDirection {
  readonly #options: RelayDirectionOptions;
  readonly #early: EarlyBytes;
  readonly #onData = (chunk: Buffer): unknown => this.#carry(chunk);
  #rewriter: GatewayRewriter | null;
  #isStarted = false;
  /** State of the source. */
  #fate: 'open' | 'ended' | 'lost' = 'open';
  /** The source's end was passed on. */
  #isEnded = false;
  /** The destination gets no more bytes. */
  #isOver = false;
  #isDestinationFull = false;
  #isTapFull = false;
  #lastChunkAtUs = 0;
  /** Bytes that waited in the destination's queue when it was last full. */
  #queuedBytes = 0;
  #undeliveredBytes = 0;
  #isCounted = false;

  /** Reads the source from now on, and keeps its bytes until the start. */
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

  /** Bytes that were tapped, but certainly did not reach the destination. */
  get undeliveredBytes(): number {
    return this.#undeliveredBytes;
  }

  /** Starts the relay, with `head` first: the bytes that arrived together with the handshake. */
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

  /** Stops reading, because the proxy ends the connection itself. The destination still gets the held bytes. */
  stop(): void {
    this.#flush();
    this.#isEnded = this.#isOver = true;
    this.#early.discard();
    this.#options.destination.end(() => setTimeout(() => this.abandon(), STOP_LINGER_MS).unref());
  }

  /** Destroys the destination and drops the bytes that wait for it. */
  abandon(): void {
    this.#countUndelivered();
    this.#isOver = true;
    this.#options.destination.destroy();
  }

  /**
   * Writes and taps a chunk. Returns true if its memory is free again. The rewriter and the tap copy the bytes they
   * keep.
   */
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

  /** The destination did not take the last chunk at once; returns false if it never will. */
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

  /** The source has ended or is closed. A close after an end is ignored unless it failed. */
  #meet(fate: 'ended' | 'lost'): void {
    const { source, onEnded } = this.#options;
    if (this.#fate === 'open') onEnded();
    else if (source.errored === null) return;
    this.#fate = fate;
    if (!this.#isStarted) return;
    if (fate === 'ended') this.#end();
    else this.#lose();
  }

  /** The source closed its half: closes the destination's half after all bytes. */
  #end(): void {
    this.#isEnded = true;
    this.#flush();
    this.#finish(LINGER_MS);
  }

  /** The source is gone, possibly without an end. The bytes that it still holds were sent before. */
  #lose(): void {
    const { destination, nowUs } = this.#options;
    if (!this.#isEnded) this.#carryRest();
    this.#isEnded = true;
    this.#flush();
    if (destination.destroyed) return;
    // A reset needs a bare TCP socket, and discards the bytes in transit.
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

  /** Relays the bytes that the source's stream still holds. */
  #carryRest(): void {
    const { source } = this.#options;
    source.off('data', this.#onData);
    while (source.readableLength > 0) this.#carry(source.read() as Buffer);
  }

  /**
   * Half-closes the destination. It is destroyed when its peer has got everything and then stays silent for long, when it
   * takes nothing for long, and some time after the source is closed in any case.
   */
  #finish(lingerMs: number): void {
    const { source, destination } = this.#options;
    if (destination.destroyed) return;
    let isSent = false;
    const watch = (): void => {
      destination.setTimeout(isSent ? lingerMs : STALL_MS, () => {
        // A paused socket is silent because it is not read.
        if (isSent && destination.isPaused()) watch();
        else this.abandon();
      });
    };
    watch();
    destination.end(() => {
      isSent = true;
      destination.setTimeout(lingerMs);
    });
    const last = setInterval(() => {
      if (source.destroyed) this.abandon();
    }, REST_MS).unref();
    destination.once('close', () => {
      clearInterval(last);
    });
  }

  /** The destination is gone. The source is still read, to detect its end. */
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

  /** Passes on the bytes that the rewriter holds: the client gets half a frame, too. */
  #flush(): void {
    const held = this.#rewriter?.end();
    if (held === undefined) return;
    this.#rewriter = null;
    const { destination } = this.#options;
    if (destination.writable) destination.write(held);
    else this.#undeliveredBytes += held.length;
  }
}
