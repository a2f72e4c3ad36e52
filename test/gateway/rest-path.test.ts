/** Paths mean what a server would route them to: the WHATWG URL parser and decodeURIComponent are the referees. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedOnce, parseRoute, walkPath } from '../../src/gateway/rest-path.js';
import { spelled } from '../support/spelled-paths.js';

const meant = (path: string): string => `/${walkPath(escapedOnce(path)).join('/')}`;

describe('walkPath', () => {
  it.each([
    ['/channels/1/messages', '/channels/1/messages'],
    ['/%77ebhooks/1%2FT', '/webhooks/1/T'],
    ['//a///b/', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/a/%2e%2E/%2e/c', '/c'],
    ['/../../a', '/a'],
    [String.raw`\a\b%5cc`, '/a/b/c'],
    ['/%252577ebhooks', '/webhooks'],
    ['/%2%46a', '/a'],
    ['/reactions/%F0%9F%94%A5/@me', '/reactions/%F0%9F%94%A5/@me'],
    ['/a%3Fb%23c', '/a?b#c'],
    ['/100%', '/100%'],
    ['/', '/'],
    ['', '/'],
  ])('%s leads to %s', (path, end) => {
    expect(meant(path)).toBe(end);
  });

  it('gives the position and the route of each segment', () => {
    const entered: unknown[] = [];
    walkPath('/a//%62/../c', ({ start, end, name }, way) => entered.push([start, end, name, [...way]]));
    expect(entered).toEqual([
      [1, 2, 'a', []],
      [4, 7, 'b', ['a']],
      [8, 10, '..', ['a', 'b']],
      [11, 12, 'c', ['a']],
    ]);
  });

  it('leads where the URL parser says, whatever the path', () => {
    fc.assert(
      fc.property(fc.webPath({ size: '-1' }), (path) => {
        const { pathname } = new URL(`http://x${path.startsWith('/') ? path : `/${path}`}`);
        const names = pathname.split('/').filter((name) => name !== '');
        expect(walkPath(path)).toEqual(
          names.map((name) =>
            name.replace(/%([0-7].)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          ),
        );
      }),
    );
  });

  it('leads to the same end however a path is spelled', () => {
    fc.assert(
      fc.property(spelled(['channels', '12', 'messages']), (path) => {
        expect(meant(path)).toBe('/channels/12/messages');
      }),
    );
  });
});

it('escapedOnce does not change a path that is escaped once', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (names) => {
      const path = names.map((name) => encodeURIComponent(name.replaceAll('%', ''))).join('/');
      expect(escapedOnce(path)).toBe(path);
    }),
  );
});

it.each(['%25', '%%32', '/', 'a', '../', '%2f'])(
  'a path of a megabyte of %s is walked in linear time',
  (part) => {
    const path = part.repeat(1 << 18);
    expect(walkPath(escapedOnce(path)).length).toBeLessThanOrEqual(path.length);
  },
);

it.each([
  ['/v10/channels/1234/messages?limit=5', '/channels/:id/messages'],
  ['/gateway/bot', '/gateway/bot'],
  ['/v9/users/@me/guilds', '/users/@me/guilds'],
  ['/webhooks/12/aBc-D_e/messages/@original', '/webhooks/:id/:token/messages/@original'],
  ['/webhooks/12', '/webhooks/:id'],
  ['/interactions/1/lowercasetoken/callback', '/interactions/:id/:token/callback'],
  ['/channels/1/messages/2/reactions/%F0%9F%94%A5/@me', '/channels/:id/messages/:id/reactions/:value/@me'],
  ['/channels/1/messages/2/reactions/smile/@me', '/channels/:id/messages/:id/reactions/:value/@me'],
  ['/channels/1/messages/2/reactions/1/@me', '/channels/:id/messages/:id/reactions/:id/@me'],
  ['/invites/lowercase', '/invites/:value'],
  ['/guilds/templates/lowercase', '/guilds/templates/:value'],
  ['/entitlements/gift-codes/lowercase', '/entitlements/gift-codes/:value'],
  ['/gateway?a=/1#/b', '/gateway'],
  ['/gateway#a?b', '/gateway'],
  ['/guilds/1/widget.png', '/guilds/:id/widget.png'],
  ['//v10//x', '/v10/x'],
  ['/', '/'],
  ['', '/'],
])('the route of %s is %s', (path, route) => {
  expect(parseRoute(path)).toBe(route);
});

it('the route of any path contains no ids or other values', () => {
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      expect(parseRoute(path)).toMatch(/^\/(?:(?::id|:token|:value|@?[a-z][a-z0-9_.-]*)(?:\/|$))*$/);
    }),
  );
});
