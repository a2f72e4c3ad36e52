/**
 * Services: detects a WebSocket's protocol by its host, its URL and its first messages. Only gateways are imported:
 * voice connections and remote auth have keys in their messages, and other sites are out of scope.
 *
 * Source: Discord Docs/Voice Connections; Discord Docs/RPC; hosts as seen in recordings of the client.
 */
import { asInteger, asObject, toPayload } from '../../../gateway/payload.js';
import { interceptedHosts, isIntercepted } from '../../../proxy/hosts.js';
import { parseJson } from '../../../replay/tape/line.js';

/** Kind of a WebSocket; null if it is not Discord's. */
export type Service = 'gateway' | 'voice' | 'remoteAuth' | 'rpc' | null;

const GATEWAY = new URL('wss://gateway.discord.gg');
const VOICE_HOST = /(?:^|\.)discord\.media$/;
const REMOTE_AUTH_HOST = /^remote-auth-gateway(?:[.-]|$)/;
/** Number of messages that are examined. */
const LOOKED_AT = 8;
const HEARTBEAT = 1;
/** HELLO of a voice gateway. */
const VOICE_HELLO = 8;

/** Service of a WebSocket; `messages` are the values of its messages, of which a few are looked at. */
export function detectService(url: URL, api: URL, messages: Iterable<unknown>): Service {
  const { hostname, searchParams } = url;
  if (VOICE_HOST.test(hostname)) return 'voice';
  if (REMOTE_AUTH_HOST.test(hostname)) return 'remoteAuth';
  if (isIntercepted(hostname, interceptedHosts({ upstream: GATEWAY, api, allowHosts: [] }))) return 'gateway';
  if (searchParams.has('client_id')) return 'rpc';
  const spoken = serviceByMessages(messages);
  if (spoken === 'voice') return spoken;
  return searchParams.has('encoding') || searchParams.has('compress') ? 'gateway' : spoken;
}

function serviceByMessages(messages: Iterable<unknown>): Service {
  let [payloads, others] = [0, 0];
  for (const text of firstTexts(messages)) {
    const payload = toPayload(parseJson(text) ?? null);
    if (payload?.op === VOICE_HELLO && asInteger(asObject(payload.d)?.['heartbeat_interval']) !== null) {
      return 'voice';
    }
    if (payload !== null && isLikely(payload)) payloads += 1;
    else others += 1;
  }
  return payloads > others ? 'gateway' : null;
}

function isLikely({ op, d }: { readonly op: number; readonly d: unknown }): boolean {
  return op !== HEARTBEAT || d === null || typeof d === 'number';
}

function* firstTexts(messages: Iterable<unknown>): Generator<string, void> {
  let count = 0;
  for (const message of messages) {
    const { opcode, data } = (message ?? {}) as { readonly opcode?: unknown; readonly data?: unknown };
    if (typeof data === 'string' && Number(opcode ?? 1) === 1) yield data;
    count += 1;
    if (count === LOOKED_AT) return;
  }
}
