/** Messages that are made once: the same bytes as without a cache, and never more memory than it may take. */
import { inflateRawSync, constants } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MessageCache } from '../../src/mock/message-cache.js';

const ZLIB = { encoding: 'json', compress: 'zlib-stream' } as const;
const ETF = { encoding: 'etf', compress: 'none' } as const;
const TEXT = '{"t":null,"s":null,"op":11,"d":null}';

const inflated = (message: Uint8Array): string =>
  inflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).toString();

describe('MessageCache', () => {
  it('makes a message once for all connections of a transport', () => {
    const cache = new MessageCache();
    const message = cache.findMaker(ZLIB)(TEXT);
    expect(inflated(message)).toBe(TEXT);
    expect(cache.findMaker(ZLIB)(TEXT)).toBe(message);
  });

  it('keeps the transports apart', () => {
    const cache = new MessageCache();
    const messages = [ZLIB, ETF, { ...ETF, compress: 'zlib-stream' } as const].map((transport) =>
      cache.findMaker(transport)(TEXT),
    );
    expect(new Set(messages.map((message) => Buffer.from(message).toString('hex'))).size).toBe(3);
    expect(messages[1]![0]).toBe(131);
    expect(Buffer.from(inflateRawSync(messages[2]!, { finishFlush: constants.Z_SYNC_FLUSH }))).toEqual(
      Buffer.from(messages[1]!),
    );
  });

  it('encodes a message that does not fit each time', () => {
    const make = new MessageCache(100).findMaker(ZLIB);
    const messages = Array.from({ length: 20 }, (_, index) => TEXT.replace('11', String(index + 100)));
    const kept = messages.filter((text) => make(text) === make(text));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(5);
    expect(messages.map((text) => inflated(make(text)))).toEqual(messages);
  });
});
