/**
 * WebSockets of a mock, up to the first message: permitted clients, permitted gateway versions, and the limit of a
 * message's size. Source: Discord Docs/Gateway, "Connecting"; Discord Docs/Reference, "API Versioning".
 */
import { WebSocketServer, type ServerOptions } from 'ws';
import type { Log } from '../host.js';
import { visitorRefusal } from '../serving/visitors.js';
import type { Socket } from 'node:net';

/** Versions that the gateway supports, including deprecated ones. */
const VERSIONS: ReadonlySet<string> = new Set(['6', '7', '8', '9', '10']);
// Far above the limit of a peer, which answers with the gateway's own close code; this only bounds memory.
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
// Some clients (seyfert) answer no close frame but wait for TCP to end, which ws delays by 30 s.
const CLOSE_TIMEOUT_MS = 1_000;

/** Properties of `ws` that its types omit. */
interface Options extends ServerOptions {
  readonly closeTimeout: number;
}

/** A server without its own port, for clients that are not web pages, and for pages of these origins. */
export function createWebSockets(
  ownNames: readonly string[],
  pages: readonly string[],
  log: Log,
): WebSocketServer {
  const options: Options = {
    noServer: true,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false, // the gateway does not support the extension
    maxPayload: MAX_MESSAGE_BYTES,
    verifyClient: ({ req }, decide) => {
      const refused = visitorRefusal(req.headers, ownNames, pages);
      if (refused !== null) log('warn', `refused a request: ${refused.reason}`, 'request_refused');
      decide(refused === null, refused?.status, refused?.reason);
    },
  };
  return new WebSocketServer(options);
}

/** Whether the gateway supports the version, or the client named none. */
export function isVersionSpoken(version: string | null): boolean {
  return version === null || VERSIONS.has(version);
}

const GAP_MS = 20;
/** From this timer delay on the machine counts as busy. */
const BUSY_MS = 10;
const MAX_WAITS = 10;

/**
 * Resolves when a client has had time to read the 101 alone, or is gone; `nowUs` is a clock.
 *
 * Some clients (seyfert, cloudstorm) ignore bytes that they read together with the 101, and a server cannot see when
 * the 101 was read. So the first frame waits from the moment when the 101 has left. It waits again if this process was
 * late itself: then the machine is busy, and the client is late too. Discord's HELLO takes a round trip longer than
 * that.
 */
export async function leaveAlone(socket: Socket, nowUs: () => number): Promise<void> {
  await written(socket);
  for (let waits = 0; waits < MAX_WAITS && !socket.destroyed; waits += 1) {
    const beganAtUs = nowUs();
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
    await new Promise((resolve) => setImmediate(resolve)); // a client in this process reads between the two
    if (nowUs() - beganAtUs < (GAP_MS + BUSY_MS) * 1_000) return;
  }
}

/** Resolves when all bytes written so far have left, or the connection is gone. */
export async function written(socket: Socket): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return;
  await new Promise<void>((resolve) => socket.write('', () => resolve()));
}
