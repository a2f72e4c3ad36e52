import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pseudonyms } from '../../../src/replay/tape/pseudonyms.js';

const under = (key: string): Pseudonyms =>
  new Pseudonyms((text) => createHmac('sha256', key).update(text).digest());
const id = fc.bigInt({ min: 10n ** 16n, max: 2n ** 62n });

describe('pseudonyms', () => {
  it('keep the moment of an id, and with it order and shard', () => {
    const names = under('a key');
    fc.assert(
      fc.property(id, id, fc.integer({ min: 1, max: 64 }), (a, b, shards) => {
        const [x, y] = [BigInt(names.ids(String(a))), BigInt(names.ids(String(b)))];
        expect(x >> 22n).toBe(a >> 22n);
        expect((x >> 22n) % BigInt(shards)).toBe((a >> 22n) % BigInt(shards));
        if (a >> 22n < b >> 22n) expect(x < y).toBe(true);
      }),
    );
  });

  it('never map two ids to one', () => {
    const names = under('a key');
    const moment = 1_200_000_000_000_000_000n >> 22n;
    const made = new Set<string>();
    for (let low = 0; low < 4096; low += 1) made.add(names.ids(String((moment << 22n) | BigInt(low))));
    expect(made.size).toBe(4096);
  });

  it('differ from the ids, and from key to key', () => {
    fc.assert(
      fc.property(fc.array(id, { minLength: 20, maxLength: 20 }), (ids) => {
        const [a, b] = [under('a'), under('b')];
        expect(ids.filter((each) => a.ids(String(each)) === String(each)).length).toBeLessThan(3);
        expect(ids.filter((each) => a.ids(String(each)) === b.ids(String(each))).length).toBeLessThan(3);
      }),
    );
  });

  it('are the same at every place of an id', () => {
    const names = under('a key');
    const ids = ['123456789012345678', '987654321098765432'] as const;
    const [x, y] = ids.map((each) => names.ids(each));
    for (const frame of [
      (a: string, b: string) => `<@${a}> in <#${b}>, <@&${a}>`,
      (a: string, b: string) => `guild:${a}:${b}`,
      (a: string, b: string) => `https://cdn.discordapp.com/avatars/${a}/${b}.png?size=64`,
      (a: string, b: string) => `/channels/${a}/messages/${b}`,
    ]) {
      expect(names.ids(frame(...ids))).toBe(frame(x!, y!));
    }
  });

  it.each([
    '1234567890123456',
    '12345678901234567890123',
    'a123456789012345678',
    '0.123456789012345678',
    '9223372036854775807',
    'no id at all, whatever',
  ])('leave %s alone', (text) => {
    expect(under('a key').ids(text)).toBe(text);
  });

  it('of names, discriminators and pictures have their form', () => {
    const names = under('a key');
    expect(names.username('alice')).toMatch(/^user_[0-9a-f]{8}$/);
    expect(names.username('alice')).toBe(under('a key').username('alice'));
    expect(names.username('alice')).not.toBe(names.username('bob'));
    expect(names.displayName('Alice')).toMatch(/^User [0-9a-f]{8}$/);
    expect(names.discriminator('0')).toBe('0');
    expect(names.discriminator('1234')).toMatch(/^\d{4}$/);
    expect(names.picture('a_0123456789abcdef0123456789abcdef')).toMatch(/^a_[0-9a-f]{32}$/);
  });
});
