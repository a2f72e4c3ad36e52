/**
 * WebSockets of a mock, up to the first message: who may open one, in which version of the gateway, and how much a
 * message may hold. Source: Discord Docs/Gateway, "Connecting"; Discord Docs/Reference, "API Versioning".
 */
import { WebSocketServer, type ServerOptions } from 'ws';
import type { Log } from '../host.js';
import { visitorRefusal } from '../serving/visitors.js';

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
