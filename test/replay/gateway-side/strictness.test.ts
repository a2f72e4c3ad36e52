/** Every close code of the documentation for wrong input, as a script gives it; and that a proper client gets none. */
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/gateway/payload.js';
import type { GatewayScriptOptions } from '../../../src/replay/gateway-side/gateway-script.js';
import { Playbook } from '../../support/replay-playbook.js';
import type { Recording } from '../../../src/replay/recording.js';
import { HELLO, dispatch, readySession, ready, recording, step } from '../../support/capture/steps.js';

const D = { token: 't', intents: 513, properties: { os: 'linux' }, shard: [0, 1] };
const identify = (d: JsonValue): JsonValue => ({ op: 2, d });

function recordingWithoutIntents(intents: JsonObject = {}): Recording {
  const bare = JSON.stringify(identify({ token: 't', properties: {}, ...intents }));
  return recording(step(0, 1, 'gateway', HELLO), step(10, 1, 'client', bare), ready(20));
}

/** What becomes of a client that sends payloads after HELLO, without what it is sent. */
function fate(options: Partial<GatewayScriptOptions>, ...payloads: readonly JsonValue[]): string[] {
  const playbook = new Playbook(readySession(dispatch(30, 2, 'A')), 'max', false, options).connect();
  for (const payload of payloads) playbook.send(payload).pass(0);
  return playbook.done().filter((line) => line.includes('closed') || line.endsWith('op 9'));
}

describe('a strict mock', () => {
  it.each([
    [4001, 'an unknown opcode', [identify(D), { op: 99, d: null }]],
    [4001, 'op 3 without its keys', [identify(D), { op: 3, d: { status: 'online' } }]],
    [4001, 'op 4 without a guild', [identify(D), { op: 4, d: { channel_id: '5' } }]],
    [4001, 'op 8 without a guild', [identify(D), { op: 8, d: { query: '' } }]],
    [4001, 'op 31 without guilds', [identify(D), { op: 31, d: {} }]],
    [4001, 'a heartbeat with text', [{ op: 1, d: '5' }]],
    [4002, 'IDENTIFY without an object', [identify('token')]],
    [4002, 'IDENTIFY without properties', [identify({ token: 't', intents: 1 })]],
    [4003, 'a payload before IDENTIFY', [{ op: 3, d: {} }]],
    [4004, 'IDENTIFY without a token', [identify({ ...D, token: null })]],
    [4005, 'a second IDENTIFY', [identify(D), identify(D)]],
    [4007, 'a heartbeat ahead of the session', [identify(D), { op: 1, d: 3 }]],
    [4007, 'op 40 ahead of the session', [identify(D), { op: 40, d: { seq: 3, qos: {} } }]],
    [4010, 'a shard out of range', [identify({ ...D, shard: [1, 1] })]],
    [4010, 'an invalid shard', [identify({ ...D, shard: 'first' })]],
    [4013, 'no intents', [identify({ token: 't', properties: {} })]],
    [
      4013,
      'capabilities instead of intents',
      [identify({ token: 't', properties: {}, capabilities: 32768 })],
    ],
    [4013, 'unknown intents', [identify({ ...D, intents: 1 << 30 })]],
    [4013, 'negative intents', [identify({ ...D, intents: -1 })]],
  ])('closes with %i on %s', (code, _, payloads) => {
    expect(fate({ isStrict: true }, ...payloads)).toEqual([`1 closed ${code}`]);
  });

  it.each([17, 18, 19, 22, 23, 26, 27, 28, 29])('closes with 4013 on bit %i, which no bot may set', (bit) => {
    expect(fate({ isStrict: true }, identify({ ...D, intents: 1 | (1 << bit) }))).toEqual(['1 closed 4013']);
  });

  it('accepts no unknown intents because a recorded IDENTIFY had none that are a number', () => {
    const playbook = new Playbook(recordingWithoutIntents({ intents: 'all' }), 'max', false, {
      isStrict: true,
    });
    playbook
      .connect()
      .send(identify({ ...D, intents: 1 << 30 }))
      .pass(0);
    expect(playbook.done()).toContain('1 closed 4013');
  });

  it('answers RATE_LIMITED to a second request for all members of a guild within 30 seconds', () => {
    const all = { guild_id: '5', query: '', limit: 0, nonce: 'n' };
    const isChunk = (line: string): boolean => /CHUNK|RATE_LIMITED|closed/.test(line);
    const play = (options: Partial<GatewayScriptOptions>, asked: number): Playbook => {
      const requests = Array.from({ length: asked }, () =>
        step(30, 1, 'client', JSON.stringify({ op: 8, d: { ...all, nonce: 'recorded' } })),
      );
      const chunk = dispatch(40, 2, 'GUILD_MEMBERS_CHUNK', { guild_id: '5', nonce: 'recorded', members: [] });
      return new Playbook(readySession(...requests, chunk), 'max', false, options)
        .connect()
        .send(identify(D));
    };
    const strict = play({ isStrict: true }, 1);
    strict.done();
    strict.texts();
    strict.send({ op: 8, d: all }).pass(10_000_000);
    expect(strict.done().filter(isChunk)).toEqual(['1 < GUILD_MEMBERS_CHUNK 2']);
    strict.send({ op: 8, d: all }).pass(0);
    expect(strict.done().filter(isChunk)).toEqual(['1 < RATE_LIMITED 3']);
    expect(JSON.parse(strict.texts().at(-1)!)).toMatchObject({
      d: { opcode: 8, retry_after: 20, meta: { guild_id: '5', nonce: 'n' } },
    });
    // A request without a nonce is answered without one.
    strict.send({ op: 8, d: { guild_id: '5', query: '', limit: 0 } }).pass(0);
    expect(JSON.parse(strict.texts().at(-1)!)).toMatchObject({
      t: 'RATE_LIMITED',
      d: { meta: { guild_id: '5' } },
    });
    strict.done();
    // Another guild, another form, and the same again in time.
    strict.send({ op: 8, d: { ...all, guild_id: '6' } }).send({ op: 8, d: { ...all, limit: 1 } });
    strict.pass(20_000_000).send({ op: 8, d: all }).pass(0);
    expect(strict.done().filter((line) => line.includes('RATE_LIMITED'))).toEqual([]);
    // As often as the recorded gateway took it, and always where nothing is strict.
    for (const lenient of [play({ isStrict: true }, 2), play({}, 1)]) {
      lenient.send({ op: 8, d: all }).send({ op: 8, d: all }).pass(0);
      expect(lenient.done().filter((line) => line.includes('RATE_LIMITED'))).toEqual([]);
    }
  });

  it('closes with 4008 on the 121st payload within a minute, heartbeats included', () => {
    const beats = Array.from({ length: 119 }, () => ({ op: 1, d: null }));
    expect(fate({ isStrict: true }, identify(D), ...beats)).toEqual([]);
    expect(fate({ isStrict: true }, identify(D), ...beats, { op: 1, d: null })).toEqual(['1 closed 4008']);
  });

  it('closes with 4009 when no heartbeat comes for one and a half intervals, and the session is gone', () => {
    const playbook = new Playbook(readySession(), 'max', false, {
      isStrict: true,
      heartbeatIntervalMs: 1_000,
    });
    playbook.connect().send(identify(D)).pass(1_000_000).send({ op: 1, d: 1 }).pass(1_499_999);
    expect(playbook.done()).toEqual(['1 < op 10', '1 < READY 1', '1 < op 11']);
    expect(playbook.pass(1).done()).toEqual(['1 closed 4009']);
    expect(playbook.connect(2).resume(1, 2).done()).toEqual(['2 < op 10', '2 < op 9']);
  });

  it('accepts a correct client', () => {
    const member = { op: 8, d: { guild_id: '5', query: '', limit: 0 } };
    const presence = { op: 3, d: { since: null, activities: [], status: 'online', afk: false } };
    expect(fate({ isStrict: true }, identify(D), { op: 1, d: 2 }, member, presence)).toEqual([]);
    const bot = { ...D, intents: 53608447, capabilities: 32768 };
    expect(fate({ isStrict: true }, { op: 41, d: {} }, identify(bot))).toEqual([]);
  });

  const user = (d: JsonObject): Recording =>
    recording(
      step(0, 1, 'gateway', HELLO),
      step(10, 1, 'client', JSON.stringify(identify({ token: 't', properties: {}, ...d }))),
      dispatch(20, 1, 'READY', { user: { id: '1' }, session_id: 'x', guilds: [] }),
    );

  it.each([
    ['a recording of a user', user({ intents: 1 }), {}, []],
    ['a recording of a user', user({ intents: 1 }), { intents: 0x1fffffff }, []],
    ['a recording of a user', user({ intents: 1 }), { intents: 1 << 29 }, ['1 closed 4013']],
    ['a recorded client without intents', recordingWithoutIntents(), {}, []],
  ] as const)('of %s takes an IDENTIFY with %j', (_, tape, d, expected) => {
    const playbook = new Playbook(tape, 'max', false, { isStrict: true }).connect();
    playbook.send(identify({ token: 't', properties: {}, ...d })).pass(0);
    expect(playbook.done().filter((line) => line.includes('closed'))).toEqual(expected);
  });
});

