/**
 * Recorder of a capture: what the tap reports becomes records, in order.
 *
 * The same object serves the live recorder, imports and tests: it does no I/O, reads no clock and never throws,
 * whatever the bytes. Events of a connection that was not opened, or has ended, mean nothing.
 */
import type { Placeholder, Redaction } from '../gateway/redact.js';
import { Redactor } from '../gateway/redact.js';
import { SessionTracker } from '../gateway/session.js';
import { ConnectionRecorder } from './connection-recorder.js';
import type { CaptureContext } from './half-connection.js';
import type { CaptureRecord } from './records.js';
import type { Handshake, TapEvent } from './tap.js';

/** How a capture is to be recorded. */
export interface CaptureRecorderOptions {
  readonly redaction: Redaction;
  readonly placeholder: Placeholder;
  /** Longest payload that is kept, in bytes on the wire and decoded. */
  readonly maxPayloadBytes: number;
}

/** Turns the events of a tap into records. */
export class CaptureRecorder {
  readonly #context: CaptureContext;
  readonly #connections = new Map<number, ConnectionRecorder>();

  constructor({ redaction, placeholder, maxPayloadBytes }: CaptureRecorderOptions) {
    const redactor = new Redactor({ redaction, placeholder });
    this.#context = { sessions: new SessionTracker(), redactor, maxPayloadBytes };
  }

  /** Takes the next event; returns its records in order. The bytes of a chunk may be changed and kept. */
  accept(event: TapEvent): CaptureRecord[] {
    if (event.type === 'open') return this.#open(event.connection, event.handshake);
    const recorder = this.#connections.get(event.connection);
    if (recorder === undefined) return [];
    const records: CaptureRecord[] = [];
    switch (event.type) {
      case 'chunk':
        recorder.chunk(event.sender, event.atUs, event.bytes, records);
        break;
      case 'converged':
        recorder.converged(event.gatewayFrameNo);
        break;
      case 'gap':
        recorder.gap(event.sender, event.fromUs, records);
        records.push(event);
        break;
      case 'end':
        this.#connections.delete(event.connection);
        recorder.end(event.end, records);
        break;
    }
    return records;
  }

  /** Ends the capture: connections that are still open end now, by the proxy. */
  finish(atUs: number): CaptureRecord[] {
    const records: CaptureRecord[] = [];
    for (const recorder of this.#connections.values()) {
      recorder.end({ atUs, endedBy: 'proxy', relayMode: recorder.relayMode }, records);
    }
    this.#connections.clear();
    return records;
  }

  #open(connection: number, handshake: Handshake): CaptureRecord[] {
    if (this.#connections.has(connection)) return [];
    this.#connections.set(connection, new ConnectionRecorder(connection, handshake, this.#context));
    const { redactor } = this.#context;
    return [
      {
        type: 'connection_opened',
        connection,
        atUs: handshake.atUs,
        path: redactor.text(handshake.path),
        upstreamUrl: redactor.text(handshake.upstreamUrl),
        transport: handshake.transport,
        extensions: handshake.extensions,
        userAgent: handshake.userAgent === null ? null : redactor.text(handshake.userAgent),
        isClientTls: handshake.isClientTls,
        isUpstreamTls: handshake.isUpstreamTls,
        upgradeStatus: handshake.upgradeStatus,
      },
    ];
  }
}
