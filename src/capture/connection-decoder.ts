/**
 * Decoder of one connection: raw chunks of both senders become decoded frames.
 *
 * Each sender has its own frame parser and payload decoder; frames are numbered on arrival, both senders
 * together. After a gap in the tapped bytes, the boundaries of a sender's frames are lost: its bytes are counted as
 * `context_lost` until the next frame is found, or to the end if the rest cannot be decoded without what is missing. The
 * other sender's frames are still decoded. It needs nothing of other connections, so each one may be decoded in another
 * thread. Does no I/O and reads no clock. Source: RFC 6455 section 5.
 */
import type { Decoded } from '../gateway/decode/decoded.js';
import type { Frame, FrameKind, Sender } from '../wire/frame.js';
import { describeBug } from './bugs.js';
import type { FrameFinder } from './frame-finder.js';
import {
  countUnfinished,
  type DecodingContext,
  type HalfConnection,
  openHalf,
  resume,
  searchFrame,
} from './half-connection.js';
import type { Handshake } from './tap.js';

/** Takes what a frame holds; all payloads of one frame have its number. */
export type TakeDecoded = (
  sender: Sender,
  kind: FrameKind,
  frameNo: number,
  atUs: number,
  decoded: Decoded,
) => void;

/** Decodes one connection from its handshake to its end. */
export class ConnectionDecoder {
  readonly #context: DecodingContext;
  readonly #take: TakeDecoded;
  readonly #half: Readonly<Record<Sender, HalfConnection>>;
  #frameNo = 0;
  #gatewayFrameNo = 0;
  /** Gateway frame, counted from 1, from which the bytes are verbatim again. */
  #convergesAt: number | null = null;
  #convergedFrameNo: number | null = null;

  constructor(
    handshake: Pick<Handshake, 'transport' | 'extensions'>,
    context: DecodingContext,
    take: TakeDecoded,
  ) {
    this.#context = context;
    this.#take = take;
    const open = (sender: Sender): HalfConnection => openHalf(sender, handshake, context);
    this.#half = { client: open('client'), gateway: open('gateway') };
  }

  /** Number of the frame from which the bytes to the client are verbatim again; null before it. */
  get convergedFrameNo(): number | null {
    return this.#convergedFrameNo;
  }

  /** Bytes at the end of a sender's stream that no frame has, because theirs is not whole. */
  countUnfinished(sender: Sender): number {
    return countUnfinished(this.#half[sender]);
  }

  /** Takes the next bytes of a sender; never throws, whatever the bytes are. */
  chunk(sender: Sender, atUs: number, bytes: Uint8Array): void {
    const half = this.#half[sender];
    try {
      if (half.finder !== null) this.#search(half, half.finder, atUs, bytes);
      else if (half.parser === null) this.#unread(half, 'context_lost', bytes.length, atUs);
      else for (const frame of half.parser.push(bytes)) this.#decode(half, frame, atUs);
    } catch (error) {
      this.#giveUp(half, error, bytes.length, atUs);
    }
  }

  /** Notes the gateway's frame from which the bytes to the client are verbatim again. */
  converged(gatewayFrameNo: number): void {
    this.#convergesAt = gatewayFrameNo;
  }

  /** Notes that bytes of a sender are missing. */
  gap(sender: Sender, untilUs: number): void {
    const half = this.#half[sender];
    this.#endHalf(half, untilUs);
    searchFrame(half);
  }

  /** Ends the connection. */
  end(atUs: number): void {
    this.#endHalf(this.#half.client, atUs);
    this.#endHalf(this.#half.gateway, atUs);
  }

  /** Looks for a frame after a gap, and decodes from there. */
  #search(half: HalfConnection, finder: FrameFinder, atUs: number, bytes: Uint8Array): void {
    const { skippedBytes, found } = finder.push(bytes);
    // Not only when the search ends: it may last as long as the connection, and a kill would lose the bytes.
    if (skippedBytes > 0) this.#unread(half, 'context_lost', skippedBytes, atUs);
    if (found === null) return;
    if (found === 'lost') half.finder = null;
    else {
      resume(half);
      this.chunk(half.sender, atUs, found);
    }
  }

  #endSearch(half: HalfConnection, atUs: number): void {
    const heldBytes = half.finder?.end() ?? 0;
    half.finder = null;
    if (heldBytes > 0) this.#unread(half, 'context_lost', heldBytes, atUs);
  }

  #decode(half: HalfConnection, frame: Frame, atUs: number): void {
    this.#frameNo += 1;
    if (half.sender === 'gateway') {
      this.#gatewayFrameNo += 1;
      if (this.#gatewayFrameNo === this.#convergesAt) this.#convergedFrameNo = this.#frameNo;
    }
    for (const decoded of half.decoder.push(frame, this.#context.isLive ? atUs : null)) {
      this.#take(half.sender, frame.kind, this.#frameNo, atUs, decoded);
    }
  }

  /** Closes one sender's half; an unfinished frame counts as truncated. */
  #endHalf(half: HalfConnection, atUs: number): void {
    try {
      const rest = half.parser?.end() ?? null;
      if (rest !== null) this.#decode(half, rest, atUs);
    } catch (error) {
      this.#giveUp(half, error, 0, atUs);
    }
    half.parser = null;
    this.#endSearch(half, atUs);
    const open = half.decoder.end();
    if (open === null) return;
    this.#frameNo += 1;
    this.#take(half.sender, 'binary', this.#frameNo, atUs, open);
  }

  /**
   * Stops decoding one sender of this connection. Last resort: any exception here is a bug of gatetape, and it must
   * affect nothing else.
   */
  #giveUp(half: HalfConnection, error: unknown, byteCount: number, atUs: number): void {
    half.parser?.end();
    half.parser = null;
    const lostBytes = half.finder?.end() ?? byteCount;
    half.finder = null;
    half.decoder.end();
    this.#context.report(
      `the ${half.sender}'s frames of a connection are not decoded any more (a bug: ${describeBug(error)}); traffic goes on`,
    );
    this.#unread(half, 'decoder_failed', lostBytes, atUs);
  }

  /** Counts bytes that cannot be split into frames. */
  #unread(
    half: HalfConnection,
    status: 'context_lost' | 'decoder_failed',
    wireBytes: number,
    atUs: number,
  ): void {
    this.#frameNo += 1;
    this.#take(half.sender, 'binary', this.#frameNo, atUs, { status, wireBytes, raw: null, isPlain: true });
  }
}
