import { describe, expect, it } from 'vitest';
import { isInward, isLocalHost, isLoopback } from '../../src/serving/addresses.js';

describe('isInward', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.127.255.255',
    '198.18.0.1',
    '192.0.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '64:ff9b::100',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '2001:0:7f00:1::',
    '2002:7f00:1::',
    '100::1',
  ])('%s is', (address) => expect(isInward(address)).toBe(true));

  it.each([
    '162.159.135.234',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '198.20.0.1',
    '2606:4700::6810:84e5',
    '2a00:1450:4001:800::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('%s is not', (address) => expect(isInward(address)).toBe(false));
});

describe('isLocalHost', () => {
  it.each([
    'localhost',
    'recorder',
    'a.localhost',
    'host.docker.internal',
    'x.test',
    '127.0.0.1',
    '[::1]',
    '10.0.0.1',
  ])('%s is', (host) => expect(isLocalHost(host)).toBe(true));

  it.each([
    'discord.gg',
    'localhost.discord.gg',
    '8.8.8.8',
    '[2606:4700::1]',
    'printer.local',
    '127.0.0.1.nip.io',
  ])('%s is not', (host) => expect(isLocalHost(host)).toBe(false));
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', 'recorder', '127.example.org', '::ffff:1.2.3.4'])(
    '%s is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
