import { beforeEach, describe, expect, it } from 'vitest';
import { toPayload, type JsonValue } from '../../../src/gateway/payload.js';
import { asRequest, isAlike, RequestPairing } from '../../../src/replay/gateway-side/requests.js';

const G1 = '81384788765712384';
const G2 = '81384788765712385';

let pairing: RequestPairing;
const ask = (op: number, d: JsonValue): number | null => pairing.request(toPayload({ op, d })!);
const answer = (t: string, d: JsonValue): number | null => pairing.answer(toPayload({ op: 0, t, s: 1, d })!);

beforeEach(() => {
  pairing = new RequestPairing();
});

describe('a dispatch', () => {
  // prettier-ignore
  it.each<[number, JsonValue, string, JsonValue]>([
    [8, { guild_id: G1, query: '', limit: 0 }, 'GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_index: 0, chunk_count: 1 }],
    [8, { guild_id: [G1], nonce: 'a' }, 'GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_index: 0, chunk_count: 1, nonce: 'a' }],
    [31, { guild_ids: [G2, G1] }, 'SOUNDBOARD_SOUNDS', { guild_id: G1, soundboard_sounds: [] }],
    [28, { guild_id: G1, channel_id: '1', threads: [] }, 'FORUM_UNREADS', { guild_id: G1, threads: [] }],
    [34, { guild_id: G1, channel_ids: ['1'] }, 'LAST_MESSAGES', { guild_id: G1, messages: [] }],
    [35, { guild_id: G1, query: 'a', nonce: 'b' }, 'GUILD_MEMBERS_CHUNK', { guild_id: G1, nonce: 'b' }],
    [36, { guild_id: G1 }, 'CHANNEL_STATUSES', { guild_id: G1, channels: [] }],
    [37, { subscriptions: { [G1]: {} } }, 'GUILD_MEMBER_LIST_UPDATE', { guild_id: G1, ops: [{ op: 'SYNC' }] }],
    [38, { guild_id: G1, obfuscated_channel_ids: [] }, 'CHANNEL_SYNC', { guild_id: G1 }],
    [39, { guild_id: G1, channel_id: '1' }, 'CHANNEL_MEMBER_COUNT_UPDATE', { guild_id: G1 }],
    [43, { guild_id: G1, fields: ['status'] }, 'CHANNEL_INFO', { guild_id: G1 }],
    [4, { guild_id: G1, channel_id: '1' }, 'VOICE_SERVER_UPDATE', { guild_id: G1, token: 'redacted:1' }],
  ])('answers op %i %j as %s %j', (op, d, event, answerD) => {
    expect(answer(event, answerD)).toBeNull();
    expect(ask(op, d)).toBe(0);
    expect(answer(event, answerD)).toBe(0);
    expect(answer(event, answerD)).toBeNull(); // the second one came by itself
  });

  it('of another guild, or with another nonce, answers nothing', () => {
    ask(31, { guild_ids: [G1] });
    ask(8, { guild_id: G1, nonce: 'a' });
    expect(answer('SOUNDBOARD_SOUNDS', { guild_id: G2 })).toBeNull();
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, nonce: 'b' })).toBeNull();
  });

  it('answers the queries in their order, and of commands the last one', () => {
    ask(8, { guild_id: G1 });
    ask(8, { guild_id: G2 });
    ask(8, { guild_id: G1 });
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1 })).toBe(0);
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G2 })).toBe(1);
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1 })).toBe(2);
    ask(4, { guild_id: G1, channel_id: '1' });
    ask(4, { guild_id: G1, channel_id: '2' });
    expect(answer('VOICE_SERVER_UPDATE', { guild_id: G1 })).toBe(4);
  });

  it('may come in chunks in any order, and beside those of another request', () => {
    ask(8, { guild_id: G1, query: 'a', nonce: 'a' });
    ask(8, { guild_id: G1, query: 'b', nonce: 'b' });
    const chunk = (nonce: string, index: number): number | null =>
      answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_index: index, chunk_count: 3, nonce });
    expect([
      chunk('a', 2),
      chunk('b', 1),
      chunk('a', 0),
      chunk('b', 2),
      chunk('a', 1),
      chunk('b', 0),
    ]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(chunk('a', 1)).toBeNull();
  });

  it('that says RATE_LIMITED answers the request that it names, instead of anything else', () => {
    const refusal = (nonce?: string): number | null =>
      answer('RATE_LIMITED', {
        opcode: 8,
        retry_after: 29.457,
        meta: { guild_id: G1, ...(nonce === undefined ? {} : { nonce }) },
      });
    expect(refusal('a')).toBeNull();
    ask(8, { guild_id: G1, nonce: 'a' });
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_count: 1, nonce: 'a' })).toBe(0);
    ask(8, { guild_id: G1, nonce: 'b' });
    ask(8, { guild_id: G1, query: '', limit: 0 });
    expect(refusal('b')).toBe(1);
    expect(refusal()).toBe(2);
    expect(refusal()).toBeNull();
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_count: 1, nonce: 'b' })).toBeNull();
  });

  it('that says RATE_LIMITED answers no other form of op 8 than the one for all members', () => {
    const limited = { opcode: 8, retry_after: 29.457, meta: { guild_id: G1 } };
    ask(8, { guild_id: G1, query: 'a', limit: 0 });
    ask(8, { guild_id: G1, query: '', limit: 5 });
    ask(8, { guild_id: G1, user_ids: ['7'], limit: 0 });
    expect(answer('RATE_LIMITED', limited)).toBeNull();
    ask(8, { guild_id: G1, query: '', limit: 0, presences: true });
    expect(answer('RATE_LIMITED', limited)).toBe(3);
    // The others are answered all the same.
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_count: 1 })).toBe(0);
  });

  it('may come in chunks', () => {
    ask(8, { guild_id: G1 });
    const chunks = [0, 1, 2].map((chunk_index) =>
      answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_index, chunk_count: 3 }),
    );
    expect(chunks).toEqual([0, 0, 0]);
    expect(answer('GUILD_MEMBERS_CHUNK', { guild_id: G1, chunk_index: 0, chunk_count: 1 })).toBeNull();
  });

  it('about the voice state of another user answers nothing', () => {
    answer('READY', { user: { id: '7' } });
    ask(4, { guild_id: G1, channel_id: '1' });
    expect(answer('VOICE_STATE_UPDATE', { guild_id: G1, user_id: '8' })).toBeNull();
    expect(answer('VOICE_STATE_UPDATE', { guild_id: G1, user_id: '7' })).toBe(0);
  });

  it('that changes a member list answers nothing, only the one that sets it does', () => {
    ask(14, { guild_id: G1, channels: {} });
    expect(answer('GUILD_MEMBER_LIST_UPDATE', { guild_id: G1, ops: [{ op: 'UPDATE' }] })).toBeNull();
  });
});

