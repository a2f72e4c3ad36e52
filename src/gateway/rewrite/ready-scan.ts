/**
 * READY scan: frames go through it until READY has passed, rewritten, and the client is in step again.
 *
 * Bytes that may be part of READY are held until its payload is complete. Everything else passes at once: control
 * frames, ahead of the message around them, and fragments and messages that cannot be part of READY. A close frame
 * flushes all held bytes. A message whose first byte cannot start a payload ends the scan. One string of READY is
 * spliced. Later messages are re-encoded as long as the client's decompressors would misread the gateway's own bytes:
 * see message-stream.ts and payload-stream.ts.
 */
import { canStartZstd } from '../../wire/zstd/frame-header.js';
import { BOUNDS } from '../../wire/bounds.js';
import { type FrameKind, OPCODE } from '../../wire/frame.js';
import { HeldBytes } from '../../wire/held-bytes.js';
import { InflateBudget } from '../../wire/inflate-budget.js';
import type { Inflated } from '../../wire/inflated.js';
import type { Encoding, Transport } from '../../wire/transport.js';
import { type BegunFrame, type HeldFrame, HeldFrames, OutputBuffer } from './held-frames.js';
import { areExtensionsKnown, MessageStream, type StreamMessage } from './message-stream.js';
import { openPayloadStream, type PayloadStream } from './payload-stream.js';
import { readReady, type ReadResult, type Ready } from './ready.js';
import { OpenMessage } from './open-message.js';
import type { RewriteFailure } from './failures.js';
import { canStartZlib } from '../../wire/zlib/header.js';

/** Settings of a rewriter, by its connection. */
export interface RewriterOptions {
  readonly transport: Transport;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
  /** The URL to hand out instead of READY's, or null to keep it. */
  readonly rewriteUrl: (url: string) => string | null;
  /** Budget that the rewriters of all connections share. */
  readonly share: RewriteShare;
}

/** Budget of work and memory that the rewriters of all connections share. */
export class RewriteShare {
  readonly budget = new InflateBudget(BOUNDS.rewriteShared, BOUNDS.rewriteShared);
  readonly held = new HeldBytes(BOUNDS.rewriteHeld);
}

/**
 * State of a scan. `settled`: a session is open, and bytes may pass as they are. `lost`: the stream cannot be
 * read, or is closed, and bytes pass unchanged.
 */
export type ScanState = 'scanning' | 'settled' | 'lost';

/** How the scan of a frame ended it: a fault, or a close frame. */
type Stop = RewriteFailure | 'closed';

const { rewritePayload, rewriteFrames, rewriteBase } = BOUNDS;
const OPEN_BRACE = 0x7b;
const JSON_SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];
/** Version of the external term format, which starts a document. */
const ETF_VERSION = 131;

/** Scan of the gateway's direction, from a frame boundary on. */
export class ReadyScan {
  readonly #options: RewriterOptions;
  readonly #reader = new HeldFrames();
  readonly #messages: MessageStream;
  readonly #payloads: PayloadStream | null;
  #state: ScanState = 'scanning';
  #fault: RewriteFailure | null = null;
  /** Frames that are held, all of them parts of the payload under way, and its bytes on the wire. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes of frames that the share counts. */
  #countedBytes = 0;
  #payloadBytes = 0;
  /** The message that is being put together. */
  #message: OpenMessage | null = null;
  /** Messages that came since the last whole payload. */
  #pending: StreamMessage[] = [];
  /** The payload under way is not READY, and goes out as it comes. */
  #isPassing = false;
  #frames: number;
  #isChanged = false;
  /** Budget of inflated output, for one or two layers. */
  readonly #budget: InflateBudget;

