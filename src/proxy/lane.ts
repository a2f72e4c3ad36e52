/**
 * Lane: one direction of a connection. What the source sends goes to the destination, and a copy to the tap.
 *
 *   source ──chunk──► [rewriter] ──► destination
 *              └────────────────────► tap
 *
 * Per chunk it does nothing but write and tap; while a rewriter is on duty it goes in between. The source is
 * paused while the destination is full or the tap asks for it, so memory stays bounded. Ends are mirrored: a
 * half-close as a half-close, a lost socket as a lost one, with nothing dropped that came before.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Tap } from '../capture/tap.js';
import type { GatewayRewriter } from '../gateway/rewrite.js';
import type { Sender } from '../wire/frame.js';
import type { Inlet } from './inlet.js';

/** What a lane is made of. */
export interface LaneOptions {
  readonly source: Socket;
  /** Where the source's bytes come in, for a source that has one; its stream, for any other. */
  readonly inlet: Inlet | null;
  readonly destination: Socket;
  readonly sender: Sender;
  /** Key of the connection at the tap. */
  readonly connection: number;
  readonly tap: Tap;
  readonly nowUs: () => number;
  /** Changes what the destination gets, until it is done; null for bytes that pass as they are. */
  readonly rewriter: GatewayRewriter | null;
  /** Called once, when the source has ended or is lost. */
  readonly onEnded: () => void;
}

// How long a peer may stay silent on a connection whose other side is gone; ws waits as long for a close.
const LINGER_MS = 30_000;

/** One direction of a connection. */
export class Lane {
  readonly #options: LaneOptions;
  #rewriter: GatewayRewriter | null;
  #isDestinationFull = false;
  #isTapFull = false;
  #isEnded = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#rewriter = options.rewriter;
    const { source, destination } = options;
    source.on('end', () => this.#end());
    source.on('close', () => this.#lose());
    destination.on('drain', () => {
      this.#isDestinationFull = false;
      this.#resume();
    });
  }

  /** Lets the bytes flow, those of `head` first: they came together with the handshake. */
  start(head: Uint8Array): void {
    if (head.length > 0) this.#carry(head);
    const { source, inlet } = this.#options;
    source.on('data', (chunk: Buffer) => this.#carry(chunk));
    inlet?.pour((bytes) => this.#carry(bytes));
    if (this.#isDestinationFull || this.#isTapFull) source.pause();
  }

  /** Stops reading, for a proxy that ends the connection itself; the destination still gets what is held. */
  stop(): void {
    this.#isEnded = true;
    this.#options.source.pause();
    this.#flush();
  }

  /** Writes and taps a chunk; true when nobody needs its memory any more. The rewriter and the tap copy what they keep. */
  #carry(chunk: Uint8Array): boolean {
    const { source, destination, sender, connection, tap, nowUs } = this.#options;
    const atUs = nowUs();
    const bytes = this.#rewriter === null ? chunk : this.#rewritten(this.#rewriter, chunk);
    if (bytes.length > 0 && !destination.write(bytes)) {
      this.#isDestinationFull = true;
      source.pause();
    }
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
    if (!this.#isDestinationFull && !this.#isTapFull) this.#options.source.resume();
  }

  /** The source closed its half: so do we, behind everything it sent. */
  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { destination, onEnded } = this.#options;
    onEnded();
    this.#flush();
    destination.end();
    destination.setTimeout(LINGER_MS, () => destination.destroy());
  }

  /** The source is gone: without a farewell unless it had closed its half before. */
  #lose(): void {
    const { source, destination, onEnded } = this.#options;
    if (this.#isEnded && source.errored === null) return;
    if (!this.#isEnded) onEnded();
    this.#isEnded = true;
    this.#flush();
    // A reset needs a bare TCP socket; TLS has none of its own.
    if (destination instanceof TLSSocket) destination.destroy();
    else destination.resetAndDestroy();
  }

  /** Hands over what the rewriter still holds: half a frame is the client's as well. */
  #flush(): void {
    const held = this.#rewriter?.end();
    this.#rewriter = null;
    const { destination } = this.#options;
    if (held !== undefined && held.length > 0 && destination.writable) destination.write(held);
  }
}
