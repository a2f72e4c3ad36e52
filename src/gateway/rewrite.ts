/**
 * The one rewrite: READY's `resume_gateway_url`, in the bytes that go from the gateway to the client.
 *
 *   scanning ──READY──► out of step ──windows equal──► done
 *       └── RESUMED, or anything that cannot be read ──► done
 *
 * While scanning, every frame is held until it is whole (with zlib-stream, until its payload is) and then
 * goes on untouched. READY has one string spliced. What follows is encoded anew as long as the client's
 * decompressor would misunderstand the gateway's own bytes (see payload-stream.ts). When done, bytes pass
 * unseen. A second READY is rewritten as long as the first phase or the second lasts; one that comes later,
 * after an active session was killed and its client identified anew on the same socket, passes as it is: to
 * read it would take the decompressor's window of a connection that was left alone for speed.
 */
import type { FrameKind } from '../wire/frame.js';
import { OPCODE } from '../wire/frame-header.js';
import type { Transport } from '../wire/transport.js';
import { encodeFrame } from '../wire/websocket.js';
import type { HeldFrame } from './held-frames.js';
import { HeldFrames } from './held-frames.js';
import type { PayloadStream } from './payload-stream.js';
import { openPayloadStream } from './payload-stream.js';
import { sightJson } from './ready.js';

/** What a rewriter is told of its connection. */
export interface RewriterOptions {
  readonly transport: Transport;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
  /** The URL to hand out instead of READY's, or null to leave it alone. */
  readonly rewriteUrl: (url: string) => string | null;
}

const NO_BYTES = new Uint8Array(0);

/** Rewriter of the gateway's direction of one connection. */
export class GatewayRewriter {
  readonly #options: RewriterOptions;
  readonly #held = new HeldFrames();
  /** What the messages carry; null when the rewriter is done. */
  #stream: PayloadStream | null;
  /** Message that is being put together, until its last fragment. */
  #kind: FrameKind = 'text';
  #fragments: Uint8Array[] = [];
  /** True while a payload has begun and is not whole. */
  #isPayloadOpen = false;
  /** Control frames that came meanwhile. */
  #controls: Uint8Array[] = [];
  /** Frames seen whole, messages and control frames together. */
  #frames = 0;
  #isChanged = false;
  #convergedFrameNo: number | null = null;

  constructor(options: RewriterOptions) {
    this.#options = options;
    const { transport, extensions } = options;
    const isReadable = transport.encoding === 'json' && extensions === null;
    this.#stream = isReadable ? openPayloadStream(transport.compress) : null;
  }

  /** True when all further bytes pass as they are. */
  get isDone(): boolean {
    return this.#stream === null;
  }

  /** True once the client got something that the gateway did not send. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** Position among the gateway's frames, from 1, from which bytes are the gateway's again; null if never. */
  get convergedFrameNo(): number | null {
    return this.#convergedFrameNo;
  }

  /** Takes the gateway's next bytes, cut anywhere, and returns what the client gets now. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#stream === null) return chunk;
    this.#held.append(chunk);
    const out: Uint8Array[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) {
      if (frame === 'illegal' || !this.#accept(frame, out)) this.#finish();
    }
    if (this.isDone) out.push(this.#held.releaseAll());
    return out.length === 1 ? (out[0] ?? NO_BYTES) : Buffer.concat(out);
  }

  /** Ends the direction; returns what was held, such as half a frame. */
  end(): Uint8Array {
    this.#stream = null;
    return this.#held.releaseAll();
  }

  #finish(): void {
    this.#stream = null;
    if (this.#isChanged) this.#convergedFrameNo = this.#frames + 1;
  }

  #next(): HeldFrame | 'illegal' | null {
    return this.#stream === null ? null : this.#held.next();
  }

  /** Handles one frame; false when it makes no sense, and the rewriter had better leave the stream alone. */
  #accept(frame: HeldFrame, out: Uint8Array[]): boolean {
    const { opcode, isFinal, isDeflated, data } = frame;
    if (isDeflated) return false;
    if (opcode >= OPCODE.close) return isFinal && this.#acceptControl(frame, out);
    const isWithinMessage = this.#fragments.length > 0;
    if (isWithinMessage !== (opcode === OPCODE.continuation)) return false;
    if (!isWithinMessage) this.#kind = opcode === OPCODE.text ? 'text' : 'binary';
    this.#fragments.push(data);
    this.#isPayloadOpen = true;
    if (!isFinal) return true;
    const message = isWithinMessage ? Buffer.concat(this.#fragments) : data;
    this.#fragments = [];
    this.#frames += 1;
    return this.#acceptMessage(message, out);
  }

  /** A control frame goes on in its place, which within a payload is before it. */
  #acceptControl(frame: HeldFrame, out: Uint8Array[]): boolean {
    this.#frames += 1;
    if (this.#isPayloadOpen) this.#controls.push(frame.raw);
    else out.push(this.#held.release());
    return true;
  }

  #acceptMessage(message: Uint8Array, out: Uint8Array[]): boolean {
    if (this.#stream === null) return false;
    const inflated = this.#stream.decode(message);
    if (inflated.status === 'partial') return true;
    return inflated.status === 'ok' && this.#acceptPayload(inflated.bytes, this.#stream, out);
  }

  #acceptPayload(payload: Uint8Array, stream: PayloadStream, out: Uint8Array[]): boolean {
    const sighting = sightJson(payload);
    if (sighting.type === 'unreadable' && stream.isInStep) return false;
    const url =
      sighting.type === 'ready' && sighting.url !== null ? this.#options.rewriteUrl(sighting.url) : null;
    if (sighting.type === 'ready' && url !== null) {
      this.#isChanged = true;
      this.#replace(stream.encode(sighting.withUrl(url), sighting.bytesBehind), out);
    } else if (stream.isInStep) {
      out.push(this.#held.release());
    } else {
      this.#replace(stream.encode(payload, payload.length), out);
    }
    this.#controls = [];
    this.#isPayloadOpen = false;
    const isSettled = this.#isChanged || sighting.type === 'ready' || sighting.type === 'resumed';
    if (isSettled && stream.isInStep) this.#finish();
    return true;
  }

  /** Sends one message in place of those that carried the payload. */
  #replace(data: Uint8Array, out: Uint8Array[]): void {
    this.#held.drop();
    out.push(...this.#controls, encodeFrame({ kind: this.#kind, data }));
  }
}
