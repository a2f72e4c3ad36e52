/** What a gateway URL asks for, there and back, and the URL without it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseGatewayUrl,
  plainWhereUnknown,
  transportFromQuery,
  transportToQuery,
} from '../../src/wire/transport.js';

describe('a transport', () => {
  it.each([
    ['', { version: null, encoding: 'json', compress: 'none' }],
    ['v=10&encoding=etf&compress=zlib-stream', { version: 10, encoding: 'etf', compress: 'zlib-stream' }],
    ['compress=zstd-stream&v=9', { version: 9, encoding: 'json', compress: 'zstd-stream' }],
    ['v=x&encoding=xml&compress=br', { version: null, encoding: 'unknown', compress: 'unknown' }],
  ])('is read from %j', (query, transport) => {
    expect(transportFromQuery(new URLSearchParams(query))).toEqual(transport);
  });

  it('comes back from its own query', () => {
    const transports = fc.record({
      version: fc.option(fc.nat()),
      encoding: fc.constantFrom('json', 'etf'),
      compress: fc.constantFrom('none', 'zlib-stream', 'zstd-stream'),
    });
    fc.assert(
      fc.property(transports, (transport) => {
        expect(transportFromQuery(new URLSearchParams(transportToQuery(transport)))).toEqual(transport);
      }),
    );
  });
});

describe('the query of a transport', () => {
  it('names no compression if there is none', () => {
    expect(transportToQuery({ version: 10, encoding: 'json', compress: 'none' })).toBe('v=10&encoding=json');
  });
});

describe('a transport without what is unknown', () => {
  it.each([
    [{ encoding: 'etf', compress: 'zstd-stream' }, 'etf', 'zstd-stream'],
    [{ encoding: 'unknown', compress: 'zlib-stream' }, 'json', 'zlib-stream'],
    [{ encoding: 'etf', compress: 'unknown' }, 'etf', 'none'],
    [{ encoding: 'unknown', compress: 'unknown' }, 'json', 'none'],
  ] as const)('of %j is %s and %s', (transport, encoding, compress) => {
    expect(plainWhereUnknown({ version: 9, ...transport })).toEqual({ version: 9, encoding, compress });
  });
});

describe('parseGatewayUrl', () => {
  it.each([
    ['wss://gateway.discord.gg', 'wss://gateway.discord.gg'],
    ['wss://gateway.discord.gg/?v=10&encoding=json', 'wss://gateway.discord.gg'],
    ['ws://127.0.0.1:7331/r/gateway.discord.gg//#x', 'ws://127.0.0.1:7331/r/gateway.discord.gg'],
    ['wss://a/b//?x=//', 'wss://a/b'],
    ['https://discord.com', null],
    ['ws://', null],
    ['ws://host:99999', null],
    ['nonsense', null],
    ['', null],
  ])('makes of %j %j', (text, url) => {
    expect(parseGatewayUrl(text)).toBe(url);
  });

  it('takes a query behind it, whatever the URL was', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (web) => {
        const url = parseGatewayUrl(web.replace(/^http/, 'ws')) ?? '';
        expect(new URL(`${url}?v=10`).search).toBe('?v=10');
      }),
    );
  });
});
