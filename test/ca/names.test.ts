import { describe, expect, it } from 'vitest';
import { isPermitted, listPermittedNames } from '../../src/ca/certificate-authority.js';

describe('permittedNames', () => {
  it('always contains this machine, and each name once', () => {
    expect(listPermittedNames([])).toEqual(['localhost', '127.0.0.0/8', '::1/128']);
    expect(
      listPermittedNames([
        'discord.gg',
        'gateway.discord.gg',
        'DISCORD.GG',
        'localhost',
        '127.0.0.1',
        '10.0.0.1',
      ]),
    ).toEqual(['localhost', '127.0.0.0/8', '::1/128', 'discord.gg', '10.0.0.1/32']);
  });
});

describe('isPermitted', () => {
  const permitted = listPermittedNames(['discord.gg', '192.168.0.7']);

  it.each(['discord.gg', 'Gateway.Discord.GG', 'a.b.discord.gg', '127.8.8.8', '::1', '192.168.0.7'])(
    '%s may be signed',
    (host) => expect(isPermitted(host, permitted)).toBe(true),
  );

  it.each(['discord.com', 'xdiscord.gg', 'gg', '192.168.0.8', '128.0.0.1', '::2', '::ffff:10.0.0.1', ''])(
    '%s may not',
    (host) => expect(isPermitted(host, permitted)).toBe(false),
  );
});
