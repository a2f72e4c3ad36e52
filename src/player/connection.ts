/**
 * Connection: one WebSocket to a gateway, seen from the client: payloads in, payloads out, as JSON texts.
 *
 * It asks for a transport in the URL and undoes it; it does not interpret payloads. A message that
 * cannot be decoded ends the connection, because a client that skipped one would miss it silently.
 * Source: Discord Docs/Gateway, "Connecting" and "Encoding and Compression".
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { isSendable } from '../gateway/close-codes.js';
import { PayloadDecoder } from '../gateway/decode/decoder.js';
import type { JsonValue, Payload } from '../gateway/payload.js';
import { encodeEtf } from '../wire/etf/encode.js';
import { transportToQuery, type Transport } from '../wire/transport.js';

/** Callbacks of a connection. */
export interface ConnectionEvents {
  readonly onOpened: () => void;
  readonly onPayload: (payload: Payload, text: string) => void;
  /**
   * Connection ended; called once, last. `code` is null without a close frame; `wasOpen` is false if it never opened.
   */
  readonly onClosed: (code: number | null, wasOpen: boolean) => void;
}

const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;
// Limit for the other side to answer a close before it is cut off.
const CLOSE_WITHIN_MS = 2000;
const UNDECODABLE_CLOSE = 4002;

/** One connection; it opens by itself. */
export class GatewayConnection {
  readonly #ws: WebSocket;
  readonly #decoder: PayloadDecoder;
  readonly #events: ConnectionEvents;
  readonly #isEtf: boolean;
  #socket: Socket | null = null; // once it is a WebSocket
  #early: string[] | null = []; // payloads to send when the connection is open

  /** Dials `url`, a gateway URL without a query. */
  constructor(url: string, transport: Transport, events: ConnectionEvents) {
    this.#events = events;
    this.#isEtf = transport.encoding === 'etf';
    this.#decoder = new PayloadDecoder({
      sender: 'gateway',
      transport,
      extensions: null,
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
    });
    const options = {
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      closeTimeout: CLOSE_WITHIN_MS,
    };
    this.#ws = new WebSocket(`${url}?${transportToQuery(transport)}`, options);
    this.#ws.on('message', (data: Buffer, isBinary) => this.#message(data, isBinary));
    this.#ws.on('upgrade', ({ socket }: IncomingMessage) => (this.#socket = socket));
    this.#ws.on('open', () => this.#open());
    this.#ws.on('error', () => undefined); // 'close' follows
    this.#ws.on('close', (code) => events.onClosed(toSentCode(code), this.#early === null));
  }

  /** Sends a payload, at once or when the connection is open; after its end the payload is dropped. */
  send(text: string): void {
    if (this.#early !== null) this.#early.push(text);
    else if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(this.#encode(text));
  }

  /** Closes with a code, or ends TCP if a frame cannot hold the code. The end is reported when the gateway knows. */
  close(code: number | null): void {
    if (code !== null && isSendable(code)) this.#ws.close(code);
    else if (this.#socket === null) this.#ws.terminate();
    else this.#socket.setTimeout(CLOSE_WITHIN_MS, () => this.#ws.terminate()).end();
  }

  #open(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const text of early) this.send(text);
    this.#events.onOpened();
  }

  #encode(text: string): string | Uint8Array {
    return this.#isEtf ? encodeEtf(JSON.parse(text) as JsonValue) : text;
  }

  #message(data: Buffer, isBinary: boolean): void {
    const kind = isBinary ? 'binary' : 'text';
    const frame = { kind, data, wireBytes: data.length, isDeflated: false, error: null } as const;
    for (const decoded of this.#decoder.push(frame)) {
      if (decoded.status === 'ok') this.#events.onPayload(decoded, Buffer.from(decoded.bytes).toString());
      else if (decoded.status !== 'partial') this.close(UNDECODABLE_CLOSE);
    }
  }
}

// The codes that `ws` reports for an empty close frame (1005) and for a missing one (1006) were never on the wire.
function toSentCode(code: number): number | null {
  return code === 1005 || code === 1006 ? null : code;
}