describe('a demand', () => {
  it.each([
    [{ token: 'secret' }, [identify(D)], ['1 closed 4004']],
    [{ token: 'secret' }, [identify({ ...D, token: 'Bot secret' })], []],
    [{ token: 'secret' }, [{ op: 6, d: { token: 't', session_id: 'x', seq: 1 } }], ['1 closed 4004']],
    [{ isShardingRequired: true }, [identify({ token: 't' })], ['1 closed 4011']],
    [{ isShardingRequired: true }, [identify(D)], []],
    [{ disallowedIntents: 1 << 15 }, [identify({ ...D, intents: 1 | (1 << 15) })], ['1 closed 4014']],
    [{ disallowedIntents: 1 << 15 }, [identify(D)], []],
    [{}, [identify({ token: 5, intents: 'all', shard: 'first' })], []],
  ] as const)('of %j is checked without being strict', (options, payloads, expected) => {
    expect(fate(options, ...(payloads as readonly JsonValue[]))).toEqual(expected);
  });

  it('of max_concurrency lets one shard of each bucket identify in five seconds', () => {
    const playbook = new Playbook(readySession(), 'max', false, { maxConcurrency: 2 });
    const open = (peer: number, shard: number): Playbook =>
      playbook.connect(peer).send(identify({ ...D, shard: [shard, 4] }), peer);
    open(1, 0);
    open(2, 1);
    open(3, 2).pass(0);
    expect(playbook.done().filter((line) => !line.endsWith('op 10'))).toEqual([
      '3 < op 9',
      '1 < READY 1',
      '2 < READY 1',
    ]);
    playbook
      .pass(5_000_000)
      .send(identify({ ...D, shard: [2, 4] }), 3)
      .pass(0);
    expect(playbook.done()).toEqual(['3 < READY 1']);
  });
});
