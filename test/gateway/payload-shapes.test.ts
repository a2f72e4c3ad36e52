/** Shapes take what clients and gateways send, and name what does not fit. */
import { describe, expect, it } from 'vitest';
import { DecodedPayload } from '../../src/gateway/decode/decoded.js';
import { OPCODES } from '../../src/gateway/opcodes.js';
import type { JsonObject, JsonValue } from '../../src/gateway/payload.js';
import { findMisfit, findPayloadMisfit, fitsMember } from '../../src/gateway/payload-shapes.js';

const ID = '175928847299117063';

/** One `d` of every opcode as real peers send it. */
const SAMPLES: Readonly<Record<number, JsonValue>> = {
  0: {},
  1: null,
  2: {
    token: 't',
    properties: { os: 'linux', browser: 'b', device: 'd' },
    intents: 513,
    shard: [0, 1],
    x: 1,
  },
  3: { since: null, activities: [], status: 'online', afk: false },
  4: { guild_id: ID, channel_id: null, self_mute: false, self_deaf: true, flags: 2 },
  5: null,
  6: { token: 't', session_id: 's', seq: 1337 },
  7: null,
  8: { guild_id: ID, query: '', limit: 0, nonce: 'n' },
  9: false,
  10: { heartbeat_interval: 41_250, _trace: ['x'] },
  11: null,
  12: [ID],
  13: { channel_id: ID },
  14: { guild_id: ID, typing: true, channels: { [ID]: [[0, 99]] } },
  15: { lobby_id: ID, lobby_secret: 's' },
  16: { lobby_id: ID },
  17: [{ lobby_id: ID, self_mute: false, self_deaf: false }],
  18: { type: 'guild', guild_id: ID, channel_id: ID, preferred_region: null },
  19: { stream_key: 'call:1:2' },
  20: { stream_key: 'call:1:2' },
  21: { stream_key: 'call:1:2' },
  22: { stream_key: 'call:1:2', paused: true },
  23: { subscriptions: [] },
  24: { guild_id: ID, applications: false, nonce: '1', offset: 0, limit: 5 },
  25: {},
  26: { guild_id: '0', channel_id: ID, application_id: ID },
  27: 5,
  28: { guild_id: ID, channel_id: ID, threads: [] },
  29: { target_session_id: 's', payload: { type: 'x' } },
  30: { guild_id: ID, channel_ids_hash: '1' },
  31: { guild_ids: [ID] },
  32: { preferred_region: 'rotterdam' },
  33: null,
  34: { guild_id: ID, channel_ids: [ID] },
  35: { guild_id: ID, query: 'x', continuation_token: null, nonce: '1' },
  36: { guild_id: ID },
  37: { subscriptions: { [ID]: { typing: true } } },
  38: { guild_id: ID, obfuscated_channel_ids: [] },
  39: { guild_id: ID, channel_id: ID },
  40: { seq: null, qos: { ver: 27, active: true, reasons: [] } },
  41: { initialization_timestamp: 1_785_542_400_000, session_id: 'uuid', client_launch_id: 'uuid' },
  42: { lobby_id: ID },
  43: { guild_id: ID, fields: ['status'] },
};

/**
 * Members of `d` that have a type, as Discord Docs/Gateway Events and docs.discord.food/gateway/opcodes-and-close-codes
 * list them; `?` for those that may be missing.
 */
// prettier-ignore
const MEMBERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  2: {
    ...{ token: 'string', properties: 'object', 'compress?': 'boolean', 'large_threshold?': 'integer' },
    ...{ 'shard?': 'array', 'intents?': 'integer', 'capabilities?': 'integer' },
  },
  3: { since: 'integer or null', activities: 'array', status: 'string', afk: 'boolean' },
  4: { guild_id: 'id or null', channel_id: 'id or null', self_mute: 'boolean', self_deaf: 'boolean' },
  6: { token: 'string', session_id: 'string', seq: 'integer' },
  8: {
    ...{ guild_id: 'id or array', 'query?': 'string', 'user_ids?': 'id or array', 'limit?': 'integer' },
    ...{ 'presences?': 'boolean', 'nonce?': 'string or null' },
  },
  10: { heartbeat_interval: 'integer' },
  13: { channel_id: 'id' },
  14: {
    ...{ guild_id: 'id', 'typing?': 'boolean', 'threads?': 'boolean', 'activities?': 'boolean' },
    ...{ 'members?': 'array', 'channels?': 'object' },
  },
  15: { lobby_id: 'id', lobby_secret: 'string' },
  16: { lobby_id: 'id' },
  18: { type: 'string', 'guild_id?': 'id or null', channel_id: 'id' },
  19: { stream_key: 'string' },
  20: { stream_key: 'string' },
  21: { stream_key: 'string' },
  22: { stream_key: 'string', paused: 'boolean' },
  24: { guild_id: 'id', 'nonce?': 'string or null' },
  26: { guild_id: 'id', channel_id: 'id', application_id: 'id' },
  28: { guild_id: 'id', channel_id: 'id', threads: 'array' },
  29: { target_session_id: 'string' },
  30: { guild_id: 'id' },
  31: { guild_ids: 'array' },
  32: { preferred_region: 'string or null' },
  34: { guild_id: 'id', channel_ids: 'array' },
  35: { guild_id: 'id', query: 'string', 'nonce?': 'string or null' },
  36: { guild_id: 'id' },
  37: { subscriptions: 'object' },
  38: { guild_id: 'id', obfuscated_channel_ids: 'array' },
  39: { guild_id: 'id', channel_id: 'id' },
  40: { seq: 'integer or null', qos: 'object' },
  41: { initialization_timestamp: 'integer', session_id: 'string', client_launch_id: 'string' },
  42: { lobby_id: 'id' },
  43: { guild_id: 'id', fields: 'array' },
};

