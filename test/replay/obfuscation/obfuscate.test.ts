/** Recordings of before Channel Obfuscation, as a gateway of today would have sent them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/gateway/payload.js';
import { isObfuscatedChannel } from '../../../src/gateway/obfuscation.js';
import { ACCESS_EVENTS } from '../../../src/replay/obfuscation/access.js';
import { listChannels, obfuscate } from '../../../src/replay/obfuscation/obfuscate.js';
import type { RecordedExchange, Recording, RecordingStep } from '../../../src/replay/recording.js';
import { dispatch, readySession, ready, recording, resume, step } from '../../support/capture/steps.js';
import { strangeJson } from '../../support/strange-json.js';

const GUILD = '584312684544000001';
const OPEN = '584312684544000012';
const CATEGORY = '584312684544000020';
const STAFF = '584312684544000021';
const DENIED = [{ id: GUILD, type: 0, allow: '0', deny: '1024' }];

const STAFF_CHANNEL = {
  id: STAFF,
  type: 0,
  parent_id: CATEGORY,
  position: 1,
  name: 'staff',
  topic: 'plans',
  flags: 0,
  permission_overwrites: DENIED,
};
const GUILD_CREATE = {
  id: GUILD,
  owner_id: '2',
  premium: 0,
  roles: [
    { id: GUILD, permissions: '1024' },
    { id: '10', permissions: '0' },
  ],
  members: [{ user: { id: '1' }, roles: [] }],
  channels: [
    { id: OPEN, type: 0, position: 0, name: 'radio', flags: 0, permission_overwrites: [] },
    { id: CATEGORY, type: 4, position: 1, name: 'Staff', flags: 0, permission_overwrites: DENIED },
    STAFF_CHANNEL,
  ],
};

const exchange = (path: string, body: unknown, atUs = 1_000): RecordedExchange => ({
  atUs,
  durationUs: 5,
  method: 'GET',
  path,
  status: 200,
  requestType: null,
  responseType: 'application/json',
  requestBody: null,
  responseBody: JSON.stringify(body),
  responseHeaders: {},
});

const tape = (...steps: RecordingStep[]): Recording =>
  readySession(dispatch(30, 2, 'GUILD_CREATE', GUILD_CREATE), ...steps);
const events = ({ steps }: Recording): (readonly [number | null, string, JsonObject])[] =>
  steps.flatMap((each) =>
    each.type === 'payload' && each.payload.t !== null
      ? [[each.payload.s, each.payload.t, each.payload.d as JsonObject] as const]
      : [],
  );
const channels = (made: Recording): readonly JsonObject[] =>
  events(made).find(([, t]) => t === 'GUILD_CREATE')![2]['channels'] as unknown as readonly JsonObject[];
const numbered = (made: Recording): string[] => events(made).map(([s, t]) => `${s} ${t}`);

describe('channels that are named', () => {
  it('are obfuscated in GUILD_CREATE, and everything else stays as it was', () => {
    const made = obfuscate(tape(), new Set([STAFF]));
    const [radio, category, staff] = channels(made);
    expect(radio).toEqual(GUILD_CREATE.channels[0]);
    expect(category).toEqual(GUILD_CREATE.channels[1]);
    expect(staff).toMatchObject({
      id: STAFF,
      type: 0,
      parent_id: CATEGORY,
      position: 1,
      name: '___hidden___',
      flags: 131072,
      topic: null,
      permission_overwrites: DENIED,
    });
    const old = tape().steps.at(-1)!;
    const now = made.steps.at(-1)!;
    expect(
      now.type === 'payload' && old.type === 'payload' && now.text.replace(/"channels":\[.*\]\}/, ''),
    ).toBe(old.type === 'payload' && old.text.replace(/"channels":\[.*\]\}/, ''));
  });

  it('are obfuscated in READY, as of a user', () => {
    const made = obfuscate(
      recording(dispatch(0, 1, 'READY', { user: { id: '1' }, guilds: [GUILD_CREATE, { id: '5' }, null] })),
      new Set([STAFF]),
    );
    const [guild, other] = events(made)[0]![2]['guilds'] as unknown as JsonObject[];
    expect((guild!['channels'] as unknown as JsonObject[]).map(isObfuscatedChannel)).toEqual([
      false,
      false,
      true,
    ]);
    expect(other).toEqual({ id: '5' });
  });

  it('are obfuscated in CHANNEL_UPDATE and CHANNEL_CREATE, under the same number', () => {
    const made = obfuscate(
      tape(
        dispatch(40, 3, 'CHANNEL_UPDATE', { ...STAFF_CHANNEL, guild_id: GUILD, topic: 'new' }),
        dispatch(50, 4, 'CHANNEL_UPDATE', { ...GUILD_CREATE.channels[0]!, guild_id: GUILD, topic: 'x' }),
      ),
      new Set([STAFF]),
    );
    expect(numbered(made)).toEqual(['1 READY', '2 GUILD_CREATE', '3 CHANNEL_UPDATE', '4 CHANNEL_UPDATE']);
    expect(events(made)[2]![2]).toMatchObject({
      id: STAFF,
      guild_id: GUILD,
      name: '___hidden___',
      topic: null,
    });
    expect(events(made)[3]![2]).toMatchObject({ id: OPEN, name: 'radio', topic: 'x' });
  });

  it('are missing from the list of REST, and no channel of it is obfuscated', () => {
    const made = obfuscate(
      {
        ...tape(),
        exchanges: [
          exchange(`/v10/guilds/${GUILD}/channels`, GUILD_CREATE.channels),
          exchange(`/v10/guilds/${GUILD}/channels`, GUILD_CREATE.channels, -5),
          exchange(`/v10/channels/${STAFF}`, STAFF_CHANNEL),
          exchange(`/v10/channels/${OPEN}`, GUILD_CREATE.channels[0]),
          exchange(`/v10/channels/${STAFF}/messages`, []),
        ],
      },
      new Set([STAFF]),
    );
    const visible = JSON.stringify(GUILD_CREATE.channels.slice(0, 2));
    expect(made.exchanges.map(({ status, responseBody }) => [status, responseBody])).toEqual([
      [200, visible],
      [200, visible],
      [403, '{"message":"Missing Access","code":50001}'],
      [200, JSON.stringify(GUILD_CREATE.channels[0])],
      [200, '[]'],
    ]);
  });

  it('can be asked for', () => {
    expect([...listChannels(tape())].sort()).toEqual([OPEN, CATEGORY, STAFF]);
  });
});

describe('channels that permissions hide', () => {
  const member = (roles: readonly string[]) => ({ guild_id: GUILD, user: { id: '1' }, roles });
  const allowed = { guild_id: GUILD, role: { id: '10', permissions: '8' } };

  it('are obfuscated, with their category', () => {
    expect(channels(obfuscate(tape(), 'permissions')).map(isObfuscatedChannel)).toEqual([false, true, true]);
  });

  it('come in full when the bot may view them, the category first, and the rest is renumbered', () => {
    const made = obfuscate(
      tape(
        dispatch(40, 3, 'GUILD_ROLE_UPDATE', allowed),
        dispatch(50, 4, 'GUILD_MEMBER_UPDATE', member(['10'])),
        dispatch(60, 5, 'MESSAGE_CREATE', { id: '3' }),
        dispatch(70, 6, 'GUILD_MEMBER_UPDATE', member([])),
        dispatch(80, 7, 'TYPING_START'),
      ),
      'permissions',
    );
    expect(numbered(made)).toEqual([
      ...['1 READY', '2 GUILD_CREATE', '3 GUILD_ROLE_UPDATE', '4 GUILD_MEMBER_UPDATE'],
      ...['5 CHANNEL_UPDATE', '6 CHANNEL_UPDATE', '7 MESSAGE_CREATE', '8 GUILD_MEMBER_UPDATE'],
      ...['9 CHANNEL_UPDATE', '10 CHANNEL_UPDATE', '11 TYPING_START'],
    ]);
    const updates = events(made)
      .filter(([, t]) => t === 'CHANNEL_UPDATE')
      .map(([, , d]) => d);
    expect(updates[0]).toEqual({ ...GUILD_CREATE.channels[1], guild_id: GUILD });
    expect(updates[1]).toEqual({ ...STAFF_CHANNEL, guild_id: GUILD });
    expect(updates.slice(2).map(({ id, name }) => [id, name])).toEqual([
      [CATEGORY, '___hidden___'],
      [STAFF, '___hidden___'],
    ]);
  });

  it('come once where an overwrite of their own changes, with the category that is visible by them', () => {
    const made = obfuscate(
      tape(
        dispatch(40, 3, 'CHANNEL_UPDATE', { ...STAFF_CHANNEL, guild_id: GUILD, permission_overwrites: [] }),
      ),
      'permissions',
    );
    expect(
      events(made)
        .slice(2)
        .map(([s, t, { id, name }]) => [s, t, id, name]),
    ).toEqual([
      [3, 'CHANNEL_UPDATE', STAFF, 'staff'],
      [4, 'CHANNEL_UPDATE', CATEGORY, 'Staff'],
    ]);
  });

  it('keep their numbers where a RESUME brings dispatches again', () => {
    const made = obfuscate(
      tape(
        dispatch(40, 3, 'GUILD_ROLE_UPDATE', allowed),
        dispatch(50, 4, 'GUILD_MEMBER_UPDATE', member(['10'])),
        dispatch(60, 5, 'A'),
        step(70, 2, 'gateway', '{"op":10,"d":{"heartbeat_interval":1}}'),
        resume(80, 2, 3),
        dispatch(90, 4, 'GUILD_MEMBER_UPDATE', member(['10']), 2),
        dispatch(91, 5, 'A', {}, 2),
        dispatch(92, 6, 'RESUMED', {}, 2),
      ),
      'permissions',
    );
    expect(numbered(made).slice(3)).toEqual([
      ...['4 GUILD_MEMBER_UPDATE', '5 CHANNEL_UPDATE', '6 CHANNEL_UPDATE', '7 A'],
      ...['4 GUILD_MEMBER_UPDATE', '7 A', '8 RESUMED'],
    ]);
  });

  it('are those of the moment in REST', () => {
    const list = (atUs: number): RecordedExchange =>
      exchange(`/guilds/${GUILD}/channels`, GUILD_CREATE.channels, atUs);
    const made = obfuscate(
      {
        ...tape(
          dispatch(40, 3, 'GUILD_ROLE_UPDATE', allowed),
          dispatch(50, 4, 'GUILD_MEMBER_UPDATE', member(['10'])),
        ),
        exchanges: [list(0), list(45), list(60)],
      },
      'permissions',
    );
    expect(made.exchanges.map(({ responseBody }) => (JSON.parse(responseBody!) as unknown[]).length)).toEqual(
      [1, 1, 3],
    );
  });

  it('are none where nothing is hidden: the recording is the same', () => {
    const old = readySession(ready(20), dispatch(30, 2, 'A'), dispatch(40, 3, 'CHANNEL_UPDATE', { id: '5' }));
    expect(obfuscate(old, 'permissions').steps).toEqual(old.steps);
  });
});

describe('a recording that no gateway sent', () => {
  const any = strangeJson(
    ...['id', 'user', 'guild_id', 'guilds', 'channels', 'channel_id', 'members', 'roles', 'role', 'owner_id'],
    ...['permissions', 'permission_overwrites', 'type', 'parent_id', 'voice_states'],
  );
  const dispatches = fc.array(fc.tuple(fc.constantFrom('OTHER', ...ACCESS_EVENTS), any), { maxLength: 6 });
  const made = (all: readonly (readonly [string, JsonObject[string]])[], first = 3): RecordingStep[] =>
    all.map(([t, d], index) => dispatch(40 + index, first + index, t, d));
  const end: RecordingStep = {
    type: 'close',
    connection: 1,
    atUs: 99,
    sender: 'client',
    code: 1000,
    reason: '',
  };

  it('keeps every step but what names a hidden channel, and its numbers have no gap', () => {
    fc.assert(
      fc.property(dispatches, (all) => {
        const old = tape(...made(all), end);
        expect(obfuscate(old, new Set(['no channel'])).steps).toEqual(old.steps);
        const seqs = events(obfuscate(old, 'permissions')).map(([s]) => s);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      }),
      { numRuns: 150 },
    );
  });

  it('has no channel less in a list of REST that is none', () => {
    for (const body of ['{}', '[null,5]', 'no JSON']) {
      const call = { ...exchange(`/guilds/${GUILD}/channels`, null), responseBody: body };
      const [list] = obfuscate({ ...tape(), exchanges: [call] }, new Set([STAFF])).exchanges;
      expect(list).toEqual(call);
    }
    const posted = { ...exchange(`/channels/${STAFF}`, STAFF_CHANNEL), method: 'PATCH' };
    expect(obfuscate({ ...tape(), exchanges: [posted] }, new Set([STAFF])).exchanges).toEqual([posted]);
  });
});
