/**
 * Upgrade: one client's request for a WebSocket, from the request to a running link or a refusal.
 *
 *   client ──upgrade──► may its host be dialled? ──► dial ──101──► 101 to the client ──► link
 *                         └── no: 403                 └── anything else: passed on, or 502, 504
 *
 * The client is answered only after the upstream has answered. Bytes that it sends meanwhile are kept, in order. If it
 * closes its socket or its half of it, the dial ends. Every outcome is tapped. No log line holds a path, a query or a
 * header.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { End, Handshake, Tap } from '../capture/tap.js';
import { GatewayRewriter, RewriteShare } from '../gateway/rewrite/rewriter.js';
import type { Host } from '../host.js';
import { passOn, refuseSocket, switchingHead } from './answer.js';
import type { Destination } from './access.js';
import { FailureRows } from './failure-rows.js';
import { makeHandshake, readTransport } from './handshake.js';
import { chooseUpstream, type HostRules, throughProxy } from './hosts.js';
import { EarlyBytes } from './early-bytes.js';
import { SpareBuffers } from './read-buffer.js';
import { Link } from './link.js';
import type { SocketOptions } from './dialling.js';
import { dial, type Dialled } from './upstream.js';
import { plainWhereUnknown, type Transport } from '../wire/transport.js';
import { readUrl } from '../wire/url.js';

/** Parts that all upgrades of a proxy share. */
export interface UpgradeOptions {
  readonly host: Host;
  readonly tap: Tap;
  readonly rules: HostRules;
  /** False if the proxy passes READY unchanged. */
  readonly isRewriting: boolean;
  readonly socketOptions: SocketOptions;
  /** Limit for an upstream's answer to the upgrade. */
  readonly dialTimeoutMs: number;
  /** Gateway URL of the proxy as this client reaches it. */
  readonly makeGatewayUrl: (request: IncomingMessage) => string;
}

/** One client's request and its target. */
interface Caller {
  readonly request: IncomingMessage;
  readonly destination: Destination;
  readonly socket: Socket;
  /** Bytes that followed the request. */
  readonly early: EarlyBytes;
}

/** An upgrade without a link. */
interface Failure extends Pick<End, 'endedBy'> {
  readonly handshake: Handshake;
}

// Status that servers log if a client left before it was answered; no standard defines one.
const CLIENT_LEFT = 499;

const UNKNOWN_TRANSPORT =
  'a client asks for an encoding or a compression that is not documented: its gateway is taken to speak plain JSON';

// Delay before the first forwarded byte: some clients (seyfert) drop the bytes that they read together with the 101.
const ALONE_MS = 5;

/** All upgrades of a proxy, and the links that resulted. */
export class Upgrades {
  readonly #options: UpgradeOptions;
  readonly #links = new Set<Link>();
  readonly #share = new RewriteShare();
  readonly #spare = new SpareBuffers();
  readonly #failures: FailureRows<Failure>;
  /** Answers in progress. */
  readonly #pending = new Set<Promise<void>>();
  #isClosing = false;

