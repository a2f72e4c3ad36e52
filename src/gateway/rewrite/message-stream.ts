/**
 * Message streams as a rewriter sees them: turns frames into messages, undoing a WebSocket extension, and turns a
 * message into a frame again.
 *
 * Without an extension messages pass unchanged. permessage-deflate keeps a window between messages. A changed message
 * makes the windows differ until enough plaintext has followed it (see below); until then messages are sent as stored
 * blocks. Source: RFC 7692 sections 6 and 7.2; RFC 1951 section 3.2.4.
 */
import { storedBlocks } from '../../wire/deflate.js';
import type { FrameKind } from '../../wire/frame.js';
import type { Inflated, InflateLimits, Inflater } from '../../wire/inflated.js';
import {
  createMessageInflater,
  DEFLATE_TAIL,
  DEFLATE_WINDOW_BYTES,
  deflateAgreement,
} from '../../wire/permessage-deflate.js';
import { framePieces } from '../../wire/websocket.js';

/** One message, with the extension undone. */
export interface StreamMessage {
  readonly kind: FrameKind;
  /** The gateway sent it compressed by the extension. */
  readonly isDeflated: boolean;
  readonly data: Uint8Array;
}

/** The gateway's messages at the level of WebSocket extensions. */
export class MessageStream {
  readonly #inflater: Pick<Inflater, 'push'> | null;
  readonly #isContextless: boolean;
  readonly #lookback = new Lookback();

  constructor(extensions: string | null, limits: InflateLimits) {
    this.#inflater = createMessageInflater(extensions, 'gateway', limits);
    this.#isContextless = deflateAgreement(extensions)?.isContextless.gateway ?? true;
  }

  /** True while the gateway's own frames mean to the client what they mean to us. */
  get isInStep(): boolean {
    return this.#isContextless || this.#lookback.isEqual;
  }

  /** Data of the gateway's next message, compressed or not. */
  decode(data: Uint8Array, isDeflated: boolean): Inflated {
    if (!isDeflated) return { status: 'ok', bytes: data };
    return this.#inflater?.push(data) ?? { status: 'unsupported_compression' };
  }

  /** The pieces of one frame that says `message`; `isChanged` when the gateway's message said something else. */
  encode({ kind, isDeflated, data }: StreamMessage, isChanged: boolean): readonly Uint8Array[] {
    // Text that the gateway did not compress never was in its window.
    if (!isDeflated) return framePieces({ kind, data });
    this.#lookback.advance(data.length, isChanged ? 0 : data.length);
    return framePieces({ kind, isDeflated, data: storedBlocks(data).subarray(0, -DEFLATE_TAIL.length) });
  }
}

/** True when a rewriter understands everything the upstream accepted: nothing, or permessage-deflate alone. */
export function areExtensionsKnown(extensions: string | null): boolean {
  return extensions === null || (!extensions.includes(',') && deflateAgreement(extensions) !== null);
}

/**
 * Distance between the client's window and the gateway's, for deflate in any wrapping. Deflate refers back 32,768
 * bytes at most (RFC 1951 section 2). Once that much plaintext has gone out behind the last byte that was changed,
 * both windows hold the same, and the gateway's own bytes mean the same to both.
 */
export class Lookback {
  /** Plaintext bytes that still have to go out until the windows are equal. */
  #bytesApart = 0;

  /** True when both windows are equal. */
  get isEqual(): boolean {
    return this.#bytesApart === 0;
  }

  /** Notes plaintext that went out in another encoding, the last `unchangedBytes` of it as the gateway's. */
  advance(length: number, unchangedBytes: number): void {
    const isChanged = unchangedBytes < length;
    this.#bytesApart = Math.max(0, (isChanged ? DEFLATE_WINDOW_BYTES : this.#bytesApart) - unchangedBytes);
  }
}
