/**
 * Services beside Discord's gateway, as data: how each is known by its URL, and what its numbers mean where they differ.
 *
 * Names are those of Discord's own gateway unless a row says otherwise, also for hosts that are in no row: a Spacebar
 * server can be on any host, and has the same opcode numbers.
 * Source: docs.fluxer.app/gateway; docs.discord.food, remote authentication and RPC; lavalink.dev, all read 2026-11.
 */
import type { Sender } from '../wire/frame.js';
import { findCloseCode } from './close-codes.js';
import { findOpcode } from './opcodes.js';

/** Services that a URL distinguishes from Discord's gateway. */
export const OTHER_SERVICES = ['fluxer', 'remote-auth', 'rpc', 'lavalink'] as const;

/** One of them. */
export type Service = (typeof OTHER_SERVICES)[number];

interface ServiceRow {
  readonly service: Service;
  readonly isAt: (url: URL) => boolean;
  /** Names of opcodes by number, with their sender; null for one that the service does not use. */
  readonly opcodes: Readonly<Record<number, readonly [sender: Sender, name: string] | null>>;
  /** Whether Discord's opcodes hold for all others. */
  readonly hasOpcodes: boolean;
  readonly closeCodes: Readonly<Record<number, string>>;
}

const NO_OPCODES = { opcodes: {}, hasOpcodes: false } as const;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

const ROWS: readonly ServiceRow[] = [
  {
    service: 'fluxer',
    isAt: ({ hostname }) => /(?:^|\.)fluxer\.app$/.test(hostname),
    opcodes: {
      12: ['gateway', 'GATEWAY_ERROR'],
      13: null,
      14: ['client', 'LAZY_REQUEST'],
      15: ['client', 'REQUEST_GUILD_COUNTS'],
      16: ['client', 'REQUEST_CHANNEL_MEMBER_COUNTS'],
    },
    hasOpcodes: true,
    closeCodes: { 4013: 'ACK_BACKPRESSURE' },
  },
  {
    service: 'remote-auth',
    isAt: ({ hostname }) => hostname === 'remote-auth-gateway.discord.gg',
    ...NO_OPCODES,
    closeCodes: {
      4000: 'INVALID_VERSION',
      4001: 'DECODE_ERROR',
      4002: 'HANDSHAKE_FAILURE',
      4003: 'HANDSHAKE_TIMEOUT',
    },
  },
  {
    service: 'rpc',
    isAt: ({ hostname, port, searchParams }) =>
      LOOPBACK.has(hostname) && Number(port) >= 6463 && Number(port) <= 6472 && searchParams.has('client_id'),
    ...NO_OPCODES,
    closeCodes: {
      4000: 'INVALID_CLIENT_ID',
      4001: 'INVALID_ORIGIN',
      4002: 'RATE_LIMITED',
      4003: 'TOKEN_REVOKED',
      4004: 'INVALID_VERSION',
      4005: 'INVALID_ENCODING',
    },
  },
  {
    service: 'lavalink',
    isAt: ({ pathname }) => /^\/v[34]\/websocket\/?$/.test(pathname),
    ...NO_OPCODES,
    closeCodes: {},
  },
];

/** Service of a WebSocket URL; null for Discord's gateway, and for a host that is not known. */
export function findService(url: URL | null): Service | null {
  return url === null ? null : (ROWS.find(({ isAt }) => isAt(url))?.service ?? null);
}

/** Name of an opcode at a service, null for Discord's gateway; null if it has none there, or none from that sender. */
export function serviceOpcodeName(service: Service | null, sender: Sender, op: number): string | null {
  const row = ROWS.find((each) => each.service === service);
  const own = row?.opcodes[op];
  if (own !== undefined) return own?.[0] === sender ? own[1] : null;
  return row === undefined || row.hasOpcodes ? (findOpcode(op)?.name ?? null) : null;
}

/** Name of a close code at a service, null for Discord's gateway; null if it has none there. */
export function serviceCloseName(service: Service | null, code: number): string | null {
  const row = ROWS.find((each) => each.service === service);
  const own = row?.closeCodes[code];
  if (own !== undefined) return own;
  // Below 4000 they are those of RFC 6455.
  const isShared = row === undefined || row.hasOpcodes || code < 4000;
  return isShared ? (findCloseCode(code)?.name ?? null) : null;
}
