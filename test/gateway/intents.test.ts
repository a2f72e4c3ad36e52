/** The intents, judged by discord-api-types and by the table of public documentation. */
import { GatewayDispatchEvents, GatewayIntentBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import {
  BOT_INTENTS,
  EVENTS_WITHOUT_INTENT,
  INTENTS,
  NAMED_INTENTS,
  findIntent,
  intentName,
  intentNames,
} from '../../src/gateway/intents.js';

const bits = (...names: string[]): number =>
  INTENTS.filter(({ name }) => names.includes(name)).reduce((sum, { bit }) => sum + bit, 0);

describe('intents', () => {
  it('have every bit from 0 to 29, in order', () => {
    expect(INTENTS.map(({ bit }) => Math.log2(bit))).toEqual(Array.from({ length: 30 }, (_, shift) => shift));
  });

  it('of bots are those of discord-api-types, bit for bit', () => {
    const deprecated = ['GuildBans', 'GuildEmojisAndStickers'];
    const theirs = Object.entries(GatewayIntentBits)
      .filter(([name, bit]) => typeof bit === 'number' && !deprecated.includes(name))
      .map(([name, bit]) => [name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), bit]);
    const bots = INTENTS.filter(({ holder }) => holder === 'bot');
    expect(bots.map(({ name, bit }) => [name, bit])).toEqual(theirs);
    expect(BOT_INTENTS).toBe(53608447);
    expect(bots.reduce((sum, { bit, isPrivileged }) => sum + (isPrivileged ? 0 : bit), 0)).toBe(53575421);
  });

  it('that are not for bots say who may set them', () => {
    const others = INTENTS.filter(({ holder }) => holder !== 'bot');
    expect(others.map(({ name, bit, holder }) => `${Math.log2(bit)} ${name} ${holder}`)).toEqual([
      '17 GUILD_EMBEDDED_ACTIVITIES unconfirmed',
      '18 PRIVATE_CHANNELS user',
      '19 CALLS user/oauth2',
      '22 USER_RELATIONSHIPS user',
      '23 USER_PRESENCE user',
      '26 DIRECT_EMBEDDED_ACTIVITIES unconfirmed',
      '27 LOBBIES oauth2',
      '28 LOBBY_DELETE oauth2',
      '29 UNKNOWN_29 unconfirmed',
    ]);
    expect(NAMED_INTENTS).toBe(2 ** 29 - 1);
  });

  it('with those that need none, have all events of the official documentation', () => {
    const documented: ReadonlySet<string> = new Set(Object.values(GatewayDispatchEvents));
    const bots = INTENTS.filter(({ holder }) => holder === 'bot').flatMap(({ events }) => events);
    const ours = new Set([...bots, ...EVENTS_WITHOUT_INTENT]);
    expect([...documented].filter((event) => !ours.has(event))).toEqual([]);
    // Events of users' sessions that come by an intent which bots have too.
    expect([...ours].filter((event) => !documented.has(event))).toEqual([
      'MESSAGE_REACTION_ADD_MANY',
      'GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE',
      'GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE',
      'GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE',
      'GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE',
    ]);
  });

  it('of an event are chosen by the intents of the session', () => {
    expect(intentName('TYPING_START', null)).toBe('GUILD_MESSAGE_TYPING|DIRECT_MESSAGE_TYPING');
    expect(intentName('MESSAGE_CREATE', null)).toBe('GUILD_MESSAGES|DIRECT_MESSAGES');
    expect(intentName('MESSAGE_CREATE', bits('GUILDS', 'GUILD_MESSAGES'))).toBe('GUILD_MESSAGES');
    expect(intentName('MESSAGE_CREATE', bits('GUILD_MESSAGES', 'DIRECT_MESSAGES'))).toBe(
      'GUILD_MESSAGES|DIRECT_MESSAGES',
    );
    // Asked for neither, and it came all the same, as to a user's account.
    expect(intentName('MESSAGE_CREATE', bits('GUILDS'))).toBe('GUILD_MESSAGES|DIRECT_MESSAGES');
    expect(intentName('MESSAGE_POLL_VOTE_ADD', 2 ** 25)).toBe('DIRECT_MESSAGE_POLLS');
    expect(intentName('MESSAGE_POLL_VOTE_ADD', 2 ** 40 + 2 ** 25)).toBe('DIRECT_MESSAGE_POLLS');
    for (const event of ['READY', 'MESSAGE_ACK', 'MADE_UP', null]) expect(intentName(event, null)).toBeNull();
  });

  it.each([
    ['EMBEDDED_ACTIVITY_UPDATE_V2', 17, 'GUILD_EMBEDDED_ACTIVITIES'],
    ['CHANNEL_RECIPIENT_ADD', 18, 'PRIVATE_CHANNELS'],
    ['CALL_CREATE', 19, 'CALLS'],
    ['VOICE_STATE_UPDATE', 19, 'CALLS'],
    ['GAME_RELATIONSHIP_ADD', 22, 'USER_RELATIONSHIPS'],
    ['PRESENCE_UPDATE', 23, 'USER_PRESENCE'],
    ['EMBEDDED_ACTIVITY_UPDATE_V2', 26, 'DIRECT_EMBEDDED_ACTIVITIES'],
    ['LOBBY_MESSAGE_DELETE', 27, 'LOBBIES'],
    ['LOBBY_DELETE', 28, 'LOBBY_DELETE'],
  ])('enables %s by bit %i, %s', (event, shift, name) => {
    expect(intentName(event, 2 ** shift)).toBe(name);
  });

  it('are named by their bits, known or not', () => {
    expect(intentNames(0)).toEqual([]);
    expect(intentNames(2 ** 29 + 2 ** 18 + 1)).toEqual(['GUILDS', 'PRIVATE_CHANNELS', 'UNKNOWN_29']);
    expect(intentNames(2 ** 31 + 2 ** 40)).toEqual(['UNKNOWN_31', 'UNKNOWN_40']);
  });

  it('are found by former names too', () => {
    expect(findIntent('guild_bans')?.name).toBe('GUILD_MODERATION');
    expect(findIntent('GUILD_EMOJIS_AND_STICKERS')?.name).toBe('GUILD_EXPRESSIONS');
    expect(findIntent('ADMIN')).toBeNull();
  });

  it('say since when they are documented, but for the one that is not', () => {
    for (const { name, since } of INTENTS) {
      if (name === 'UNKNOWN_29') expect(since).toBeNull();
      else expect(since).toMatch(/^20\d\d-(?:0[1-9]|1[0-2])$/);
    }
  });
});