/** Types of `d` that are not an object, by opcode. */
const OTHER_KINDS: Readonly<Record<number, string>> = {
  ...{ 0: 'object or array', 1: 'integer or null', 5: 'null', 7: 'null', 9: 'boolean', 11: 'null' },
  ...{ 12: 'array', 17: 'array', 33: 'null' },
};

describe('each opcode', () => {
  const members = Object.entries(MEMBERS).flatMap(([op, kinds]) =>
    Object.entries(kinds).map(([name, kind]) => [Number(op), name, kind] as const),
  );

  it.each(members)('%d has %s of type %s', (op, key, kind) => {
    const name = key.replace('?', '');
    const all = Object.entries(SAMPLES[op] as JsonObject);
    const others = Object.fromEntries(all.filter(([other]) => other !== name));
    expect(findMisfit(op, null, others)).toBe(key === name ? `${name} is missing, not ${kind}` : null);
    expect(findMisfit(op, null, { ...others, [name]: 1.5 })).toBe(`${name} is of type number, not ${kind}`);
  });

  it.each(OPCODES.map(({ op }) => op).filter((op) => op !== 25 && op !== 27))('%d has a type', (op) => {
    const kind = OTHER_KINDS[op] ?? 'object';
    expect(findMisfit(op, null, 1.5)).toBe(`d is of type number, not ${kind}`);
  });

  it('whose d is not known takes any', () => {
    for (const op of [25, 27]) expect(findMisfit(op, null, 1.5)).toBeNull();
    expect(findMisfit(23, null, {})).toBe('subscriptions is missing, not any');
    expect(findMisfit(29, null, { target_session_id: 's' })).toBe('payload is missing, not any');
  });
});

describe('fitsMember', () => {
  it('tells whether a member that has a type is there, and of it', () => {
    expect(fitsMember(6, 'seq', 5)).toBe(true);
    expect(fitsMember(6, 'seq', null)).toBe(false);
    expect(fitsMember(6, 'seq', undefined)).toBe(false);
  });

  it('takes any value of a member or an opcode without a type', () => {
    expect(fitsMember(6, 'other', undefined)).toBe(true);
    expect(fitsMember(99, 'seq', null)).toBe(true);
  });
});

describe('misfitOf', () => {
  it.each(OPCODES.map(({ op, name }) => [op, name] as const))('takes what is sent with %d %s', (op) => {
    expect(op in SAMPLES).toBe(true);
    expect(findMisfit(op, op === 0 ? 'X' : null, SAMPLES[op]!)).toBeNull();
  });

  it.each([
    [0, 'X', null, 'd is of type null, not object or array'],
    [0, 'READY', { user: {} }, 'session_id is missing, not string'],
    [0, 'READY', { user: {}, session_id: 5 }, 'session_id is of type integer, not string'],
    [1, null, '251', 'd is of type string, not integer or null'],
    [
      2,
      null,
      { token: 't', properties: {}, compress: 'zlib-stream' },
      'compress is of type string, not boolean',
    ],
    [4, null, { guild_id: true, channel_id: null }, 'guild_id is of type boolean, not id or null'],
    [6, null, { token: 't', session_id: 's', seq: null }, 'seq is of type null, not integer'],
    [7, null, 5, 'd is of type integer, not null'],
    [9, null, 'false', 'd is of type string, not boolean'],
    [10, null, { heartbeat_interval: 41_250.5 }, 'heartbeat_interval is of type number, not integer'],
    [12, null, {}, 'd is of type object, not array'],
    [37, null, { subscriptions: [] }, 'subscriptions is of type array, not object'],
  ] as const)('reports %d %s %j: %s', (op, event, d, expected) => {
    expect(findMisfit(op, event, d)).toBe(expected);
  });

  it('takes ids as integers, and arrays of events', () => {
    expect(findMisfit(13, null, { channel_id: 42 })).toBeNull();
    expect(findMisfit(8, null, { guild_id: [ID], user_ids: [ID] })).toBeNull();
    expect(findMisfit(0, 'SESSIONS_REPLACE', [])).toBeNull();
  });

  it('accepts any shape for unknown opcodes', () => {
    for (const d of [null, 1, 'x', [], {}]) expect(findMisfit(99, null, d)).toBeNull();
  });
});

describe('misfitOfPayload', () => {
  const payload = (text: string, op: number, t: string | null): DecodedPayload =>
    new DecodedPayload({
      ...{ op, t, s: null, bytes: Buffer.from(text), etf: null, dStart: text.indexOf(':') + 1 },
      ...{ dEnd: text.length - 1, wireBytes: 0, payloadBytes: 0, hasSecretKey: false },
    });

  it.each([
    ['{"d":{}}', 0, 'X', null],
    ['{"d":[]}', 0, 'PRESENCES_REPLACE', null],
    ['{"d":5}', 0, 'X', 'd is of type integer, not object or array'],
    ['{"d":{}}', 0, null, 't is missing, not string'],
    ['{"d":{}}', 0, 'READY', 'user is missing, not object'],
    ['{"d":null}', 9, null, 'd is of type null, not boolean'],
  ] as const)('reports for %s with op %d %s: %s', (text, op, t, expected) => {
    expect(findPayloadMisfit(payload(text, op, t))).toBe(expected);
  });

  it('finds a dispatch without d odd', () => {
    const fields = { op: 0, t: 'X', s: 1, bytes: Buffer.from('{}'), etf: null, dStart: 0, dEnd: 0 };
    const bare = new DecodedPayload({ ...fields, wireBytes: 2, payloadBytes: 2, hasSecretKey: false });
    expect(findPayloadMisfit(bare)).toBe('d is of type null, not object or array');
  });
});
