/**
 * Handshake: facts for the recording out of a client's upgrade request and the upstream's answer.
 *
 * Secrets are taken out here: header values go into `secrets` and are masked wherever they occur. Values of token-like
 * query parameters never become part of a path.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Handshake } from '../capture/tap.js';
import { decodeField, readFields, mapFields } from '../gateway/redact/fields.js';
import { isSecret, RedactionTree } from '../gateway/redact/tree.js';
import { transportFromQuery, type Transport } from '../wire/transport.js';

const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'x-discord-mfa-authorization'] as const;
/**
 * Detects secrets by the names of parameters, whatever the redaction settings are. Made with the first upgrade, as that takes
 * 3 ms of a start.
 */
let tree: RedactionTree | null = null;
// A shorter cookie value, such as `1` or `en-US`, would match, and be masked, all over the payloads.
const MIN_COOKIE_SECRET = 8;

/** The used part of an upgrade request. */
export interface UpgradeRequest {
  readonly headers: IncomingHttpHeaders;
  /** Socket that the request came in by. */
  readonly socket: unknown;
}

/** Facts that only the code that answered the upgrade knows. */
export interface UpgradeOutcome {
  readonly atUs: number;
  /** URL that was dialled, or an empty string if none was dialled. */
  readonly upstreamUrl: string;
  /** Status sent to the client. */
  readonly upgradeStatus: number;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
}

/** Facts of an upgrade; `target` is path and query as the client sent them. */
export function makeHandshake(request: UpgradeRequest, target: string, outcome: UpgradeOutcome): Handshake {
  return {
    ...outcome,
    path: maskSecretFields(target),
    upstreamUrl: maskSecretFields(outcome.upstreamUrl),
    transport: readTransport(target),
    userAgent: request.headers['user-agent'] ?? null,
    isClientTls: request.socket instanceof TLSSocket,
    isUpstreamTls: outcome.upstreamUrl.startsWith('wss:'),
    secrets: [...readHeaderSecrets(request.headers), ...readQuerySecrets(target)],
  };
}

/** Gateway parameters in a request target. */
export function readTransport(target: string): Transport {
  const at = target.indexOf('?');
  return transportFromQuery(new URLSearchParams(at === -1 ? '' : target.slice(at)));
}

function maskSecretFields(target: string): string {
  return mapFields(target, ({ name }) => (isSecretField(name) ? 'redacted' : null));
}

function readQuerySecrets(target: string): string[] {
  return [...readFields(target)]
    .filter(({ name }) => isSecretField(name))
    .flatMap(({ value }) => [...new Set([value, decodeField(value)])]);
}

function isSecretField(name: string): boolean {
  tree ??= new RedactionTree(new Set(['S', 'I'] as const));
  return isSecret(tree.findMeaning(name, '', 'field'));
}

/** Values of the headers that hold credentials. */
export function readHeaderSecrets(headers: IncomingHttpHeaders): string[] {
  const secrets: string[] = [];
  for (const name of SECRET_HEADERS) {
    const value = headers[name];
    if (typeof value !== 'string' || value === '') continue;
    // With and without the scheme: `Bot TOKEN` here can be `TOKEN` in IDENTIFY.
    secrets.push(value, value.slice(value.indexOf(' ') + 1));
  }
  for (const cookie of (headers.cookie ?? '').split(';')) {
    const value = cookie.slice(cookie.indexOf('=') + 1).trim();
    if (value.length >= MIN_COOKIE_SECRET) secrets.push(value);
  }
  return [...new Set(secrets)];
}
