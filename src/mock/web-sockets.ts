/**
 * WebSockets of a mock, up to the first message: who may open one, in which version of the gateway, and how much a
 * message may hold. Source: Discord Docs/Gateway, "Connecting"; Discord Docs/Reference, "API Versioning".
 */
import { WebSocketServer, type ServerOptions } from 'ws';
import type { Log } from '../host.js';
import { visitorRefusal } from '../serving/visitors.js';
import type { Socket } from 'node:net';

/** Versions that the gateway still speaks, deprecated ones included. */
const VERSIONS: ReadonlySet<string> = new Set(['6', '7', '8', '9', '10']);
// Far over what a peer takes, which it answers with the gateway's own code; this only keeps memory in bounds.
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
// Some clients (seyfert) answer no close frame: they wait for TCP to end, which ws would let them do for 30 s.
const CLOSE_TIMEOUT_MS = 1_000;

/** What `ws` knows and its types do not. */
interface Options extends ServerOptions {
  readonly closeTimeout: number;
}

/** A server without a port of its own, for clients that are no web page, and for the pages of these origins. */
export function createWebSockets(
  ownNames: readonly string[],
  pages: readonly string[],
  log: Log,
): WebSocketServer {
  const options: Options = {
    noServer: true,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false, // the gateway does not take the extension
    maxPayload: MAX_MESSAGE_BYTES,
    verifyClient: ({ req }, decide) => {
      const refused = visitorRefusal(req.headers, ownNames, pages);
      if (refused !== null) log('warn', `refused a request: ${refused.reason}`);
      decide(refused === null, refused?.status, refused?.reason);
    },
  };
  return new WebSocketServer(options);
}

/** Whether the gateway speaks a version, or none was asked for. */
export function isVersionSpoken(version: string | null): boolean {
  return version === null || VERSIONS.has(version);
}

// Handshake gap: the time between the 101 and the first frame.
//
// Some clients (seyfert, cloudstorm) ignore what they read together with the 101, and no server can see when that has been
// read. So the first frame waits from the moment at which the 101 has left, and waits again where this process was late
// itself: then the machine is busy, and the client is late too. Discord's HELLO takes a round trip longer than that.

const GAP_MS = 20;
/** From this lateness of a timer on the machine counts as busy. */
const BUSY_MS = 10;
const MAX_WAITS = 10;

/** Resolves when a client has had the time to read the 101 alone, or is gone; `nowUs` is a clock. */
export async function leaveAlone(socket: Socket, nowUs: () => number): Promise<void> {
  await written(socket);
  for (let waits = 0; waits < MAX_WAITS && !socket.destroyed; waits += 1) {
    const beganAtUs = nowUs();
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
    await new Promise((resolve) => setImmediate(resolve)); // a client in this very process reads between the two
    if (nowUs() - beganAtUs < (GAP_MS + BUSY_MS) * 1_000) return;
  }
}

/** Resolves when everything that was written so far has left, or the connection is gone. */
export async function written(socket: Socket): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return;
  await new Promise<void>((resolve) => socket.write('', () => resolve()));
}
