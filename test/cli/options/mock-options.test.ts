import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addDemands, readDemands, parseIntents } from '../../../src/cli/options/mock-options.js';

it.each([
  ['GUILD_MEMBERS', 2],
  ['guild_presences, MESSAGE_CONTENT', 256 | 32768],
  ['GUILDS', null],
  ['', null],
])('reads %j as the intents %s', (text, bits) => {
  expect(parseIntents(text)).toBe(bits);
});

it('makes demands of flags', () => {
  const flags =
    '--strict --token a --max-concurrency 4 --require-shards --disallow-intents GUILD_MEMBERS --resume-window 30s';
  const command = addDemands(new Command()).parse(flags.split(' '), { from: 'user' });
  expect(readDemands(command.opts())).toEqual({
    isStrict: true,
    token: 'a',
    maxConcurrency: 4,
    isShardingRequired: true,
    disallowedIntents: 2,
    resumeWindowUs: 30_000_000,
  });
});