describe('a live request', () => {
  const request = (op: number, d: JsonValue) => asRequest(toPayload({ op, d })!)!;

  it('is the same whatever its nonce and the order of its keys', () => {
    const recorded = request(8, { guild_id: G1, query: 'a', nonce: '1' });
    expect(isAlike(request(8, { nonce: '2', query: 'a', guild_id: G1 }), recorded)).toBe('same');
  });

  it('is similar when it is about the same guild', () => {
    expect(isAlike(request(8, { guild_id: G1, query: 'b' }), request(8, { guild_id: G1, query: 'a' }))).toBe(
      'similar',
    );
    expect(isAlike(request(8, { guild_id: G2 }), request(8, { guild_id: G1 }))).toBeNull();
    expect(isAlike(request(35, { guild_id: G1 }), request(8, { guild_id: G1 }))).toBeNull();
  });

  it.each([1, 3, 5, 40, 99])('with op %i is not a request, and has no answer', (op) => {
    expect(asRequest(toPayload({ op, d: {} })!)).toBeNull();
  });

  it('need not be an object', () => {
    expect(request(33, null)).toEqual({ op: 33, subject: 'null', guilds: [], nonce: null, isLimited: true });
  });
});

describe('what a gateway never sends', () => {
  it('answers the first request if it names no guild', () => {
    ask(31, { guild_ids: [G1] });
    expect(answer('SOUNDBOARD_SOUNDS', { guild_id: null })).toBe(0);
  });

  it('answers nothing, and takes no answer away', () => {
    ask(31, { guild_ids: [G1] });
    for (const d of [null, 5, [], 'x']) {
      expect(answer('SOUNDBOARD_SOUNDS', d)).toBeNull();
      expect(answer('RATE_LIMITED', d)).toBeNull();
    }
    expect(answer('RATE_LIMITED', { opcode: 8 })).toBeNull();
    expect(answer('UNHEARD_OF', { guild_id: G1 })).toBeNull();
    expect(answer('SOUNDBOARD_SOUNDS', { guild_id: G1 })).toBe(0);
  });
});
