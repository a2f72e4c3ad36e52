import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { MakeshiftRest } from '../../../src/replay/rest/makeshift.js';
import { dispatch, opened, recording } from '../../support/recordings.js';

const rest = new MakeshiftRest([recording(), opened()]);

function answer(method: string, path: string, body: JsonValue = null): unknown {
  const text = body === null ? null : JSON.stringify(body);
  const found = rest.answer({ method, path: `/v10${path}`, type: null, body: text });
  return found === null
    ? null
    : [found.status, found.body === null ? null : (JSON.parse(found.body) as JsonValue)];
}

describe('a makeshift', () => {
  it('knows from READY who the bot is', () => {
    expect(answer('GET', '/users/@me')).toEqual([200, { id: '1', username: 'bot' }]);
    for (const path of ['/applications/@me', '/oauth2/applications/@me']) {
      expect(answer('GET', path)).toMatchObject([200, { id: '1', name: 'bot', bot: { id: '1' } }]);
    }
  });

  it('gives commands back as they are registered, with ids that are the same in every run', () => {
    const commands = [
      { name: 'ping', description: 'x' },
      { name: 'pong', type: 2 },
    ];
    const application = '584312684544000000';
    expect(answer('PUT', `/applications/${application}/commands`, commands)).toMatchObject([
      200,
      [
        { id: '584312684544000001', application_id: application, name: 'ping', description: 'x', type: 1 },
        { id: '584312684544000002', name: 'pong', type: 2 },
      ],
    ]);
    const path = `/applications/${application}/guilds/5/commands`;
    expect(answer('POST', path, { name: 'ping' })).toMatchObject([201, { guild_id: '5', name: 'ping' }]);
    expect(answer('GET', path)).toMatchObject([200, [{ name: 'ping' }]]);
    const [, [{ id }]] = answer('GET', path) as [number, [{ id: string }]];
    expect(answer('DELETE', `${path}/${id}`)).toEqual([204, null]);
  });

  it('gives messages back as they were sent, each with an id of its own', () => {
    const author = { id: '1', username: 'bot' };
    expect(answer('POST', '/channels/5/messages', { content: 'hi', nonce: '7' })).toMatchObject([
      200,
      { id: '2', channel_id: '5', content: 'hi', nonce: '7', author, attachments: [] },
    ]);
    expect(answer('PATCH', '/channels/5/messages/2', { content: 'ho' })).toMatchObject([200, { id: '3' }]);
    expect(answer('PATCH', '/webhooks/5/token/messages/@original', { content: 'ho' })).toMatchObject([
      200,
      { content: 'ho' },
    ]);
  });

  it.each([
    ['POST', '/interactions/5/token/callback'],
    ['POST', '/channels/5/typing'],
    ['PUT', '/channels/5/messages/6/reactions/x/@me'],
    ['DELETE', '/channels/5/messages/6'],
  ])('takes %s %s silently', (method, path) => {
    expect(answer(method, path, { type: 5 })).toEqual([204, null]);
  });

  it.each([
    ['GET', '/users/5'],
    ['POST', '/users/@me'],
    ['GET', '/channels/5/messages'],
    ['DELETE', '/applications/5/commands'],
  ])('has no answer to %s %s', (method, path) => {
    expect(answer(method, path)).toBeNull();
  });

  it('knows nobody without a READY', () => {
    const request = { method: 'GET', path: '/users/@me', type: null, body: null };
    expect(new MakeshiftRest([recording()]).answer(request)).toBeNull();
  });

  it('gives ids to messages whatever the id of the bot is', () => {
    const user = { id: 'me', username: 'bot' };
    const odd = new MakeshiftRest([recording(dispatch(1, 1, 'READY', { user }))]);
    const request = { method: 'POST', path: '/channels/5/messages', type: null, body: '{"content":"a"}' };
    expect(JSON.parse(odd.answer(request)?.body ?? '')).toMatchObject({
      id: '1',
      content: 'a',
      author: user,
    });
  });
});
