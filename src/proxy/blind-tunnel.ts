/**
 * Blind tunnels: a client and a host that is not inspected, joined by two relay directions that record nothing.
 *
 *   client ──CONNECT──► dial ──connected──► 200 to the client ──► relay, both ways
 *                        └── fault: 502     client left: the dial ends
 *
 * Bytes that the client sends meanwhile are kept, in order. Ends are mirrored as in a link. Source: RFC 9110 section
 * 9.3.6.
 */
import { NO_BYTES } from '../wire/no-bytes.js';
import { connect, type Socket } from 'node:net';
import type { Host } from '../host.js';
import { refuseSocket } from './answer.js';
import { EarlyBytes } from './early-bytes.js';
import { describeDialError, type SocketOptions } from './dialling.js';
import { withoutBrackets } from './hosts.js';
import { RelayDirection, type RelayDirectionOptions, prepareForRelay } from './relay-direction.js';

/** Answer to a CONNECT that succeeded. */
export const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';
/** Limit for name lookup and connect. */
const DIAL_MS = 10_000;
const HTTPS_PORT = 443;

/** Accepts relayed bytes and drops them. */
const NO_TAP: RelayDirectionOptions['tap'] = {
  chunk: () => true,
  converged: () => undefined,
  whenDrained: (resume) => resume(),
};

/** All blind tunnels of a proxy. */
export class BlindTunnels {
  readonly #host: Host;
  readonly #socketOptions: Pick<SocketOptions, 'lookup'>;
  readonly #dialMs: number;
  /** Sockets to hosts, including those that are still connecting. */
  readonly #hosts = new Set<Socket>();

  constructor(host: Host, socketOptions: Pick<SocketOptions, 'lookup'>, dialMs = DIAL_MS) {
    this.#host = host;
    this.#socketOptions = socketOptions;
    this.#dialMs = dialMs;
  }

  /** Takes over a socket whose client asked for `origin`; `head` is the bytes that followed the request. */
  open(origin: URL, client: Socket, head: Uint8Array): void {
    const early = new EarlyBytes(client, head);
    const remote = this.#dial(origin);
    const timeout = new Error(`no answer within ${this.#dialMs} ms`);
    const overdue = setTimeout(() => remote.destroy(timeout), this.#dialMs);
    const leave = (): void => {
      remote.destroy();
      client.destroy();
    };
    // A client that has sent something may wait for the answer to it.
    const leaveIfSilent = (): void => {
      if (early.isEmpty) leave();
    };
    const settle = (): void => {
      clearTimeout(overdue);
      client.off('end', leaveIfSilent).off('close', leave);
      remote.off('error', giveUp);
    };
    const giveUp = (error: Error): void => {
      settle();
      const reason = `${origin.hostname} ${describeDialError(error)}`;
      this.#host.log('warn', reason, 'tunnel_failed');
      early.discard();
      refuseSocket(client, 502, reason);
    };
    client.once('end', leaveIfSilent).once('close', leave);
    remote.once('close', settle).once('error', giveUp);
    remote.once('connect', () => {
      settle();
      this.#join(client, remote, early);
    });
  }

  /** Destroys the sockets to all hosts. The HTTP server owns the clients' sockets. */
  close(): void {
    for (const socket of this.#hosts) socket.destroy();
  }

  #dial(origin: URL): Socket {
    const socket = connect({
      host: withoutBrackets(origin.hostname),
      port: origin.port === '' ? HTTPS_PORT : Number(origin.port),
      lookup: this.#socketOptions.lookup,
      allowHalfOpen: true,
    });
    this.#hosts.add(socket);
    return socket.on('error', () => undefined).once('close', () => this.#hosts.delete(socket));
  }

  #join(client: Socket, remote: Socket, early: EarlyBytes): void {
    for (const socket of [client, remote]) prepareForRelay(socket);
    const head = Buffer.concat(early.take());
    const { nowUs } = this.#host;
    const shared = {
      readBuffer: null,
      rewriter: null,
      connection: 0,
      tap: NO_TAP,
      nowUs,
      onEnded: () => undefined,
    };
    const fromClient = new RelayDirection({
      ...shared,
      source: client,
      destination: remote,
      sender: 'client',
    });
    const fromHost = new RelayDirection({
      ...shared,
      source: remote,
      destination: client,
      sender: 'gateway',
    });
    client.write(ESTABLISHED);
    // Only after the bytes that arrived meanwhile were read, as for a link.
    setImmediate(() => {
      fromHost.start(NO_BYTES);
      fromClient.start(head);
    });
  }
}
