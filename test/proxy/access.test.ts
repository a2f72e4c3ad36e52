import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { decideAccess, type AccessRules } from '../../src/proxy/access.js';

const REVERSE: AccessRules = {
  mode: 'reverse',
  ownNames: ['recorder.example.org'],
  isUpstream: (hostname) => hostname.endsWith('.discord.gg'),
  intercepted: ['gateway.discord.gg', 'discord.com'],
  allowOrigins: [],
};
const FORWARD: AccessRules = { ...REVERSE, mode: 'forward' };

/** `ok`, or the status and reason of the refusal. */
function answer(headers: IncomingHttpHeaders, rules = REVERSE, url = '/'): string {
  const request = { url, headers, rawHeaders: [], socket: new Socket() } as unknown as IncomingMessage;
  const admission = decideAccess(request, rules, new WeakMap());
  return admission.type === 'admitted' ? 'ok' : `${admission.status} ${admission.reason}`;
}

describe('the Host header', () => {
  it.each([
    'localhost:7331',
    '127.0.0.1:7331',
    '192.168.1.5',
    '8.8.8.8:7331',
    '[::1]:7331',
    'recorder:7331',
    'host.docker.internal:7331',
    'Recorder.Example.org',
    'gateway.discord.gg',
  ])('may be %s', (host) => expect(answer({ host })).toBe('ok'));

  it.each([
    'evil.org',
    'evil.org:7331',
    'localhost.evil.org',
    '127.0.0.1.nip.io',
    'gateway.discord.gg.evil.org',
  ])('may not be %s (DNS rebinding)', (host) =>
    expect(answer({ host })).toMatch(/^403 the Host header names /),
  );

  it.each(['a b', 'a@b', 'a/b', '', 'x:99999'])('is not a host: %j', (host) => {
    expect(answer({ host })).toMatch(/^400 /);
  });

  it('may be missing, as in HTTP/1.0', () => expect(answer({})).toBe('ok'));
});

describe('the origin of a page', () => {
  const host = '127.0.0.1:7331';

  it.each([
    'https://evil.org',
    'http://127.0.0.1:3000',
    'http://localhost:7331',
    'null',
    'file://',
    '',
    'https://evil.org\u0007',
  ])('may not be of %j in reverse mode', (origin) => {
    expect(answer({ host, origin })).toMatch(/^403 a web page of .*--allow-origin/);
  });

  it.each([
    ['http://127.0.0.1:7331', []],
    // A program says so of itself, as Discord's own clients do.
    ['https://discord.com', []],
    ['https://app.example.org', ['https://app.example.org']],
    ['https://a.b.example.org', ['https://*.example.org']],
    ['null', ['null']],
  ])('may be of %s where %j are allowed', (origin, allowOrigins) => {
    expect(answer({ host, origin }, { ...REVERSE, allowOrigins })).toBe('ok');
  });

  it.each(['https://evil.org/.example.org', 'https://evilexample.org', 'http://a.example.org'])(
    'is not one of https://*.example.org: %s',
    (origin) => {
      expect(answer({ host, origin }, { ...REVERSE, allowOrigins: ['https://*.example.org'] })).toMatch(
        /^403/,
      );
    },
  );

  it.each(['cross-site', 'same-site'])('may not be absent on a request that a page embeds (%s)', (site) => {
    expect(answer({ host, 'sec-fetch-site': site })).toMatch(/^403/);
    expect(answer({ host, 'sec-fetch-site': 'none' })).toBe('ok');
  });

  it.each([
    'https://discord.com',
    'https://canary.discord.com',
    'https://discordapp.com',
    'https://gateway.discord.gg',
  ])('may be of %s in forward mode, towards Discord', (origin) => {
    const headers = { host: 'gateway.discord.gg', origin };
    expect(answer(headers, FORWARD, 'https://gateway.discord.gg/')).toBe('ok');
  });

  it.each([
    'https://evil.org',
    'http://discord.com',
    'https://discord.com.evil.org',
    'https://evil.org/.discord.com',
  ])('may not be of %s in forward mode either', (origin) => {
    const headers = { host: 'gateway.discord.gg', origin };
    expect(answer(headers, FORWARD, 'https://gateway.discord.gg/')).toMatch(/^403/);
  });
});

describe('another origin', () => {
  it.each(['http://discord.com/api', 'https://gateway.discord.gg/'])(
    '%s can be named in forward mode',
    (url) => {
      expect(answer({ host: 'discord.com' }, FORWARD, url)).toBe('ok');
    },
  );

  it.each(['http://169.254.169.254/latest', 'http://localhost:9/', 'http://evil.org/'])('%s cannot', (url) =>
    expect(answer({ host: '127.0.0.1' }, FORWARD, url)).toMatch(/^403 .* is neither gateway nor API/),
  );

  it('cannot be named with a user', () => {
    expect(answer({ host: '127.0.0.1' }, FORWARD, 'http://discord.com@evil.org/')).toMatch(/^400 /);
  });

  it('cannot be named in reverse mode', () => {
    expect(answer({ host: 'discord.com' }, REVERSE, 'http://discord.com/api')).toMatch(
      /^403 .*--mode forward/,
    );
    expect(answer({ host: 'x' }, REVERSE, 'http://evil.org/')).toMatch(/^403/);
  });
});