  constructor(options: UpgradeOptions) {
    this.#options = options;
    this.#failures = new FailureRows((failure, lastAtUs, repeats) =>
      this.#recordFailure(failure, lastAtUs, repeats),
    );
  }

  /** Number of open connections. */
  get linkCount(): number {
    return this.#links.size;
  }

  /** Takes over a socket on which a client asked for an upgrade. */
  accept(request: IncomingMessage, destination: Destination, socket: Socket, head: Buffer): void {
    socket.on('error', () => undefined);
    socket.setTimeout(0);
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      refuseSocket(socket, 400, 'the only upgrade here is to websocket');
      return;
    }
    const settled = this.#answer({ request, destination, socket, early: new EarlyBytes(socket, head) });
    this.#pending.add(settled);
    void settled.then(() => this.#pending.delete(settled));
  }

  /** Ends all links and prevents new ones. Resolves after the tap was notified of their ends. */
  async closeLinks(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#links].map((link) => link.close()));
  }

  /** Resolves when both legs of every connection so far have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#pending);
    await Promise.all([...this.#links].map((link) => link.closed));
  }

  /** Resolves when every request so far has its outcome, and the tap was notified of it. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
    this.#failures.close();
  }

  async #answer(caller: Caller): Promise<void> {
    const { host, rules, socketOptions: socketOptions, dialTimeoutMs } = this.#options;
    const { request, destination, socket } = caller;
    const url = chooseGateway(destination, rules);
    if (url === null) {
      host.log(
        'warn',
        'refused to dial a host that is neither the upstream’s own nor allowed',
        'dial_refused',
      );
      this.#tapFailure(caller, '', 403, 'proxy');
      caller.early.discard();
      refuseSocket(socket, 403, 'this host may not be dialled');
      return;
    }
    const call = dial(url, request, { socketOptions, spare: this.#spare, timeoutMs: dialTimeoutMs });
    // A client that has ended its half after more bytes still waits for what they lead to.
    const end = (): void => {
      if (caller.early.isEmpty) call.abandon();
    };
    socket.once('end', end).once('close', call.abandon);
    const dialled = await call.outcome;
    socket.off('end', end).off('close', call.abandon);
    const hasEnded = socket.readableEnded && caller.early.isEmpty;
    const hasLeft = socket.destroyed || (hasEnded && dialled.type !== 'open');
    if (hasLeft || this.#isClosing) this.#abandon(caller, url, dialled);
    else if (dialled.type === 'open') this.#open(caller, url, dialled);
    else this.#pass(caller, url, dialled);
  }

  /** The client left while the upstream was being dialled. */
  #abandon(caller: Caller, url: string, dialled: Dialled): void {
    this.#tapFailure(caller, url, CLIENT_LEFT, 'client');
    caller.socket.destroy();
    if (dialled.type === 'open') dialled.socket.on('error', () => undefined).destroy();
    if (dialled.type === 'refused') dialled.response.destroy();
  }

  #open(caller: Caller, url: string, dialled: Extract<Dialled, { type: 'open' }>): void {
    const { host, tap } = this.#options;
    const { response, socket: gateway, readBuffer: readBuffer } = dialled;
    const extensions = response.headers['sec-websocket-extensions'] ?? null;
    const outcome = { atUs: host.nowUs(), upstreamUrl: url, upgradeStatus: 101, extensions };
    const early = Buffer.concat(caller.early.take());
    const link = new Link({
      client: caller.socket,
      gateway,
      readBuffer,
      connection: tap.open(makeHandshake(caller.request, caller.destination.target, outcome)),
      tap,
      nowUs: host.nowUs,
      rewriter: this.#createRewriter(caller, extensions),
    });
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    caller.socket.write(switchingHead(response), 'latin1');
    // Only after the bytes that arrived meanwhile were read: a write to a socket that its peer has reset discards them.
    setTimeout(() => setImmediate(() => link.start(early, dialled.head)), ALONE_MS);
  }

  #createRewriter({ request, destination }: Caller, extensions: string | null): GatewayRewriter | null {
    const { host, rules, isRewriting, makeGatewayUrl: gatewayUrlFor } = this.#options;
    // A client that dialled the gateway by its own name can resume there without a rewrite.
    if (!isRewriting || destination.origin !== null) return null;
    const proxyUrl = gatewayUrlFor(request);
    return new GatewayRewriter({
      transport: this.#spokenTransport(destination.target),
      extensions,
      share: this.#share,
      rewriteUrl: (url) => {
        const rewritten = throughProxy(url, proxyUrl, rules);
        if (rewritten === null) {
          host.log(
            'warn',
            'READY names a host that may not be dialled: resumes will go past the proxy',
            'resume_host_refused',
          );
        }
        return rewritten;
      },
    });
  }

  /** Transport of a connection: plain JSON if the URL asks for an undocumented one. */
  #spokenTransport(target: string): Transport {
    const asked = readTransport(target);
    const spoken = plainWhereUnknown(asked);
    if (spoken !== asked) this.#options.host.log('warn', UNKNOWN_TRANSPORT, 'transport_unknown');
    return spoken;
  }

  /** Passes the upstream's answer to the client, or an error if there was no answer. */
  #pass(caller: Caller, url: string, dialled: Exclude<Dialled, { type: 'open' }>): void {
    const { log } = this.#options.host;
    caller.early.discard();
    if (dialled.type === 'refused') {
      const status = dialled.response.statusCode ?? 502;
      log(
        'warn',
        `the upstream ${readUrl(url)?.host ?? ''} answered the upgrade with ${status}`,
        'upgrade_refused',
      );
      this.#tapFailure(caller, url, status, 'gateway');
      passOn(dialled.response, caller.socket);
    } else {
      log('warn', `the upstream ${dialled.reason}`, 'upstream_failed');
      this.#tapFailure(caller, url, dialled.status, 'proxy');
      refuseSocket(caller.socket, dialled.status, `the upstream ${dialled.reason}`);
    }
  }

  #tapFailure(
    { request, destination: { target } }: Caller,
    upstreamUrl: string,
    upgradeStatus: number,
    endedBy: End['endedBy'],
  ): void {
    const atUs = this.#options.host.nowUs();
    const handshake = makeHandshake(request, target, { atUs, upstreamUrl, upgradeStatus, extensions: null });
    const kind = `${upgradeStatus} ${upstreamUrl.split('?')[0] ?? ''}`;
    this.#failures.add(kind, { handshake, endedBy }, atUs);
  }

  #recordFailure({ handshake, endedBy }: Failure, atUs: number, repeats: number): void {
    const { tap } = this.#options;
    tap.end(tap.open(handshake), { atUs, endedBy, relayMode: 'verbatim', repeats });
  }
}

/** URL to dial: at the named origin, or as the path says; null for a host that may not be dialled. */
function chooseGateway({ origin, target }: Destination, rules: HostRules): string | null {
  return origin === null ? chooseUpstream(target, rules) : origin.origin.replace('http', 'ws') + target;
}
