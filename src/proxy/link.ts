/**
 * Link: one relayed connection, client socket and upstream socket joined by two relay directions.
 *
 * After the upgrade it relays raw bytes both ways. It does not parse or re-frame, so masks, fragments, pings, close
 * codes and compression contexts pass exactly as sent. It notifies the tap when the connection has ended.
 */
import type { Socket } from 'node:net';
import type { RelayMode } from '../capture/records.js';
import type { End, RelayRemark, Tap } from '../capture/tap.js';
import type { GatewayRewriter } from '../gateway/rewrite/rewriter.js';
import { REWRITE_FAILURES } from '../gateway/rewrite/failures.js';
import type { Sender } from '../wire/frame.js';
import type { ReadBuffer } from './read-buffer.js';
import { RelayDirection, type RelayDirectionOptions, prepareForRelay } from './relay-direction.js';

/** Parts of a link. */
export interface LinkOptions {
  readonly client: Socket;
  readonly gateway: Socket;
  /** Source of the gateway's bytes. */
  readonly readBuffer: ReadBuffer;
  /** Key of the connection at the tap. */
  readonly connection: number;
  readonly tap: Tap;
  readonly nowUs: () => number;
  /** Changes the bytes sent to the client; null if the link rewrites nothing. */
  readonly rewriter: GatewayRewriter | null;
}

// How long a stopping proxy waits for slow peers to take what was relayed.
const CLOSE_MS = 1_000;

/** One relayed connection. */
export class Link {
  readonly #options: LinkOptions;
  readonly #fromClient: RelayDirection;
  readonly #fromGateway: RelayDirection;
  #endedBy: End['endedBy'] | null = null;
  #openSockets = 2;
  #isClosing = false;
  /** Resolves when both sockets are closed and the tap was notified. */
  readonly closed: Promise<void>;
  #settleClosed: () => void = () => undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const { client, gateway, readBuffer: readBuffer, rewriter } = options;
    for (const socket of [client, gateway]) {
      prepareForRelay(socket);
      socket.once('close', () => this.#closeOne());
    }
    this.#fromClient = this.#openDirection({
      source: client,
      readBuffer: null,
      destination: gateway,
      sender: 'client',
      rewriter: null,
    });
    this.#fromGateway = this.#openDirection({
      source: gateway,
      readBuffer,
      destination: client,
      sender: 'gateway',
      rewriter,
    });
  }

  /** Starts the relay. The heads are the bytes that arrived together with the two halves of the handshake. */
  start(clientHead: Uint8Array, gatewayHead: Uint8Array): void {
    // Both sockets may be closed already, and the tap notified.
    if (this.#openSockets === 0 || this.#isClosing) return;
    this.#fromGateway.start(gatewayHead);
    this.#fromClient.start(clientHead);
  }

  /** Ends the connection from the proxy's side, after the relayed bytes were sent. */
  close(): Promise<void> {
    this.#endedBy ??= 'proxy';
    this.#isClosing = true;
    for (const direction of [this.#fromClient, this.#fromGateway]) {
      direction.stop();
      setTimeout(() => direction.abandon(), CLOSE_MS).unref();
    }
    return this.closed;
  }

  #openDirection(
    part: Omit<RelayDirectionOptions, 'connection' | 'tap' | 'nowUs' | 'onEnded'>,
  ): RelayDirection {
    const { connection, tap, nowUs } = this.#options;
    const onEnded = (): void => {
      this.#endedBy ??= part.sender;
    };
    return new RelayDirection({ ...part, connection, tap, nowUs, onEnded });
  }

  /** Bytes of a sender that are recorded but were not relayed to the other side. */
  #undelivered(sender: Sender): RelayRemark[] {
    const { undeliveredBytes } = sender === 'client' ? this.#fromClient : this.#fromGateway;
    if (undeliveredBytes === 0) return [];
    const detail = `at least ${undeliveredBytes} bytes of the ${sender} were still to be sent when the other side was gone`;
    return [{ name: 'undelivered_bytes', detail }];
  }

  #closeOne(): void {
    this.#openSockets -= 1;
    if (this.#openSockets > 0) return;
    const { tap, connection, nowUs, rewriter } = this.#options;
    rewriter?.end();
    const remarks = [...givenUp(rewriter), ...this.#undelivered('client'), ...this.#undelivered('gateway')];
    tap.end(connection, {
      atUs: nowUs(),
      endedBy: this.#endedBy ?? 'proxy',
      relayMode: readRelayMode(rewriter),
      ...(remarks.length === 0 ? {} : { remarks }),
    });
    this.#settleClosed();
  }
}

function readRelayMode(rewriter: GatewayRewriter | null): RelayMode {
  if (rewriter?.isChanged !== true) return 'verbatim';
  return rewriter.convergedFrameNo === null ? 'reencoded' : 'converged';
}

function givenUp(rewriter: GatewayRewriter | null): RelayRemark[] {
  const fault = rewriter?.fault ?? null;
  return fault === null ? [] : [{ name: 'rewrite_given_up', detail: REWRITE_FAILURES[fault] }];
}
