/**
 * Noted ring: a ring with a ledger of its entries.
 */
import { streamKey } from '../capture/streams.js';
import type { HttpMessage } from '../capture/tap.js';
import type { Sender } from '../wire/frame.js';
import { Ledger, NO_STREAM } from './ledger.js';
import { writeBody, writeChunk, writeControl, type ControlMessage } from './ring-messages.js';
import type { RingWriter } from './ring.js';

/** Writes messages, and notes those that fit. */
export class NotedRing {
  readonly ring: RingWriter;
  readonly ledger: Ledger;

  /** `settled`: see `Ledger`. */
  constructor(ring: RingWriter, settled: () => number) {
    this.ring = ring;
    this.ledger = new Ledger(settled);
  }

  /** Writes a chunk; returns false if it does not fit. */
  writeChunk(connection: number, sender: Sender, atUs: number, bytes: Uint8Array): boolean {
    if (!writeChunk(this.ring, connection, sender, atUs, bytes)) return false;
    this.ledger.note(streamKey(connection, sender), atUs, bytes.length);
    return true;
  }

  /** Writes a piece of a REST body; returns false if it does not fit. */
  writeBody(exchange: number, message: HttpMessage, bytes: Uint8Array): boolean {
    if (!writeBody(this.ring, exchange, message, bytes)) return false;
    this.ledger.note(NO_STREAM, 0, 0);
    return true;
  }

  /** Writes any other message; returns false if it does not fit. The bytes of a gap are noted as a negative number. */
  writeControl(message: ControlMessage): boolean {
    if (!writeControl(this.ring, message)) return false;
    if (message.type !== 'gap') this.ledger.note(NO_STREAM, 0, 0);
    else this.ledger.note(streamKey(message.connection, message.sender), message.fromUs, -message.bytes);
    return true;
  }
}
