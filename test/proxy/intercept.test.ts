import { describe, expect, it } from 'vitest';
import { interceptedHosts, isIntercepted } from '../../src/proxy/hosts.js';

const DISCORD = {
  upstream: new URL('wss://gateway.discord.gg'),
  api: new URL('https://discord.com/api'),
  allowHosts: [],
};

describe('of Discord', () => {
  const hosts = interceptedHosts(DISCORD);

  it.each([
    'gateway.discord.gg',
    'gateway-us-east1-b.discord.gg',
    'GATEWAY-EU.discord.gg',
    'discord.com',
    'ptb.discord.com',
    'canary.discord.com',
  ])('%s is looked into', (host) => expect(isIntercepted(host, hosts)).toBe(true));

  it.each([
    'discord.gg',
    'cdn.discordapp.com',
    'support.discord.com',
    'evilgateway.discord.gg',
    'gateway-.discord.gg',
    'gateway-a.b.discord.gg',
    'gateway-x.discord.gg.evil.example',
    'gateway-@evil.discord.gg',
    'discord.com.evil.example',
    'localhost',
    '127.0.0.1',
    '',
  ])('%s is not', (host) => expect(isIntercepted(host, hosts)).toBe(false));
});

describe('of another gateway', () => {
  const hosts = interceptedHosts({
    upstream: new URL('wss://gw.example.org:3001'),
    api: new URL('https://[::1]:3001/api'),
    allowHosts: ['Resume.Example.org'],
  });

  it.each([
    ['gw.example.org', true],
    ['[::1]', true],
    ['resume.example.org', true],
    ['example.org', false],
    ['gateway.discord.gg', false],
    ['discord.com', false],
  ])('%s: %s', (host, is) => expect(isIntercepted(host, hosts)).toBe(is));
});
