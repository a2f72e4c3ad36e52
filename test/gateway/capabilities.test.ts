/** Capabilities by name. */
import { expect, it } from 'vitest';
import { capabilityNames } from '../../src/gateway/capabilities.js';

it('capability bits of the official web client have names, and unknown ones are listed', () => {
  const names = capabilityNames(1767421);
  expect(names.filter((name) => name.startsWith('UNKNOWN'))).toEqual([
    'UNKNOWN_17',
    'UNKNOWN_19',
    'UNKNOWN_20',
  ]);
  expect(names).toContain('CHANNEL_OBFUSCATION');
  expect(names).toHaveLength(17);
});

it('capability bits that D++ sends have names', () => {
  expect(capabilityNames(32768)).toEqual(['CHANNEL_OBFUSCATION']);
  expect(capabilityNames(0)).toEqual([]);
});

it('each bit has the name that docs.discord.food has, in its table of capabilities', () => {
  // prettier-ignore
  const names = [
    'LAZY_USER_NOTES', 'NO_AFFINE_USER_IDS', 'VERSIONED_READ_STATES', 'VERSIONED_USER_GUILD_SETTINGS',
    'DEDUPE_USER_OBJECTS', 'PRIORITIZED_READY_PAYLOAD', 'MULTIPLE_GUILD_EXPERIMENT_POPULATIONS',
    'NON_CHANNEL_READ_STATES', 'AUTH_TOKEN_REFRESH', 'USER_SETTINGS_PROTO', 'CLIENT_STATE_V2',
    'PASSIVE_GUILD_UPDATE', 'AUTO_CALL_CONNECT', 'DEBOUNCE_MESSAGE_REACTIONS', 'PASSIVE_GUILD_UPDATE_V2',
    'CHANNEL_OBFUSCATION', 'AUTO_LOBBY_CONNECT',
  ];
  expect(capabilityNames(2 ** names.length - 1)).toEqual(names);
});
