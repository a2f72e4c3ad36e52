/**
 * Tap events for tests: a connection's handshake, frames as raw socket bytes, and its end.
 *
 * Client frames are masked, as on a real socket; every event is one second after the one before.
 */
import type { End, Handshake, TapEvent } from '../../../src/capture/tap.js';
import type { FrameKind, Sender } from '../../../src/wire/frame.js';
import { encodeFrame } from '../../../src/wire/websocket.js';

/** A frame in short: a payload (sent as JSON text), or a kind with its data. */
export type Sent = object | readonly [kind: FrameKind, data: Uint8Array | string];

const MASK = Uint8Array.of(0x9a, 0x3c, 0x51, 0xe7);

/** Raw bytes of frames from one sender. */
export function socketBytes(sender: Sender, ...frames: readonly Sent[]): Buffer {
  return Buffer.concat(
    frames.map((frame) => {
      const [kind, data] = Array.isArray(frame)
        ? (frame as unknown as readonly [FrameKind, Uint8Array | string])
        : (['text', JSON.stringify(frame)] as const);
      return encodeFrame({ kind, data: Buffer.from(data) }, sender === 'client' ? MASK : undefined);
    }),
  );
}

/** Handshake of an uncompressed JSON connection, with changes. */
export function handshake(changes: Partial<Handshake> = {}): Handshake {
  return {
    atUs: 0,
    path: '/?v=10&encoding=json',
    upstreamUrl: 'wss://gateway.example/?v=10&encoding=json',
    transport: { version: 10, encoding: 'json', compress: 'none' },
    extensions: null,
    userAgent: 'agent/1',
    isClientTls: false,
    isUpstreamTls: true,
    upgradeStatus: 101,
    secrets: [],
    ...changes,
  };
}

/** Writes a list of tap events, with a clock of its own. */
export class TapScript {
  readonly events: TapEvent[] = [];
  #nowUs = 0;

  open(connection: number, changes: Partial<Handshake> = {}): this {
    return this.#add({ type: 'open', connection, handshake: handshake({ atUs: this.#tick(), ...changes }) });
  }

  client(connection: number, ...frames: readonly Sent[]): this {
    return this.bytes(connection, 'client', socketBytes('client', ...frames));
  }

  gateway(connection: number, ...frames: readonly Sent[]): this {
    return this.bytes(connection, 'gateway', socketBytes('gateway', ...frames));
  }

  bytes(connection: number, sender: Sender, bytes: Uint8Array): this {
    return this.#add({ type: 'chunk', connection, sender, atUs: this.#tick(), bytes });
  }

  converged(connection: number, gatewayFrameNo: number): this {
    return this.#add({ type: 'converged', connection, gatewayFrameNo });
  }

  gap(connection: number, sender: Sender, bytes: number): this {
    const fromUs = this.#tick();
    return this.#add({ type: 'gap', connection, sender, fromUs, untilUs: this.#tick(), bytes });
  }

  end(connection: number, changes: Partial<End> = {}): this {
    const end: End = { atUs: this.#tick(), endedBy: 'client', relayMode: 'verbatim', ...changes };
    return this.#add({ type: 'end', connection, end });
  }

  #add(event: TapEvent): this {
    this.events.push(event);
    return this;
  }

  #tick(): number {
    return (this.#nowUs += 1_000_000);
  }
}
