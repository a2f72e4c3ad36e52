import { describe, expect, it } from 'vitest';
import { apiHosts, pathBelow } from '../../../../src/library/forms/har/call.js';

const DISCORD = new URL('https://discord.com/api');

describe('pathBelow', () => {
  it.each([
    ['https://discord.com/api/v10/users/@me?with=1', '/v10/users/@me?with=1'],
    ['https://other.example/api', '/'],
    ['https://discord.com/api/', '/'],
    ['https://discord.com/apiary', null],
    ['https://discord.com/assets/app.js', null],
    ['data:text/plain,/api/', null],
    ['https://', null],
  ])('of %s is %s', (url, path) => {
    expect(pathBelow(DISCORD, url)).toBe(path);
  });

  it('keeps the whole path where the base has none', () => {
    expect(pathBelow(new URL('http://localhost:3001'), 'http://localhost:3001/v9/gateway')).toBe(
      '/v9/gateway',
    );
  });
});

describe('apiHosts', () => {
  it.each([
    ['https://discord.com/', true],
    ['https://canary.discord.com/', true],
    ['https://discordapp.com/', true],
    ['https://status.discord.com/', false],
    ['https://sentry.example/', false],
    ['http://127.0.0.1:9000/', false],
  ])('knows %s: %s', (url, isApi) => {
    expect(apiHosts(DISCORD, ['wss://gateway.discord.gg/?v=10'])(url)).toBe(isApi);
  });

  it('takes the hosts of the gateways of a file in, whatever their port', () => {
    const isOfApi = apiHosts(DISCORD, ['ws://127.0.0.1:7331/', 'ws://[::1]:7/']);
    expect(isOfApi('http://127.0.0.1:9000/')).toBe(true);
    expect(isOfApi('http://[::1]:8/')).toBe(true);
  });

  it('knows the API that was named, and then not those of Discord', () => {
    const isOfApi = apiHosts(new URL('https://chat.example/rest'), []);
    expect(isOfApi('https://chat.example/')).toBe(true);
    expect(isOfApi('https://discord.com/')).toBe(false);
  });
});
