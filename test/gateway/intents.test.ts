/** The intents, judged by discord-api-types. */
import { GatewayDispatchEvents, GatewayIntentBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { EVENTS_WITHOUT_INTENT, INTENTS, intentName, isKnownEvent } from '../../src/gateway/intents.js';

const bits = (...names: string[]): number =>
  INTENTS.filter(({ name }) => names.includes(name)).reduce((sum, { bit }) => sum + bit, 0);

describe('intents', () => {
  it('are those of discord-api-types, bit for bit', () => {
    const deprecated = ['GuildBans', 'GuildEmojisAndStickers'];
    const theirs = Object.entries(GatewayIntentBits)
      .filter(([name, bit]) => typeof bit === 'number' && !deprecated.includes(name))
      .map(([name, bit]) => [name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), bit]);
    expect(INTENTS.map(({ name, bit }) => [name, bit])).toEqual(theirs);
  });

  it('and the events without one are all the events that are documented', () => {
    const ours = new Set([...INTENTS.flatMap(({ events }) => events), ...EVENTS_WITHOUT_INTENT]);
    expect([...ours].sort()).toEqual(Object.values(GatewayDispatchEvents).sort());
    expect(isKnownEvent('MESSAGE_CREATE')).toBe(true);
    expect(isKnownEvent('READY')).toBe(true);
    expect(isKnownEvent('MADE_UP')).toBe(false);
  });

  it('of an event are told apart by what the session asked for', () => {
    expect(intentName('PRESENCE_UPDATE', null)).toBe('GUILD_PRESENCES');
    expect(intentName('MESSAGE_CREATE', null)).toBe('GUILD_MESSAGES|DIRECT_MESSAGES');
    expect(intentName('MESSAGE_CREATE', bits('GUILDS', 'GUILD_MESSAGES'))).toBe('GUILD_MESSAGES');
    expect(intentName('MESSAGE_CREATE', bits('GUILD_MESSAGES', 'DIRECT_MESSAGES'))).toBe(
      'GUILD_MESSAGES|DIRECT_MESSAGES',
    );
    // Asked for neither, and it came all the same, as to a user's account.
    expect(intentName('MESSAGE_CREATE', bits('GUILDS'))).toBe('GUILD_MESSAGES|DIRECT_MESSAGES');
    expect(intentName('MESSAGE_POLL_VOTE_ADD', 2 ** 25)).toBe('DIRECT_MESSAGE_POLLS');
    expect(intentName('MESSAGE_POLL_VOTE_ADD', 2 ** 40 + 2 ** 25)).toBe('DIRECT_MESSAGE_POLLS');
    for (const event of ['READY', 'MADE_UP', null]) expect(intentName(event, null)).toBeNull();
  });
});
