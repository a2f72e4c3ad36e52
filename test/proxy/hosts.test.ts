import { describe, expect, it } from 'vitest';
import { throughProxy, chooseUpstream } from '../../src/proxy/hosts.js';
import { isAuthority } from '../../src/serving/visitors.js';

const discord = { upstream: new URL('wss://gateway.discord.gg'), allowHosts: ['gw.example'] };
const local = { upstream: new URL('ws://127.0.0.1:9000/gw/'), allowHosts: [] };
const proxy = 'ws://127.0.0.1:7331';

describe('upstreamFor', () => {
  it.each([
    ['/', 'wss://gateway.discord.gg/'],
    ['//', 'wss://gateway.discord.gg//'],
    ['/?v=10&encoding=json', 'wss://gateway.discord.gg/?v=10&encoding=json'],
    ['//?v=10', 'wss://gateway.discord.gg//?v=10'],
    ['/?x=%41&x=+', 'wss://gateway.discord.gg/?x=%41&x=+'],
    ['/r', 'wss://gateway.discord.gg/r'],
    ['/r/gateway-us-east1-b.discord.gg', 'wss://gateway-us-east1-b.discord.gg/'],
    ['/r/gateway-us-east1-b.discord.gg?v=10', 'wss://gateway-us-east1-b.discord.gg/?v=10'],
    ['/r/gateway-us-east1-b.discord.gg/?v=10', 'wss://gateway-us-east1-b.discord.gg/?v=10'],
    ['/r/gateway-us-east1-b.discord.gg//?v=10', 'wss://gateway-us-east1-b.discord.gg//?v=10'],
    ['/r/Gateway.Discord.GG:8443/x/y?z', 'wss://gateway.discord.gg:8443/x/y?z'],
    ['/r/gateway.discord.gg:80', 'ws://gateway.discord.gg/'],
    ['/r/gw.example', 'wss://gw.example/'],
  ])('%s is dialled as %s', (target, url) => {
    expect(chooseUpstream(target, discord)).toBe(url);
  });

  it('puts the configured path before the client’s, but not before a named host’s', () => {
    expect(chooseUpstream('/?v=10', local)).toBe('ws://127.0.0.1:9000/gw/?v=10');
    expect(chooseUpstream('/r/127.0.0.1:9001/x?v=10', local)).toBe('ws://127.0.0.1:9001/x?v=10');
  });

  it.each([
    '/r/',
    '/r/evil.example',
    '/r/discord.gg.evil.example',
    '/r/evildiscord.gg',
    '/r/gateway.discord.gg@evil.example',
    '/r/evil.example%2f.discord.gg',
    '/r/evil.example#.discord.gg',
    '/r/evil.example\\.discord.gg',
    '/r/127.0.0.1',
    '/r/localhost:6379',
    '/r/[::1]',
    '/r/169.254.169.254/latest/meta-data',
    '/r/gg',
    '/r/gateway.discord.gg:99999',
    '/r/gateway.discord.gg:',
    '/r/:443',
    '/r/sub.gw.example',
  ])('%s is not dialled', (target) => {
    expect(chooseUpstream(target, discord)).toBeNull();
  });

  it.each(['/r/localhost', '/r/127.0.0.2', '/r/0x7f000002', '/r/gateway.discord.gg'])(
    '%s is not the upstream 127.0.0.1',
    (target) => {
      expect(chooseUpstream(target, local)).toBeNull();
    },
  );

  it('takes other spellings of the same address for what they are', () => {
    expect(chooseUpstream('/r/0x7f.1:9001', local)).toBe('ws://127.0.0.1:9001/');
  });

  it('does not take a public suffix for an owner', () => {
    const rules = { upstream: new URL('wss://mine.github.io'), allowHosts: [] };
    expect(chooseUpstream('/r/other.github.io', rules)).toBeNull();
    expect(chooseUpstream('/r/b.mine.github.io', rules)).toBe('wss://b.mine.github.io/');
  });
});

describe('throughProxy', () => {
  it.each([
    ['wss://gateway-us-east1-b.discord.gg', `${proxy}/r/gateway-us-east1-b.discord.gg`],
    ['wss://gateway-us-east1-b.discord.gg/', `${proxy}/r/gateway-us-east1-b.discord.gg`],
    ['wss://gateway-us-east1-b.discord.gg:8443/a/', `${proxy}/r/gateway-us-east1-b.discord.gg:8443/a`],
    ['ws://gateway.discord.gg', `${proxy}/r/gateway.discord.gg:80`],
    ['wss://evil.example', null],
    ['https://gateway.discord.gg', null],
    ['wss://gateway.discord.gg/?x=1', null],
    ['ws://gateway.discord.gg:8080', null],
    ['not a url', null],
    ['', null],
  ])('%s becomes %s', (url, expected) => {
    expect(throughProxy(url, proxy, discord)).toBe(expected);
  });

  it('is undone by upstreamFor', () => {
    for (const url of [
      'wss://gateway-us-east1-b.discord.gg',
      'wss://a.discord.gg:8443/x',
      'ws://a.discord.gg',
    ]) {
      const path = throughProxy(url, proxy, discord)!.slice(proxy.length);
      for (const suffix of ['', '/']) {
        const dialled = new URL(chooseUpstream(`${path}${suffix}?v=10`, discord)!);
        const expected = new URL(`${url}${url.endsWith('/x') ? suffix : '/'}?v=10`);
        expect(dialled.href).toBe(expected.href);
      }
    }
  });
});

describe('isAuthority', () => {
  it.each(['127.0.0.1:7331', 'localhost', 'gatetape', 'my_host:1', '[::1]:7331', 'a.b-c.d'])(
    'accepts %s',
    (text) => {
      expect(isAuthority(text)).toBe(true);
    },
  );
  it.each(['', 'a b', 'a/b', 'a@b', 'a:b', 'a:', ':1', 'a"b', 'a.', '.a', '[::1', 'a:70000'])(
    'does not accept %s',
    (text) => {
      expect(isAuthority(text)).toBe(false);
    },
  );
});
