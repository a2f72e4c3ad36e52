/**
 * READY scan: frames go through it until READY has passed, rewritten, and the client is in step again.
 *
 * Every frame is held until it is whole (with compression, until its payload is) and then goes on untouched.
 * READY has one string spliced. What follows is encoded anew as long as the client's decompressors would
 * misunderstand the gateway's own bytes: see message-stream.ts and payload-stream.ts.
 */
import type { FrameKind } from '../wire/frame.js';
import { OPCODE } from '../wire/frame-header.js';
import type { Transport } from '../wire/transport.js';
import type { HeldFrame } from './held-frames.js';
import { HeldFrames } from './held-frames.js';
import { Outgoing } from './outgoing.js';
import type { Message } from './message-stream.js';
import { areExtensionsKnown, MessageStream } from './message-stream.js';
import type { PayloadStream } from './payload-stream.js';
import { openPayloadStream } from './payload-stream.js';
import type { Ready } from './ready.js';
import { sight } from './ready.js';

/** What a rewriter is told of its connection. */
export interface RewriterOptions {
  readonly transport: Transport;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
  /** The URL to hand out instead of READY's, or null to leave it alone. */
  readonly rewriteUrl: (url: string) => string | null;
}

/**
 * State of a scan. `settled`: a session is open, and bytes may pass as they are. `lost`: the stream cannot be
 * read, and bytes had better pass as they are.
 */
export type ScanState = 'scanning' | 'settled' | 'lost';

/** Scan of the gateway's direction, from a frame boundary on. */
export class ReadyScan {
  readonly #options: RewriterOptions;
  readonly #held = new HeldFrames();
  readonly #messages: MessageStream;
  readonly #payloads: PayloadStream | null;
  #state: ScanState = 'scanning';
  /** First frame of the message that is being put together, and the data of all its frames so far. */
  #first: HeldFrame | null = null;
  #fragments: Uint8Array[] = [];
  /** Messages and control frames that came since the last whole payload. */
  #pending: Message[] = [];
  #controls: Uint8Array[] = [];
  #frames: number;
  #isChanged = false;

  /** Starts at the boundary behind the first `frames` frames of the connection. */
  constructor(options: RewriterOptions, frames = 0) {
    this.#options = options;
    this.#frames = frames;
    const { transport, extensions } = options;
    this.#messages = new MessageStream(extensions);
    this.#payloads = areExtensionsKnown(extensions) ? openPayloadStream(transport.compress) : null;
    if (this.#payloads === null) this.#state = 'lost';
  }

  get state(): ScanState {
    return this.#state;
  }

  /** True once something went out that the gateway did not send. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** Frames seen whole, messages and control frames together. */
  get frames(): number {
    return this.#frames;
  }

  /** Takes the gateway's next bytes, cut anywhere, and returns what the client gets now. */
  push(chunk: Uint8Array): Uint8Array {
    const out = new Outgoing();
    this.#held.append(chunk);
    while (this.#state === 'scanning') {
      const frame = this.#held.next();
      if (frame === null) break;
      if (frame === 'illegal' || !this.#accept(frame, out)) this.#state = 'lost';
    }
    return out.take();
  }

  /** Everything that is held; the scan is of no use afterwards. */
  releaseAll(): Uint8Array {
    this.#payloads?.close();
    return this.#held.releaseAll();
  }

  /** Handles one frame; false when it makes no sense. */
  #accept(frame: HeldFrame, out: Outgoing): boolean {
    if (frame.opcode >= OPCODE.close) return this.#acceptControl(frame, out);
    const isContinuation = frame.opcode === OPCODE.continuation;
    if (isContinuation !== (this.#first !== null) || (isContinuation && frame.isDeflated)) return false;
    const first = (this.#first ??= frame);
    this.#fragments.push(frame.data);
    if (!frame.isFinal) return true;
    const data = isContinuation ? Buffer.concat(this.#fragments) : frame.data;
    this.#first = null;
    this.#fragments = [];
    return this.#acceptMessage(first, data, out);
  }

  /** A control frame goes on in its place, which within a payload is before it. */
  #acceptControl(frame: HeldFrame, out: Outgoing): boolean {
    if (!frame.isFinal || frame.isDeflated) return false;
    this.#frames += 1;
    if (this.#first === null && this.#pending.length === 0) out.push(this.#held.release());
    else this.#controls.push(frame.raw);
    return true;
  }

  #acceptMessage({ opcode, isDeflated }: HeldFrame, data: Uint8Array, out: Outgoing): boolean {
    this.#frames += 1;
    const message = this.#messages.decode(data, isDeflated);
    if (message.status !== 'ok' || this.#payloads === null) return false;
    const kind: FrameKind = opcode === OPCODE.text ? 'text' : 'binary';
    this.#pending.push({ kind, isDeflated, data: message.bytes });
    const payload = this.#payloads.decode(message.bytes);
    if (payload.status === 'partial') return true;
    return payload.status === 'ok' && this.#acceptPayload(payload.bytes, this.#payloads, out);
  }

  #acceptPayload(payload: Uint8Array, payloads: PayloadStream, out: Outgoing): boolean {
    const seen = sight(payload, this.#options.transport.encoding);
    if (seen.type === 'unreadable' && !this.#isChanged) return false;
    const changed = seen.type === 'ready' ? this.#rewritten(seen) : null;
    if (changed !== null) {
      this.#isChanged = true;
      this.#replace(payloads.encode(changed.bytes, changed.bytesBehind), out);
    } else if (!payloads.isInStep) {
      this.#replace(payloads.encode(payload, payload.length), out);
    } else if (!this.#messages.isInStep) {
      this.#encodeAnew(out);
    } else {
      out.push(this.#held.release());
    }
    this.#pending = [];
    this.#controls = [];
    const isSettled = this.#isChanged || seen.type === 'ready' || seen.type === 'resumed';
    if (isSettled && payloads.isInStep && this.#messages.isInStep) this.#state = 'settled';
    return true;
  }

  /** READY with the URL to hand out; null when it stays as it is. */
  #rewritten(ready: Ready): { readonly bytes: Uint8Array; readonly bytesBehind: number } | null {
    const url = ready.url === null ? null : this.#options.rewriteUrl(ready.url);
    return url === null ? null : { bytes: ready.withUrl(url), bytesBehind: ready.bytesBehind };
  }

  /** Sends one message in place of those that carried the payload. */
  #replace(data: Uint8Array, out: Outgoing): void {
    const last = this.#pending.at(-1);
    if (last === undefined) return;
    this.#held.drop();
    out.push(...this.#controls, ...this.#messages.encode({ ...last, data }, true));
  }

  /** Sends the messages that carried the payload as they are, in frames that the client's window fits. */
  #encodeAnew(out: Outgoing): void {
    this.#held.drop();
    out.push(...this.#controls);
    for (const message of this.#pending) out.push(...this.#messages.encode(message, false));
  }
}
