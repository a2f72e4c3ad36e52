/** Obfuscated channels: what marks one, and what one looks like. */
import { describe, expect, it } from 'vitest';
import { isObfuscatedChannel, MISSING_ACCESS, obfuscateChannel } from '../../src/gateway/obfuscation.js';

const CHANNEL = {
  id: '5',
  type: 2,
  position: 3,
  parent_id: '4',
  name: 'staff',
  topic: 'secret plans',
  nsfw: true,
  flags: 16,
  bitrate: 64000,
  last_message_id: '99',
  available_tags: [{ id: '1' }],
  default_reaction_emoji: { emoji_id: null },
  permission_overwrites: [{ id: '9', type: 1, allow: '1024', deny: '0' }],
};

describe('an obfuscated channel', () => {
  it('keeps the visible fields and the flag, and nothing else', () => {
    expect(obfuscateChannel(CHANNEL, '1')).toEqual({
      id: '5',
      type: 2,
      position: 3,
      parent_id: '4',
      name: '___hidden___',
      topic: null,
      nsfw: false,
      flags: 131072,
      bitrate: 0,
      last_message_id: null,
      available_tags: [],
      default_reaction_emoji: null,
      permission_overwrites: [{ id: '1', type: 0, allow: '0', deny: '1024' }],
    });
    expect(Object.keys(obfuscateChannel(CHANNEL, '1'))).toEqual(Object.keys(CHANNEL));
    expect(isObfuscatedChannel(obfuscateChannel({ id: '5', type: 0 }, '1'))).toBe(true);
  });

  it.each([
    ['a channel with the flag', { id: '5', type: 0, flags: 131072, position: 1 }, true],
    ['one with more flags', { id: '5', type: 0, flags: 131072 + 16, permission_overwrites: [] }, true],
    ['a real channel of that name', { ...CHANNEL, name: '___hidden___' }, false],
    ['a user, who is a verified developer', { id: '5', flags: 131072, public_flags: 131072 }, false],
    ['a message', { id: '5', type: 0, flags: 131072, channel_id: '4' }, false],
    ['an application with an activity', { id: '5', name: 'a', type: null, flags: 131072 }, false],
  ])('%s is %j: %s', (_, object, expected) => {
    expect(isObfuscatedChannel(object)).toBe(expected);
  });
});

it('what REST answers has the code and the message of Discord Docs/Opcodes and Status Codes, "JSON"', () => {
  expect(MISSING_ACCESS).toEqual({ message: 'Missing Access', code: 50001 });
});
