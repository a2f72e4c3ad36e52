/** Which channels a bot may view: each rule of Discord's permissions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPayload, type JsonObject, type JsonValue } from '../../../src/gateway/payload.js';
import { ACCESS_EVENTS, ChannelAccess } from '../../../src/replay/obfuscation/access.js';
import { strangeJson } from '../../support/strange-json.js';

const GUILD = '1';
const SELF = '7';
const VIEW = 1024;

const event = (t: string, d: JsonValue) => toPayload({ op: 0, s: 1, t, d })!;
const overwrite = (id: string, type: number | string, allow: number, deny: number): JsonObject => ({
  id,
  type,
  allow: String(allow),
  deny: String(deny),
});
const channel = (id: string, overwrites: readonly JsonObject[] = [], more: JsonObject = {}): JsonObject => ({
  id,
  type: 0,
  permission_overwrites: overwrites,
  ...more,
});
const DENY_ALL = overwrite(GUILD, 0, 0, VIEW);

function access(channels: readonly JsonObject[], guild: JsonObject = {}): ChannelAccess {
  const result = new ChannelAccess('permissions');
  result.observe(event('READY', { user: { id: SELF } }));
  result.observe(
    event('GUILD_CREATE', {
      id: GUILD,
      owner_id: '2',
      roles: [
        { id: GUILD, permissions: String(VIEW) },
        { id: '10', permissions: '0' },
        { id: '11', permissions: '8' },
      ],
      members: [{ user: { id: SELF }, roles: ['10'] }],
      channels,
      ...guild,
    }),
  );
  return result;
}
const hidden = (...args: Parameters<typeof access>): string[] => [...access(...args).hidden(GUILD)];

describe('a channel', () => {
  it.each<[string, JsonObject, JsonObject, boolean]>([
    ['without overwrites', channel('5'), {}, false],
    ['that everyone is denied', channel('5', [DENY_ALL]), {}, true],
    [
      'that everyone is denied by name, as in old versions',
      channel('5', [overwrite(GUILD, 'role', 0, VIEW)]),
      {},
      true,
    ],
    ['that the role is allowed', channel('5', [DENY_ALL, overwrite('10', 0, VIEW, 0)]), {}, false],
    ['that another role is allowed', channel('5', [DENY_ALL, overwrite('12', 0, VIEW, 0)]), {}, true],
    ['that the bot is allowed', channel('5', [DENY_ALL, overwrite(SELF, 1, VIEW, 0)]), {}, false],
    [
      'that the bot is denied',
      channel('5', [overwrite('10', 0, VIEW, 0), overwrite(SELF, 1, 0, VIEW)]),
      {},
      true,
    ],
    [
      'that one role is denied and another allowed',
      channel('5', [overwrite('10', 0, 0, VIEW), overwrite('13', 0, VIEW, 0)]),
      { members: [{ user: { id: SELF }, roles: ['10', '13'] }] },
      false,
    ],
    ['of a guild where nobody may view', channel('5'), { roles: [{ id: GUILD, permissions: '0' }] }, true],
    [
      'of an administrator',
      channel('5', [DENY_ALL]),
      { members: [{ user: { id: SELF }, roles: ['11'] }] },
      false,
    ],
    ['of the owner', channel('5', [DENY_ALL]), { owner_id: SELF }, false],
    [
      'of the owner, as users get guilds',
      channel('5', [DENY_ALL]),
      { owner_id: null, properties: { owner_id: SELF } },
      false,
    ],
    [
      'that the bot is connected to',
      channel('5', [DENY_ALL]),
      { voice_states: [{ user_id: SELF, channel_id: '5' }] },
      false,
    ],
    [
      'that somebody else is connected to',
      channel('5', [DENY_ALL]),
      { voice_states: [{ user_id: '8', channel_id: '5' }] },
      true,
    ],
    [
      'of a guild that does not say which roles the bot has',
      channel('5', [DENY_ALL]),
      { members: [] },
      false,
    ],
  ])('%s is hidden: %#', (_, object, guild, expected) => {
    expect(hidden([object], guild)).toEqual(expected ? ['5'] : []);
  });

  it('of a category makes it visible', () => {
    const category = channel('4', [DENY_ALL], { type: 4 });
    expect(hidden([category, channel('5', [DENY_ALL], { parent_id: '4' })])).toEqual(['4', '5']);
    expect(hidden([category, channel('5', [], { parent_id: '4' })])).toEqual([]);
    expect(hidden([category, channel('5', [], { parent_id: '6' })])).toEqual(['4']);
  });
});

describe('what a gateway never sends', () => {
  it('hides no channel that is not there, and nothing of a guild that is not known', () => {
    const any = strangeJson(
      ...[
        'id',
        'user',
        'user_id',
        'guild_id',
        'guilds',
        'channels',
        'channel_id',
        'members',
        'roles',
        'role',
      ],
      ...[
        'owner_id',
        'properties',
        'permissions',
        'permission_overwrites',
        'type',
        'allow',
        'deny',
        'parent_id',
      ],
      ...['voice_states', 'role_id'],
    );
    const names = fc.constantFrom(null, 'OTHER', ...ACCESS_EVENTS);
    fc.assert(
      fc.property(fc.array(fc.tuple(names, any), { maxLength: 6 }), (events) => {
        const subject = access([channel('5', [DENY_ALL])]);
        for (const [t, d] of events) {
          subject.observe(toPayload({ op: 0, s: 1, t, d })!);
          for (const guild of subject.guilds) {
            const ids = subject.channels(guild).map(({ id }) => (typeof id === 'string' ? id : ''));
            expect(ids).toEqual(expect.arrayContaining([...subject.hidden(guild)]));
          }
          expect(subject.channels('unknown')).toEqual([]);
          expect(subject.hidden('unknown').size).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('changes nothing where it is no object', () => {
    const subject = access([channel('5', [DENY_ALL])]);
    for (const t of ACCESS_EVENTS) for (const d of [null, 5, 'x', []]) subject.observe(event(t, d));
    expect([...subject.hidden(GUILD)]).toEqual(['5']);
  });
});

describe('access changes with', () => {
  it.each<[string, JsonValue, string[]]>([
    ['GUILD_ROLE_UPDATE', { guild_id: GUILD, role: { id: '10', permissions: '8' } }, []],
    ['GUILD_ROLE_CREATE', { guild_id: GUILD, role: { id: '14', permissions: '8' } }, ['5']],
    ['GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { id: SELF }, roles: ['11'] }, []],
    ['GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { id: '8' }, roles: ['11'] }, ['5']],
    ['GUILD_UPDATE', { id: GUILD, owner_id: SELF }, []],
    ['VOICE_STATE_UPDATE', { guild_id: GUILD, user_id: SELF, channel_id: '5' }, []],
    ['VOICE_STATE_UPDATE', { guild_id: GUILD, user_id: '8', channel_id: '5' }, ['5']],
    ['CHANNEL_UPDATE', { ...channel('5'), guild_id: GUILD }, []],
    ['CHANNEL_CREATE', { ...channel('6', [DENY_ALL]), guild_id: GUILD }, ['5', '6']],
    ['CHANNEL_DELETE', { ...channel('5'), guild_id: GUILD }, []],
    ['GUILD_ROLE_DELETE', { guild_id: GUILD, role_id: '10' }, ['5']],
    ['GUILD_ROLE_DELETE', { guild_id: GUILD, role_id: null }, ['5']],
    ['GUILD_ROLE_UPDATE', { guild_id: GUILD, role: { id: '10', permissions: null } }, ['5']],
    ['GUILD_UPDATE', { id: GUILD, owner_id: null }, ['5']],
    ['GUILD_ROLE_UPDATE', { guild_id: GUILD, role: null }, ['5']],
    ['GUILD_ROLE_UPDATE', { guild_id: GUILD, role: { id: '10', permissions: 8 } }, []],
    ['GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { id: SELF }, roles: null }, ['5']],
    ['GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { id: SELF }, roles: [null, '11'] }, []],
    ['GUILD_CREATE', { id: null, channels: [] }, ['5']],
    ['MESSAGE_CREATE', { guild_id: GUILD, channel_id: '5' }, ['5']],
  ])('%s %j', (t, d, expected) => {
    const subject = access([channel('5', [DENY_ALL])]);
    expect([...subject.hidden(GUILD)]).toEqual(['5']);
    subject.observe(event(t, d));
    expect([...subject.hidden(GUILD)]).toEqual(expected);
  });
});
