/**
 * Connection: one WebSocket to a gateway, seen from the client: payloads in, payloads out.
 *
 * It asks for a transport in the URL and undoes it; what the payloads mean is for others. A message that
 * cannot be decoded ends the connection, because a client that skipped one would miss it silently.
 * Source: Discord Docs/Gateway, "Connecting" and "Encoding and Compression".
 */
import { WebSocket } from 'ws';
import { PayloadDecoder } from '../gateway/decoder.js';
import type { JsonValue, Payload } from '../gateway/payload.js';
import { transportToQuery, type Transport } from '../wire/transport.js';

/** What a connection reports. */
export interface ConnectionEvents {
  readonly onPayload: (payload: Payload, text: string) => void;
  /** Connection ended, or was never opened; comes once, last. `code` is null without a close frame. */
  readonly onClosed: (code: number | null, reason: string) => void;
}

const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;
const UNDECODABLE_CLOSE = 4002;

/** One connection; it opens by itself. */
export class GatewayConnection {
  readonly #ws: WebSocket;
  readonly #decoder: PayloadDecoder;
  readonly #events: ConnectionEvents;

  /** Dials `url`, a gateway URL without a query. */
  constructor(url: string, transport: Transport, events: ConnectionEvents) {
    this.#events = events;
    this.#decoder = new PayloadDecoder({
      sender: 'gateway',
      transport,
      extensions: null,
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
    });
    this.#ws = new WebSocket(`${url}?${transportToQuery(transport)}`, {
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
    });
    this.#ws.on('message', (data: Buffer, isBinary) => this.#message(data, isBinary));
    this.#ws.on('error', () => undefined); // 'close' follows
    this.#ws.on('close', (code, reason) => events.onClosed(codeOf(code), reason.toString()));
  }

  /** Sends a payload; one that comes before the connection is open or after it is gone is lost. */
  send(payload: { readonly op: number; readonly d: JsonValue }): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(payload));
  }

  /** Closes with a code, or cuts the connection off without a close frame. */
  close(code: number | null): void {
    if (code === null) this.#ws.terminate();
    else this.#ws.close(code);
  }

  #message(data: Buffer, isBinary: boolean): void {
    const kind = isBinary ? 'binary' : 'text';
    const frame = { kind, data, wireBytes: data.length, isDeflated: false, fault: null } as const;
    for (const decoded of this.#decoder.push(frame)) {
      if (decoded.status === 'ok') this.#events.onPayload(decoded, Buffer.from(decoded.bytes).toString());
      else if (decoded.status !== 'partial') this.close(UNDECODABLE_CLOSE);
    }
  }
}

// What `ws` makes up for an empty close frame (1005) and for none (1006) was never on the wire.
function codeOf(code: number): number | null {
  return code === 1005 || code === 1006 ? null : code;
}
