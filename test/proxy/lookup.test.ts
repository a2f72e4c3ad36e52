import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { outwardLookup } from '../../src/proxy/dialling.js';
import { fakeLookup } from '../support/fake-lookup.js';

const dns = fakeLookup({
  'gateway.discord.gg': '162.159.135.234',
  'inward.discord.gg': '169.254.169.254',
  'six.discord.gg': '::ffff:127.0.0.1',
  'named.example.org': '10.0.0.7',
  localhost: '127.0.0.1',
  'turns.discord.gg': ['162.159.135.234', '127.0.0.1'],
});
const lookup = outwardLookup(dns, ['Named.example.org']);

const ask = (hostname: string, all = false): Promise<string | LookupAddress[]> =>
  new Promise((resolve, reject) => {
    lookup(hostname, { all }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });

describe('outwardLookup', () => {
  it.each([
    ['gateway.discord.gg', '162.159.135.234'],
    ['localhost', '127.0.0.1'],
    ['named.example.org', '10.0.0.7'],
  ])('finds %s', async (hostname, address) => {
    expect(await ask(hostname)).toBe(address);
    expect(await ask(hostname, true)).toEqual([{ address, family: 4 }]);
  });

  it.each(['inward.discord.gg', 'six.discord.gg'])('refuses %s, which leads inward', async (hostname) => {
    const message = expect.stringContaining(`${hostname} leads to the inward address`) as string;
    await expect(ask(hostname)).rejects.toMatchObject({ code: 'EINWARD', message });
    await expect(ask(hostname, true)).rejects.toMatchObject({ code: 'EINWARD' });
  });

  it('asks DNS each time, so that a name that changes to an inward address is refused', async () => {
    await expect(ask('turns.discord.gg')).resolves.toBe('162.159.135.234');
    await expect(ask('turns.discord.gg')).rejects.toMatchObject({ code: 'EINWARD' });
  });

  it('refuses an answer of several addresses of which one is inward', async () => {
    const mixed = outwardLookup(
      (_hostname, _options, callback) =>
        callback(null, [
          { address: '8.8.8.8', family: 4 },
          { address: 'fd00::1', family: 6 },
        ]),
      [],
    );
    const error = await new Promise((resolve) => mixed('a.discord.gg', { all: true }, resolve));
    expect(error).toMatchObject({ code: 'EINWARD' });
  });

  it('passes on errors of DNS', async () => {
    await expect(ask('nowhere.discord.gg')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
