import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addDemands, HIDDEN_CHANNELS, readDemands } from '../../../src/cli/options/mock-options.js';

it('the flags of mock become options of the mock', () => {
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

describe('HIDDEN_CHANNELS', () => {
  it.each([
    ['permissions', 'permissions'],
    ['5', ['5']],
    ['5, 6', ['5', '6']],
    ['Permissions', null],
    ['5,', null],
    ['', null],
  ])('reads %j as %j', (text, expected) => {
    expect(HIDDEN_CHANNELS.read(text) ?? null).toEqual(expected);
  });
});
