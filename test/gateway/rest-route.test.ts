import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRoute } from '../../src/gateway/rest-path.js';

it.each([
  ['/v10/channels/1234/messages?limit=5', '/channels/:id/messages'],
  ['/gateway/bot', '/gateway/bot'],
  ['/v9/users/@me/guilds', '/users/@me/guilds'],
  ['/webhooks/12/aBc-D_e/messages/@original', '/webhooks/:id/:token/messages/@original'],
  ['/webhooks/12', '/webhooks/:id'],
  ['/interactions/1/lowercasetoken/callback', '/interactions/:id/:token/callback'],
  ['/channels/1/messages/2/reactions/%F0%9F%94%A5/@me', '/channels/:id/messages/:id/reactions/:value/@me'],
  ['/channels/1/messages/2/reactions/smile/@me', '/channels/:id/messages/:id/reactions/:value/@me'],
  ['/invites/lowercase', '/invites/:value'],
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
