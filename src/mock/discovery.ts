/**
 * Discovery: the mock's answers to `GET …/gateway` and `GET …/gateway/bot`.
 *
 * The URL has no query and no trailing slash, because libraries append theirs in every way there is.
 * Anything else is answered as Discord answers an unknown route. Source: Discord Docs/Gateway, "Get Gateway"
 * and "Get Gateway Bot".
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Facts that discovery hands out. */
export interface DiscoveryFacts {
  readonly gatewayUrl: string;
  /** Number of shards that the client is told to run. */
  readonly shards: number;
}

const ROUTE = /^(?:\/api)?(?:\/v\d+)?\/gateway(\/bot)?\/?(?:\?.*)?$/;
const DAY_MS = 86_400_000;

/** Answers one REST request. */
export function answerDiscovery(
  request: IncomingMessage,
  response: ServerResponse,
  facts: DiscoveryFacts,
): void {
  const match = ROUTE.exec(request.url ?? '');
  if (match === null || request.method !== 'GET') {
    answer(response, 404, { message: '404: Not Found', code: 0 });
    return;
  }
  const { gatewayUrl: url, shards } = facts;
  const limit = { total: 1000, remaining: 1000, reset_after: DAY_MS, max_concurrency: 1 };
  answer(response, 200, match[1] === undefined ? { url } : { url, shards, session_start_limit: limit });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
