/** What damage does to messages, judged by node:zlib and JSON. */
import { inflateRawSync, inflateSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damageMessage, PayloadEncoder } from '../../src/mock/encoder.js';
import { MessageCache } from '../../src/mock/message-cache.js';

/** Second message of a connection; the first is HELLO. */
function message(compress: 'none' | 'zlib-stream' | 'zstd-stream', text: string): string | Uint8Array {
  const encoder = new PayloadEncoder({ encoding: 'json', compress }, new MessageCache());
  encoder.encode('{"op":10}', null);
  return encoder.encode(text, 'A');
}
const payload = fc.string({ unit: 'grapheme', maxLength: 300 }).map((d) => JSON.stringify({ op: 0, d }));
const bytesOf = (parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));
const inflate = (data: Uint8Array): Buffer => inflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });

describe('corrupt', () => {
  it('makes zlib-stream that no inflater takes, and no more than that', () => {
    fc.assert(
      fc.property(payload, (text) => {
        const whole = message('zlib-stream', text);
        const [part, ...rest] = damageMessage(whole, 'corrupt');
        expect(rest).toEqual([]);
        expect(part).toHaveLength(whole.length);
        expect(() => inflate(part as Uint8Array)).toThrow('invalid block type');
      }),
    );
  });

  it('makes a header that zlib does not take, and JSON that does not parse', () => {
    const first = new PayloadEncoder(
      { encoding: 'json', compress: 'zlib-stream' },
      new MessageCache(),
    ).encode('{"op":10}', null);
    expect(() => inflateSync(damageMessage(first, 'corrupt')[0] as Uint8Array)).toThrow('header');
    const [text] = damageMessage('{"op":1}', 'corrupt');
    expect(() => JSON.parse(text as string) as unknown).toThrow(SyntaxError);
  });

  it('sets the reserved block type of zstd', () => {
    const [part] = damageMessage(message('zstd-stream', '{"op":0}'), 'corrupt');
    expect(((part as Uint8Array)[0]! >> 1) & 3).toBe(3);
  });
});

describe('no suffix', () => {
  it('cuts 00 00 FF FF off, if the message ends with it', () => {
    const whole = message('zlib-stream', '{"op":0}') as Uint8Array;
    expect(damageMessage(whole, 'no suffix')).toEqual([whole.slice(0, -4)]);
    expect(damageMessage('{"op":0}', 'no suffix')).toEqual(['{"op":0}']);
  });
});

describe('split', () => {
  it('makes two messages of the same bytes, of which only the second ends as a message does', () => {
    fc.assert(
      fc.property(payload, fc.constantFrom('split', 'split suffix'), (text, damage) => {
        const whole = message('zlib-stream', text);
        const parts = damageMessage(whole, damage);
        expect(parts).toHaveLength(2);
        expect(parts.every((part) => part.length > 0)).toBe(true);
        expect(bytesOf(parts)).toEqual(Buffer.from(whole));
        const [first, second] = parts.map((part) => Buffer.from(part).toString('hex'));
        expect(first).not.toMatch(/0000ffff$/);
        if (damage === 'split') expect(second).toMatch(/0000ffff$/);
        else expect(second).toBe('ffff');
      }),
    );
  });

  it('makes two texts that are text', () => {
    fc.assert(
      fc.property(payload, (text) => {
        const parts = damageMessage(text, 'split');
        expect(parts.join('')).toBe(text);
      }),
    );
  });
});
