/** Words of payloads: what a reader sees first, for any text, whole or cut anywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OP } from '../../src/gateway/opcodes.js';
import { cleanText, findWords } from '../../src/gateway/payload-words.js';
import type { JsonValue } from '../../src/gateway/payload.js';

const words = (op: number, t: string | null, d: JsonValue): string =>
  findWords(op, t, JSON.stringify({ t, s: 1, op, d }));

describe('findWords', () => {
  it.each<[number, string | null, JsonValue, string]>([
    [OP.HELLO, null, { heartbeat_interval: 41_250 }, 'heartbeat every 41.25 s'],
    [OP.HEARTBEAT, null, 7, 'after 7'],
    [OP.INVALID_SESSION, null, false, 'not resumable'],
    [OP.IDENTIFY, null, { properties: { browser: 'gull' }, intents: 513 }, 'gull, intents 513'],
    [OP.RESUME, null, { seq: 9 }, 'after 9'],
    [0, 'READY', { v: 10, user: { username: 'wren' } }, 'wren, v10'],
    [0, 'MESSAGE_CREATE', { author: { username: 'wren' }, content: 'a\n\nb' }, 'wren: a b'],
    [0, 'GUILD_CREATE', { name: 'Harbour', member_count: 3 }, 'Harbour, 3 members'],
    [0, 'GUILD_MEMBERS_CHUNK', { chunk_index: 0, chunk_count: 4 }, 'chunk 1 of 4'],
    [0, 'MESSAGE_DELETE', { id: '1', channel_id: '2' }, '2'],
    [0, 'X', { user_id: '1', user: { id: '2' }, channel_id: '3', guild_id: '4', id: '5' }, '1'],
    [0, 'X', { user: { id: '2' }, channel_id: '3', guild_id: '4', id: '5' }, '2'],
    [0, 'X', { guild_id: '4', message_id: '5', id: '6' }, '4'],
    [0, 'X', { message_id: '5', id: '6' }, '5'],
    [0, 'SOMETHING', [], ''],
    [OP.HELLO, null, {}, 'heartbeat every 0 s'],
    [OP.HEARTBEAT, null, null, 'after null'],
    [OP.HEARTBEAT, null, {}, ''],
    [OP.HEARTBEAT_ACK, null, null, ''],
    [OP.INVALID_SESSION, null, true, 'resumable'],
    [OP.IDENTIFY, null, { properties: { $browser: 'old', device: 'newer' } }, 'old'],
    [OP.IDENTIFY, null, { properties: {} }, ''],
    [OP.RESUME, null, {}, 'after nothing'],
    [0, 'READY', {}, ''],
    [0, 'GUILD_DELETE', { unavailable: true, id: '1' }, 'unavailable'],
    [0, 'GUILD_DELETE', { unavailable: false, id: '1' }, '1'],
    [0, 'GUILD_MEMBERS_CHUNK', { chunk_count: 4 }, 'chunk 1 of 4'],
    [0, 'RATE_LIMITED', { retry_after: 2.5 }, 'retry after 2.5 s'],
    [0, 'X', { nick: null, name: '', content: ['no', 'text'], topic: 'a topic' }, 'a topic'],
    [0, 'X', { member: { nick: 'wren', roles: [{ name: 'x' }] }, other: { content: 'y' } }, 'wren'],
  ])('op %i %s', (op, event, d, expected) => {
    expect(words(op, event, d)).toBe(expected);
  });

  it('have up to 200 characters, of which a single value has up to 120', () => {
    const [who, said] = ['w'.repeat(120), 's'.repeat(120)];
    expect(words(0, 'X', { author: { username: who } })).toBe(who);
    const both = words(0, 'X', { author: { username: who }, content: said });
    expect(both).toHaveLength(200);
    expect(both.startsWith(`${who}: sss`)).toBe(true);
  });

  it('are a short line of visible characters, whatever the payload, and wherever it is cut', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const d = fc.record({ content: text, name: text, author: fc.oneof(fc.record({ username: text }), text) });
    fc.assert(
      fc.property(d, fc.nat(900), (content, end) => {
        const json = JSON.stringify({ t: 'MESSAGE_CREATE', s: 1, op: 0, d: content });
        for (const head of [json, json.slice(0, end)]) {
          const line = findWords(0, 'MESSAGE_CREATE', head);
          expect(line.length).toBeLessThanOrEqual(200);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\n\u2028\u2029]/u);
          expect(Buffer.from(line).toString()).toBe(line);
        }
      }),
    );
  });
});

describe('cleanText', () => {
  it('are those before the place from which on a text is no JSON', () => {
    expect(findWords(0, 'X', '{"d":{"name":"a","topic":}')).toBe('a');
    expect(findWords(0, 'X', ']')).toBe('');
  });

  it('leaves out what turns other text around', () => {
    expect(cleanText('a\u202eb\u0007c\ud800d')).toBe('abcd');
  });
});
