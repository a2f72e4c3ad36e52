/**
 * Unpacks messages: removes one or two layers of compression, and returns the bytes of payloads.
 *
 * The outer layer is permessage-deflate, if the handshake agreed on it; the inner one is the gateway's: a stream over
 * all binary messages, or single zlib buffers. Clients use the outer one only. If a payload spans several messages of a
 * stream, those before the last are `partial`, with their own bytes on the wire, and the last has the sum of all.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; RFC 7692 section 7.2.
 */
import type { Frame, Sender } from '../../wire/frame.js';
import { HeldBytes } from '../../wire/held-bytes.js';
import { InflateBudget } from '../../wire/inflate-budget.js';
import type { Inflated, InflateLimits, Inflater } from '../../wire/inflated.js';
import { createInflater } from '../../wire/inflate.js';
import { inflateOnce } from '../../wire/whole-buffer.js';
import {
  createMessageInflater,
  deflateAgreement,
  type MessageInflater,
} from '../../wire/permessage-deflate.js';
import type { Transport } from '../../wire/transport.js';
import type { DecodeFailure } from './decoded.js';
import { hasZlibHeader } from '../../wire/zlib/header.js';

/** Settings of an `Unpacker`, by its connection. */
export interface UnpackerOptions {
  readonly sender: Sender;
  readonly transport: Transport;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
  /** Longest payload that is unpacked, in bytes after decompression. */
  readonly maxPayloadBytes: number;
  /** Count of the bytes that all connections hold; default: only this connection's. */
  readonly held?: HeldBytes;
  /** Whether earlier messages are missing, and with them the context of compression; default false. */
  readonly isContinued?: boolean;
}

/** Result of a message. `wireBytes`: its own for `partial`, else those of all messages that carried the payload. */
export type Unpacked =
  | { readonly status: 'ok'; readonly wireBytes: number; readonly bytes: Uint8Array }
  | { readonly status: 'partial' | DecodeFailure; readonly wireBytes: number };

type Layer = Inflated | { readonly status: DecodeFailure };

/** Unpacks the messages of one sender on one connection. */
export class Unpacker {
  readonly #options: UnpackerOptions;
  readonly #limits: Required<InflateLimits>;
  readonly #outer: MessageInflater | null;
  /** True if each message of the outer layer is independent. */
  readonly #isContextless: boolean;
  #isOuterLost = false;
  /** Transport compression; null if messages are independent. */
  readonly #stream: Inflater | null;
  /** A message of the stream is missing, so the rest of it cannot be read. */
  #isStreamLost = false;
  /** Bytes on the wire of the messages of the current payload. */
  #pendingWireBytes = 0;

  constructor(options: UnpackerOptions) {
    const { sender, transport, extensions } = options;
    this.#options = options;
    const { maxPayloadBytes, held = new HeldBytes() } = options;
    this.#limits = { maxPayloadBytes, held, budget: new InflateBudget(maxPayloadBytes) };
    this.#outer = createMessageInflater(extensions, sender, this.#limits);
    this.#isContextless = deflateAgreement(extensions)?.isContextless[sender] ?? true;
    this.#isOuterLost = options.isContinued === true && !this.#isContextless;
    this.#isStreamLost = options.isContinued === true;
    const isPlain = sender === 'client' || transport.compress === 'none';
    this.#stream = isPlain ? null : createInflater(transport.compress, this.#limits);
  }

  /** Limits of other compressed data within messages. */
  get limits(): InflateLimits {
    return this.#limits;
  }

  /** Unpacks the message in a frame of kind text or binary. `atUs`: its arrival by a clock of ours, or null. */
  push(frame: Frame, atUs: number | null = null): Unpacked {
    const { wireBytes } = frame;
    if (atUs !== null) this.#limits.budget.refill(atUs);
    this.#limits.budget.earn(wireBytes);
    if (this.#stream === null || frame.kind === 'text') {
      return { wireBytes, ...this.#alone(frame) };
    }
    const total = this.#pendingWireBytes + wireBytes;
    const inflated = this.#streamed(frame, this.#stream);
    const isPartial =
      inflated.status === 'partial' || (inflated.status === 'ok' && inflated.bytes.length === 0);
    this.#pendingWireBytes = isPartial ? total : 0;
    return isPartial ? { status: 'partial', wireBytes } : { wireBytes: total, ...inflated };
  }

  /** Ends the connection; returns the wire bytes of a payload that never completed. */
  end(): number {
    const wireBytes = this.#pendingWireBytes;
    this.#pendingWireBytes = 0;
    this.#stream?.close();
    return wireBytes;
  }

  /** A message of the stream. */
  #streamed(frame: Frame, stream: Inflater): Layer {
    const outer = this.#outerLayer(frame);
    if (outer.status !== 'ok') {
      this.#isStreamLost = true;
      return outer;
    }
    return this.#isStreamLost ? { status: 'context_lost' } : stream.push(outer.bytes);
  }

  /** An independent message. */
  #alone(frame: Frame): Layer {
    const outer = this.#outerLayer(frame);
    const isZlib = this.#options.sender === 'gateway' && frame.kind === 'binary';
    return outer.status === 'ok' && isZlib && hasZlibHeader(outer.bytes)
      ? inflateOnce(outer.bytes, this.#limits)
      : outer;
  }

  #outerLayer({ data, error: fault, isDeflated }: Frame): Layer {
    if (fault !== null) {
      this.#isOuterLost ||= isDeflated && !this.#isContextless;
      return { status: fault };
    }
    if (!isDeflated) return { status: 'ok', bytes: data };
    if (this.#isOuterLost) return { status: 'context_lost' };
    return this.#outer?.push(data) ?? { status: 'unsupported_compression' };
  }
}
