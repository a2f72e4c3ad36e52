/** Services beside Discord's gateway: by their URL, and their own names. */
import { describe, expect, it } from 'vitest';
import {
  findService,
  OTHER_SERVICES,
  serviceCloseName,
  serviceOpcodeName,
} from '../../src/gateway/services.js';

describe('a URL', () => {
  it.each([
    ['wss://gateway.discord.gg/?v=10&encoding=json', null],
    ['wss://gateway-us-east1-b.discord.gg', null],
    ['wss://gateway.fluxer.app/?v=1&encoding=json', 'fluxer'],
    ['wss://notfluxer.app/', null],
    ['wss://remote-auth-gateway.discord.gg/?v=2', 'remote-auth'],
    ['ws://127.0.0.1:6463/?v=1&client_id=5', 'rpc'],
    ['ws://127.0.0.1:6472/?v=1&client_id=5', 'rpc'],
    ['ws://127.0.0.1:6473/?v=1&client_id=5', null],
    ['ws://127.0.0.1:6462/?v=1&client_id=5', null],
    ['ws://localhost:6463/?v=1&client_id=5', 'rpc'],
    ['ws://[::1]:6463/?v=1&client_id=5', 'rpc'],
    ['ws://elsewhere.example:6463/?v=1&client_id=5', null],
    ['ws://127.0.0.1:6463/?v=10&encoding=json', null],
    ['ws://music.example:2333/v4/websocket', 'lavalink'],
    ['ws://spacebar.example/?version=9', null],
  ])('%s is of %s', (url, service) => {
    expect(findService(new URL(url))).toBe(service);
  });

  it('that cannot be read is of none', () => {
    expect(findService(null)).toBeNull();
  });
});

it('services are known by these names', () => {
  expect(OTHER_SERVICES).toEqual(['fluxer', 'remote-auth', 'rpc', 'lavalink']);
});

describe('names', () => {
  it.each([
    [null, 'client', 12, 'GUILD_SYNC'],
    ['fluxer', 'gateway', 12, 'GATEWAY_ERROR'],
    ['fluxer', 'client', 12, null],
    ['fluxer', 'client', 13, null],
    ['fluxer', 'client', 14, 'LAZY_REQUEST'],
    ['fluxer', 'client', 15, 'REQUEST_GUILD_COUNTS'],
    ['fluxer', 'client', 16, 'REQUEST_CHANNEL_MEMBER_COUNTS'],
    ['fluxer', 'gateway', 16, null],
    ['fluxer', 'gateway', 10, 'HELLO'],
    ['rpc', 'gateway', 10, null],
    ['lavalink', 'gateway', 0, null],
    [null, 'gateway', 250, null],
  ] as const)('of %s, sent by the %s, op %i: %s', (service, sender, op, name) => {
    expect(serviceOpcodeName(service, sender, op)).toBe(name);
  });

  it.each([
    [null, 4013, 'INVALID_INTENTS'],
    ['fluxer', 4013, 'ACK_BACKPRESSURE'],
    ['fluxer', 4004, 'AUTHENTICATION_FAILED'],
    ['remote-auth', 4000, 'INVALID_VERSION'],
    ['remote-auth', 4001, 'DECODE_ERROR'],
    ['remote-auth', 4002, 'HANDSHAKE_FAILURE'],
    ['remote-auth', 4003, 'HANDSHAKE_TIMEOUT'],
    ['remote-auth', 4004, null],
    ['rpc', 4000, 'INVALID_CLIENT_ID'],
    ['rpc', 4001, 'INVALID_ORIGIN'],
    ['rpc', 4002, 'RATE_LIMITED'],
    ['rpc', 4003, 'TOKEN_REVOKED'],
    ['rpc', 4004, 'INVALID_VERSION'],
    ['rpc', 4005, 'INVALID_ENCODING'],
    ['rpc', 4014, null],
    ['lavalink', 1000, 'NORMAL_CLOSURE'],
    ['lavalink', 4000, null],
    [null, 4999, null],
  ] as const)('of %s, close code %i: %s', (service, code, name) => {
    expect(serviceCloseName(service, code)).toBe(name);
  });
});
