/**
 * Decoder of a part of a capture's connections, for a thread of its own: the events of the tap become frame records of
 * decoded-frames.ts, which a `CaptureRecorder` in another thread takes.
 *
 * Does no I/O, reads no clock and never throws, whatever the bytes are. Events of a connection that is not open are
 * ignored, but for their mark.
 */
import { ConnectionDecoder } from './connection-decoder.js';
import { packDecoded, packMark } from './decoded-frames.js';
import type { DecodingContext } from './half-connection.js';
import type { FrameRecord } from './records.js';
import type { TapEvent } from './tap.js';

/** Events that change how a connection is decoded. */
export type DecodedEvent = Extract<TapEvent, { readonly connection: number }>;

/** Decodes the connections of which it gets the events. */
export class CaptureDecoder {
  readonly #context: DecodingContext;
  readonly #isMasking: boolean;
  readonly #connections = new Map<number, ConnectionDecoder>();
  #records: FrameRecord[] = [];

  constructor(context: DecodingContext) {
    this.#context = context;
    this.#isMasking = context.redactor.secretKeys !== null;
  }

  /** Takes the next event; returns its frames and a mark. Owns the bytes: it may change and keep them. */
  accept(event: DecodedEvent): readonly FrameRecord[] {
    const { connection } = event;
    const records = (this.#records = [] as FrameRecord[]);
    if (event.type === 'open') this.#open(event);
    const decoder = this.#connections.get(connection);
    const unfinishedBytes = decoder === undefined ? 0 : this.#decode(decoder, event);
    const convergedFrameNo = decoder?.convergedFrameNo ?? null;
    records.push(packMark(connection, { unfinishedBytes, convergedFrameNo }));
    this.#records = [];
    return records;
  }

  /** Returns the bytes of the event's sender that no frame has yet. */
  #decode(decoder: ConnectionDecoder, event: DecodedEvent): number {
    switch (event.type) {
      case 'chunk':
        decoder.chunk(event.sender, event.atUs, event.bytes);
        return decoder.countUnfinished(event.sender);
      case 'converged':
        decoder.converged(event.gatewayFrameNo);
        return 0;
      case 'gap':
        decoder.gap(event.sender, event.fromUs);
        return 0;
      case 'end':
        decoder.end(event.end.atUs);
        this.#connections.delete(event.connection);
        return 0;
      case 'open':
        return 0;
    }
  }

  #open({ connection, handshake }: Extract<DecodedEvent, { readonly type: 'open' }>): void {
    if (this.#connections.has(connection)) return;
    const decoder = new ConnectionDecoder(handshake, this.#context, (sender, kind, frameNo, atUs, decoded) =>
      this.#records.push(packDecoded({ connection, sender, kind, frameNo, atUs, decoded }, this.#isMasking)),
    );
    this.#connections.set(connection, decoder);
  }
}
