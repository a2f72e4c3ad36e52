/**
 * Discovery: the mock's answers to `GET /gateway` and `GET /gateway/bot`.
 *
 * The URL has no query and no trailing slash, because libraries append theirs in every way there is.
 * Source: Discord Docs/Gateway, "Get Gateway" and "Get Gateway Bot".
 */

/** Facts that discovery hands out. */
export interface DiscoveryAddress {
  readonly gatewayUrl: string;
  /** Number of shards that the client is told to run. */
  readonly shards: number;
  /** How many of them may identify within five seconds. */
  readonly maxConcurrency: number;
}

const ROUTE = /^(?:\/v\d+)?\/gateway(\/bot)?\/?(?:\?.*)?$/;
const DAY_MS = 86_400_000;

/** Answer to a request below the API base, as a value for JSON, or null when it asks for something else. */
export function discover(method: string, path: string, facts: DiscoveryAddress): object | null {
  const match = ROUTE.exec(path);
  if (match === null || method !== 'GET') return null;
  const { gatewayUrl: url, shards, maxConcurrency } = facts;
  const limit = { total: 1000, remaining: 1000, reset_after: DAY_MS, max_concurrency: maxConcurrency };
  return match[1] === undefined ? { url } : { url, shards, session_start_limit: limit };
}