  /** Starts at the boundary behind the first `frames` frames of the connection. */
  constructor(options: RewriterOptions, frames = 0) {
    this.#options = options;
    this.#frames = frames;
    const { transport, extensions, share } = options;
    this.#budget = new InflateBudget(rewritePayload, rewriteBase, share.budget);
    const limits = { maxPayloadBytes: rewritePayload, budget: this.#budget, held: share.held };
    this.#messages = new MessageStream(extensions, limits);
    const isKnown = areExtensionsKnown(extensions);
    this.#payloads = isKnown ? openPayloadStream(transport.compress, limits) : null;
    if (this.#payloads === null) this.#stop(isKnown ? 'unknown_compression' : 'unknown_extension');
  }

  get state(): ScanState {
    return this.#state;
  }

  /** Why the scan is lost; null when it is not, or by a close frame. */
  get fault(): RewriteFailure | null {
    return this.#fault;
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
    const out = new OutputBuffer();
    this.#reader.append(chunk);
    while (this.#state === 'scanning') {
      const frame = this.#reader.next();
      if (frame === null) {
        const begun = this.#message === null ? this.#reader.begun() : null;
        if (begun !== null && !this.#canBegin(begun)) this.#stop('not_a_payload');
        break;
      }
      const stop =
        frame === 'illegal' ? 'protocol_error' : frame === 'too_large' ? frame : this.#accept(frame, out);
      if (stop !== null) this.#stop(stop);
    }
    const isCounted = this.#countHeld(this.#heldBytes + this.#reader.rest().length);
    if (!isCounted && this.#state === 'scanning') this.#stop('too_large');
    return out.take();
  }

  /** Counts the frames that are held; returns false if all connections together hold too much. */
  #countHeld(bytes: number): boolean {
    const { held } = this.#options.share;
    held.giveBack(this.#countedBytes);
    this.#countedBytes = held.take(bytes) ? bytes : 0;
    return this.#countedBytes === bytes;
  }

  /** Returns all held bytes; the scan is unusable afterwards. */
  releaseAll(): Uint8Array {
    this.#payloads?.close();
    const held = Buffer.concat([...this.#held, this.#reader.rest()]);
    this.#dropHeld();
    this.#countHeld(0);
    return held;
  }

  #stop(stop: Stop): void {
    this.#state = 'lost';
    if (stop !== 'closed') this.#fault = stop;
  }

  /** Handles one frame; returns what ends the scan. */
  #accept(frame: HeldFrame, out: OutputBuffer): Stop | null {
    if (frame.opcode >= OPCODE.close) return this.#passControl(frame, out);
    this.#held.push(frame.raw);
    this.#heldBytes += frame.raw.length;
    this.#payloadBytes += frame.raw.length;
    const misfit = this.#findMisfit(frame);
    if (misfit !== null) return misfit;
    const message = (this.#message ??= new OpenMessage(frame));
    message.add(frame.data);
    if (this.#payloadBytes > rewritePayload || message.frames + this.#pending.length > rewriteFrames)
      return 'too_large';
    if (!frame.isFinal) {
      if (this.#isPlain(message) && message.passesWithout(frame.data)) this.#release(out);
      return null;
    }
    this.#message = null;
    return this.#acceptMessage(message, out);
  }

  /** Fault of a data frame at its position, or null. */
  #findMisfit(frame: HeldFrame): RewriteFailure | null {
    const isContinuation = frame.opcode === OPCODE.continuation;
    if (isContinuation !== (this.#message !== null) || (isContinuation && frame.isDeflated))
      return 'protocol_error';
    return isContinuation || this.#canBegin({ ...frame, length: frame.data.length }) ? null : 'not_a_payload';
  }

  /** A control frame is forwarded at once, and a close frame after all held bytes. */
  #passControl({ opcode, raw }: HeldFrame, out: OutputBuffer): Stop | null {
    this.#frames += 1;
    const isClose = opcode === OPCODE.close;
    if (isClose) this.#release(out);
    out.push(raw);
    return isClose ? 'closed' : null;
  }

  /** Whether a message of this transport may begin like this. */
  #canBegin({ opcode, isFinal, isDeflated, data, length }: BegunFrame): boolean {
    const { compress } = this.#options.transport;
    if (opcode === OPCODE.continuation || opcode >= OPCODE.close) return true;
    if (compress !== 'none' && (opcode !== OPCODE.binary || (isFinal && length === 0))) return false;
    const [first] = data;
    return first === undefined || isDeflated || this.#canStart(first);
  }

  /** Whether a message's data may start with this byte. */
  #canStart(first: number): boolean {
    const { compress, encoding } = this.#options.transport;
    if (compress === 'none') return canStartZlib(first) || startsDocument(first, encoding);
    // Only the first message starts with the stream header.
    if (this.#payloads?.isOpened === true) return true;
    return compress === 'zlib-stream' ? canStartZlib(first) : canStartZstd(first);
  }

  /** Whether messages are payloads as they are, so that a part of one can be read. */
  #isPlain({ isDeflated }: OpenMessage): boolean {
    return this.#options.transport.compress === 'none' && !isDeflated && this.#messages.isInStep;
  }

  #acceptMessage(message: OpenMessage, out: OutputBuffer): Stop | null {
    this.#frames += 1;
    const data = message.data();
    this.#budget.earn(data.length);
    const plain = this.#messages.decode(data, message.isDeflated);
    if (plain.status !== 'ok' || this.#payloads === null) return toRewriteFailure(plain);
    const kind: FrameKind = message.opcode === OPCODE.text ? 'text' : 'binary';
    this.#pending.push({ kind, isDeflated: message.isDeflated, data: plain.bytes });
    const payload = this.#payloads.decode(plain.bytes);
    if (payload.status === 'ok')
      return this.#acceptPayload(payload.bytes, this.#payloads, message.sentBytes, out);
    if (payload.status !== 'partial') return toRewriteFailure(payload);
    this.#passBegun(this.#payloads, out);
    return null;
  }

  /** Forwards an incomplete payload, once its beginning shows that it is not READY. */
  #passBegun(payloads: PayloadStream, out: OutputBuffer): void {
    if (!payloads.isInStep || !this.#messages.isInStep) return;
    this.#isPassing ||= isOther(payloads.begun, this.#options.transport.encoding);
    if (!this.#isPassing) return;
    this.#release(out);
    this.#pending = [];
  }

  #acceptPayload(
    payload: Uint8Array,
    payloads: PayloadStream,
    sentBytes: number,
    out: OutputBuffer,
  ): Stop | null {
    const seen = readReady(payload, this.#options.transport.encoding);
    if (seen.type === 'unreadable' && !this.#isChanged) return 'not_a_payload';
    const changed = seen.type === 'ready' && !this.#isPassing ? this.#rewritten(seen) : null;
    if (changed !== null) {
      const isSentSame = Buffer.compare(payload.subarray(0, sentBytes), changed.bytes.subarray(0, sentBytes));
      if (isSentSame !== 0) return 'cut_apart';
      this.#isChanged = true;
      this.#replace(payloads.encode(changed.bytes, changed.bytesBehind), sentBytes, out);
    } else if (!payloads.isInStep) {
      this.#replace(payloads.encode(payload, payload.length), 0, out);
    } else if (!this.#messages.isInStep) {
      this.#encodeAnew(out);
    } else {
      this.#release(out);
    }
    this.#endPayload(seen, payloads);
    return null;
  }

  #endPayload(seen: ReadResult, payloads: PayloadStream): void {
    this.#pending = [];
    this.#payloadBytes = 0;
    this.#isPassing = false;
    const isSettled = this.#isChanged || seen.type === 'ready' || seen.type === 'resumed';
    if (isSettled && payloads.isInStep && this.#messages.isInStep) this.#state = 'settled';
  }

  /** READY with the URL to hand out; null when it stays as it is. */
  #rewritten(ready: Ready): { readonly bytes: Uint8Array; readonly bytesBehind: number } | null {
    const url = ready.url === null ? null : this.#options.rewriteUrl(ready.url);
    return url === null ? null : { bytes: ready.withUrl(url), bytesBehind: ready.bytesBehind };
  }

  /** Forwards the held bytes unchanged. */
  #release(out: OutputBuffer): void {
    out.push(...this.#held);
    this.#dropHeld();
  }

  #dropHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Sends one message in place of those that carried the payload, or its last fragment when `sentBytes` went out. */
  #replace(data: Uint8Array, sentBytes: number, out: OutputBuffer): void {
    const last = this.#pending.at(-1);
    if (last === undefined) return;
    this.#dropHeld();
    const frame = this.#messages.encode({ ...last, data: data.subarray(sentBytes) }, true);
    if (sentBytes > 0) frame[0]?.fill(0x80 | OPCODE.continuation, 0, 1);
    out.push(...frame);
  }

  /** Sends the messages that carried the payload as they are, in frames that the client's window fits. */
  #encodeAnew(out: OutputBuffer): void {
    this.#dropHeld();
    for (const message of this.#pending) out.push(...this.#messages.encode(message, false));
  }
}

/** Whether a payload in `encoding` may start with this byte. */
function startsDocument(first: number, encoding: Encoding): boolean {
  if (encoding === 'json') return first === OPEN_BRACE || JSON_SPACES.includes(first);
  return encoding === 'etf' && first === ETF_VERSION;
}

/** Whether a payload that begins like this is surely neither READY nor RESUMED, whatever follows. */
function isOther(begun: Uint8Array, encoding: Encoding): boolean {
  if (encoding !== 'json') return false;
  const text = Buffer.from(begun).toString('latin1');
  return /^\s*\{\s*"(?:t"\s*:\s*(?:null|"(?!READY"|RESUMED")[A-Z_]+")|op"\s*:\s*[1-9][0-9]*)\s*[,}]/.test(
    text,
  );
}

function toRewriteFailure({ status }: Inflated): RewriteFailure {
  return status === 'too_large' || status === 'too_complex' ? 'too_large' : 'undecodable';
}
