/**
 * TLS front: detects TLS or plain HTTP by the first byte of a socket, removes TLS, and passes the socket on to the HTTP
 * server, which needs no distinction.
 *
 *   socket ──first byte──► 0x16: TLS, with a certificate for the name it asks for ──► HTTP server
 *                          anything else ──────────────────────────────────────────►
 *
 * So `ws://` and `wss://` share a port. HTTP/1.1 only, because the WebSocket upgrade is part of it. Source: RFC 8446
 * section 5.1, RFC 6066 section 3 (server name), RFC 7301 (ALPN).
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Log } from '../host.js';
import { dropAfter } from './answer.js';

/** A certificate with its chain and its key, in PEM. */
export interface ShownCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Certificate to show to a client that asks for `host`, or for no host if null: the host's, or the proxy's own.
 * Returns the same object while the certificate is the same.
 */
export type CertificateFor = (host: string | null) => ShownCertificate;

/** First byte of a TLS handshake record. */
export const TLS_HANDSHAKE = 0x16;
/** Limit from a client's connection to the end of its handshake, also while it sends data. */
const HANDSHAKE_MS = 30_000;

/** The front of one HTTP server. */
export class TlsFront {
  readonly #server: Server;
  readonly #certificateFor: CertificateFor;
  readonly #log: Log;
  readonly #handshakeMs: number;
  readonly #contexts = new WeakMap<ShownCertificate, SecureContext>();

  constructor(server: Server, certificateFor: CertificateFor, log: Log, handshakeMs = HANDSHAKE_MS) {
    this.#server = server;
    this.#certificateFor = certificateFor;
    this.#log = log;
    this.#handshakeMs = handshakeMs;
  }

  /**
   * Takes a socket over as soon as its client sends a byte. `host` is the host that the client wants; null if only its
   * handshake names it. `onSocket` gets the socket just before the HTTP server does.
   */
  accept(socket: Socket, host: string | null, onSocket: (socket: Socket) => void = () => undefined): void {
    const drop = (): void => void socket.destroy();
    const timer = dropAfter(socket, this.#handshakeMs);
    const pass = (served: Socket): void => {
      clearTimeout(timer);
      onSocket(served);
      this.#server.emit('connection', served);
    };
    socket.on('error', drop);
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        drop();
        return;
      }
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) this.#secure(socket, host, pass);
      else pass(socket);
    });
  }

  #secure(socket: Socket, host: string | null, pass: (served: Socket) => void): void {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#getContext(host),
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, this.#getContext(host ?? name)),
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      this.#log(
        'warn',
        `a client broke the TLS handshake off (${error.code ?? error.message})`,
        'tls_handshake_failed',
      );
      secured.destroy();
    };
    const leave = (): void => void secured.destroy();
    secured.on('error', fail).once('end', leave);
    secured.once('secure', () => {
      secured
        .off('end', leave)
        .off('error', fail)
        .on('error', () => undefined);
      pass(secured);
    });
  }

  #getContext(host: string | null): SecureContext {
    const shown = this.#certificateFor(host);
    const context = this.#contexts.get(shown) ?? createSecureContext(shown);
    this.#contexts.set(shown, context);
    return context;
  }
}
