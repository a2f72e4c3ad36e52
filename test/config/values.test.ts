/** Addresses and amounts of bytes, as people write them. */
import { describe, expect, it } from 'vitest';
import { isUrl, parseIntents, parseListen } from '../../src/config/values.js';

describe('parseListen', () => {
  it.each([
    ['127.0.0.1:7331', '127.0.0.1', 7331],
    ['localhost:0', 'localhost', 0],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
    ['[::1]:7331', '::1', 7331],
    ['[::ffff:127.0.0.1]:1', '::ffff:127.0.0.1', 1],
    [':0', '127.0.0.1', 0],
    ['8080', '127.0.0.1', 8080],
    [' :1 ', '127.0.0.1', 1],
  ])('reads %s', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port });
  });

  it.each([
    '',
    'localhost',
    'localhost:',
    '::1:7331',
    '[::1]',
    'a b:1',
    ':65536',
    ':-1',
    'http://localhost:1',
    ':1.5',
  ])('refuses %j', (text) => {
    expect(parseListen(text)).toBeNull();
  });
});

describe('isUrl', () => {
  it('wants a URL with one of the schemes', () => {
    expect(isUrl('wss://gateway.discord.gg', ['ws:', 'wss:'])).toBe(true);
    expect(isUrl('https://discord.com', ['ws:', 'wss:'])).toBe(false);
    expect(isUrl('ws://', ['ws:'])).toBe(false);
    expect(isUrl('gateway', ['ws:'])).toBe(false);
  });
});

describe('parseIntents', () => {
  it.each([
    ['GUILD_MEMBERS', 2],
    ['guild_presences, MESSAGE_CONTENT', 256 | 32768],
    ['GUILDS', null],
    ['', null],
  ])('reads %j as the bits %s', (text, bits) => {
    expect(parseIntents(text)).toBe(bits);
  });
});
