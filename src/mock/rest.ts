/**
 * REST: HTTP requests to the mock, each answered at once and remembered.
 *
 *   request ─► body ─► answer ─► response      and a `RestCall` for the test
 *
 * This is the shell; what is answered is decided elsewhere. Anything unknown is answered as Discord answers an
 * unknown route. Source: Discord Docs/Reference, "Error Messages".
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonValue } from '../gateway/payload.js';
import type { Host } from '../host.js';
import { discover, type DiscoveryFacts } from './discovery.js';
import type { RestCall } from './gateway.js';

// Discord takes 25 MiB with attachments from a bot; whatever is longer is cut off here.
const MAX_BODY_BYTES = 32 * 1024 * 1024;

interface Answer extends Pick<RestCall, 'status' | 'origin'> {
  readonly type: string;
  readonly text: string;
}

// What Discord's edge says while there is nothing behind it.
const UNAVAILABLE: Answer = {
  status: 503,
  origin: 'made',
  type: 'text/plain',
  text: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
};

/** REST side of a mock. */
export class MockRest {
  readonly #host: Host;
  readonly #facts: DiscoveryFacts;
  readonly #isRefusing: () => boolean;
  readonly #calls: RestCall[] = [];

  /** `isRefusing` is asked once for each request: whether it is answered with 503. */
  constructor(host: Host, facts: DiscoveryFacts, isRefusing: () => boolean) {
    this.#host = host;
    this.#facts = facts;
    this.#isRefusing = isRefusing;
  }

  /** Calls so far, in the order in which they were answered. */
  get calls(): readonly RestCall[] {
    return [...this.#calls];
  }

  /** Answers one request. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    readBody(request).then(
      (body) => this.#answer(request, response, body),
      () => response.destroy(), // the client went away, or sends without end
    );
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method = 'GET', url = '/' } = request;
    const path = belowApi(url);
    const found = this.#isRefusing() ? UNAVAILABLE : answerOf(discover(method, path, this.#facts));
    const { status, origin, type, text } = found;
    this.#calls.push({ atUs: this.#host.nowUs(), method, path, body: readValue(body), status, origin });
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  }
}

function answerOf(found: object | null): Answer {
  const text = JSON.stringify(found ?? { message: '404: Not Found', code: 0 });
  const [status, origin] = found === null ? ([404, 'unknown'] as const) : ([200, 'made'] as const);
  return { status, origin, type: 'application/json', text };
}

/** Path and query below the API base, which is `/api` or nothing. */
function belowApi(url: string): string {
  const below = /^\/api(?=[/?]|$)/.test(url) ? url.slice('/api'.length) : url;
  return below.startsWith('/') ? below : `/${below}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error('the body is too long');
  }
  return Buffer.concat(chunks);
}

function readValue(body: Buffer): JsonValue {
  if (body.length === 0) return null;
  const text = body.toString();
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
