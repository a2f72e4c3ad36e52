import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OBFUSCATED_NAME } from '../../../src/gateway/obfuscation.js';
import type { JsonObject, JsonValue } from '../../../src/gateway/payload.js';
import { DefaultAnswers, MADE_ROUTES } from '../../../src/replay/rest/default-answers.js';
import { dispatch, readySession, recording } from '../../support/capture/steps.js';
import { strangeJson } from '../../support/strange-json.js';

const rest = new DefaultAnswers([recording(), readySession()]);

function answer(method: string, path: string, body: JsonValue = null): unknown {
  const text = body === null ? null : JSON.stringify(body);
  const found = rest.answer({ method, path: `/v10${path}`, type: null, body: text });
  return found === null
    ? null
    : [found.status, found.body === null ? null : (JSON.parse(found.body) as JsonValue)];
}

describe('a default answer', () => {
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
    expect(answer('PATCH', '/channels/5/messages/2', { content: 'ho' })).toMatchObject([
      200,
      { id: '2', content: 'ho', nonce: '7', channel_id: '5', edited_timestamp: expect.any(String) as string },
    ]);
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
    ['GET', '/channels/5'],
    ['GET', '/channels/5/messages/9'],
    ['POST', '/channels/5/messages/9/unheard-of'],
    ['DELETE', '/applications/5/commands'],
  ])('has no answer to %s %s', (method, path) => {
    expect(answer(method, path)).toBeNull();
  });

  it('has no user without a READY, and is silent all the same', () => {
    const request = { method: 'GET', path: '/users/@me', type: null, body: null };
    expect(new DefaultAnswers([recording()]).answer(request)).toBeNull();
    const typing = { ...request, method: 'POST', path: '/channels/5/typing' };
    expect(new DefaultAnswers([recording()]).answer(typing)).toMatchObject({ status: 204, body: null });
  });

  it('has no application where READY names none', () => {
    const of = new DefaultAnswers([recording(dispatch(0, 1, 'READY', { user: { id: '1' } }))]);
    expect(of.answer({ method: 'GET', path: '/applications/@me', type: null, body: null })).toBeNull();
  });

  it('refuses a channel that the bot may not view, and leaves it out of the list of its guild', () => {
    const hidden = { id: '8', type: 0, position: 1, name: OBFUSCATED_NAME, flags: 1 << 17 };
    const channels = [{ id: '5', type: 0, position: 0 }, hidden, null];
    const of = new DefaultAnswers([readySession(dispatch(30, 2, 'GUILD_CREATE', { id: '4', channels }))]);
    const get = (path: string): unknown => of.answer({ method: 'GET', path, type: null, body: null });
    expect(get('/channels/8')).toMatchObject({ status: 403 });
    expect(get('/guilds/4/channels')).toMatchObject({
      body: '[{"id":"5","type":0,"position":0},null]',
    });
    expect(get('/guilds/5/channels')).toBeNull();
  });

  it('says of a message that it is a reply', () => {
    const body = { content: 'a', message_reference: { message_id: '7' } };
    expect(answer('POST', '/channels/5/messages', body)).toMatchObject([200, { type: 19, content: 'a' }]);
  });

  it('has an id that no recorded message or channel has, nor one that was removed', () => {
    const steps = [
      dispatch(30, 2, 'MESSAGE_CREATE', { id: '2', content: 'recorded' }),
      dispatch(31, 3, 'CHANNEL_CREATE', { id: '4' }),
    ];
    const of = new DefaultAnswers([readySession(...steps)]);
    const ask = (method: string, path: string): unknown =>
      of.answer({ method, path, type: null, body: '{"recipient_id":"9"}' })?.body;
    expect(ask('DELETE', '/channels/5/messages/3')).toBeNull();
    expect(ask('POST', '/users/@me/channels')).toContain('"id":"5"');
    expect(ask('POST', '/channels/5/messages')).toContain('"id":"6"');
    expect(ask('GET', '/channels/5/messages/2')).toContain('recorded');
  });

  it('is not loading any more once it is edited, whatever its flags were', () => {
    const [, { id }] = answer('POST', '/channels/5/messages', { content: 'a' }) as [number, { id: string }];
    const path = `/webhooks/5/token/messages/${id}`;
    expect(answer('PATCH', path, { content: 'b' })).toMatchObject([200, { id, flags: 0 }]);
  });

  it('begins a thread in a forum with its message', () => {
    const path = '/channels/5/threads';
    const [, thread] = answer('POST', path, { message: { content: 'a' } }) as [number, JsonObject];
    expect(thread).toMatchObject({ guild_id: null, message: { content: 'a', channel_id: thread['id'] } });
  });

  it('makes the message that an edit of an unanswered interaction is about, and nothing of a deletion', () => {
    expect(answer('DELETE', '/webhooks/5/unanswered/messages/@original')).toEqual([204, null]);
    expect(answer('PATCH', '/webhooks/5/none/messages/999', { content: 'a' })).toMatchObject([
      200,
      { id: '999', content: 'a', webhook_id: '5' },
    ]);
    expect(answer('POST', '/channels/5/messages/998/crosspost')).toMatchObject([
      200,
      { id: '998', flags: 1 },
    ]);
  });

  it('is JSON or nothing, whatever the recording and the request hold', () => {
    const any = strangeJson(
      ...['id', 'user', 'application', 'channels', 'threads', 'roles', 'type', 'flags', 'data', 'position'],
      ...['messages', 'message', 'message_reference', 'recipient_id', 'channel_id', 'name', 'nonce'],
    );
    const told = ['READY', 'GUILD_CREATE', 'CHANNEL_CREATE', 'MESSAGE_CREATE', 'INTERACTION_CREATE', 'OTHER'];
    const steps = fc.array(fc.tuple(fc.constantFrom(...told), any), { maxLength: 4 });
    const requests = fc.array(
      fc.record({
        route: fc.constantFrom(...MADE_ROUTES),
        id: fc.constantFrom('1', '5', '@original'),
        query: fc.constantFrom('', '?wait=true&with_response=true'),
        body: any,
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(steps, requests, (events, asked) => {
        const of = new DefaultAnswers([
          recording(...events.map(([event, d], index) => dispatch(index, index + 1, event, d))),
          readySession(),
        ]);
        for (const { route, id, query, body } of asked) {
          const [method = '', template = ''] = route.split(' ');
          const path = template.replaceAll(/:\w+/g, id) + query;
          const found = of.answer({ method, path, type: null, body: JSON.stringify(body) });
          if (found === null) continue;
          expect([200, 201, 204, 403, 404]).toContain(found.status);
          expect(found.body === null).toBe(found.status === 204);
          if (found.body === null) continue;
          const value = JSON.parse(found.body) as JsonValue;
          const isMade =
            found.status < 300 && ['POST', 'PATCH'].includes(method) && !route.endsWith('callback');
          if (isMade) expect(value).toMatchObject({ id: expect.any(String) as string });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives ids to messages whatever the id of the bot is', () => {
    const user = { id: 'me', username: 'bot' };
    const odd = new DefaultAnswers([recording(dispatch(1, 1, 'READY', { user }))]);
    const request = { method: 'POST', path: '/channels/5/messages', type: null, body: '{"content":"a"}' };
    expect(JSON.parse(odd.answer(request)?.body ?? '')).toMatchObject({
      id: '1',
      content: 'a',
      author: user,
    });
  });
});

describe('messages of the client', () => {
  const told = new DefaultAnswers([
    readySession(
      dispatch(30, 2, 'GUILD_CREATE', {
        id: '4',
        channels: [{ id: '5', type: 0 }],
        roles: [{ id: '4' }],
        threads: [],
      }),
      dispatch(31, 3, 'MESSAGE_CREATE', {
        id: '6',
        channel_id: '5',
        content: 'recorded',
        author: { id: '9' },
      }),
      dispatch(32, 4, 'INTERACTION_CREATE', { id: '7', type: 3, channel_id: '5' }),
    ),
  ]);
  const say = (method: string, path: string, body: JsonValue = null): [number, JsonObject | null] => {
    const found = told.answer({
      method,
      path: `/v10${path}`,
      type: null,
      body: body === null ? null : JSON.stringify(body),
    });
    return [found?.status ?? 404, found?.body ? (JSON.parse(found.body) as JsonObject) : null];
  };

  it('stays: a message keeps its id and what was said of it through edits, crossposts and fetches', () => {
    const [, sent] = say('POST', '/channels/5/messages', { content: 'one', embeds: [{ title: 't' }] });
    const path = `/channels/5/messages/${sent?.['id'] as string}`;
    const edited = { ...sent, content: 'two', edited_timestamp: expect.any(String) as string };
    expect(say('PATCH', path, { content: 'two' })).toEqual([200, edited]);
    expect(say('POST', `${path}/crosspost`)).toEqual([200, { ...edited, flags: 1 }]);
    expect(say('GET', path)).toEqual([200, { ...edited, flags: 1 }]);
    expect(say('DELETE', path)).toEqual([204, null]);
    const unknown = [404, { message: 'Unknown Message', code: 10008 }];
    for (const method of ['GET', 'PATCH', 'DELETE']) expect(say(method, path, {})).toEqual(unknown);
    expect(say('POST', `${path}/crosspost`)).toEqual(unknown);
    expect(say('PATCH', '/channels/5/messages/6', { content: 'edited' })).toMatchObject([
      200,
      { id: '6', content: 'edited', author: { id: '9' } },
    ]);
    expect(say('PATCH', '/channels/5/messages/99', { content: 'older' })).toMatchObject([
      200,
      { id: '99', content: 'older' },
    ]);
    expect(say('POST', '/channels/5/messages/bulk-delete', { messages: ['6', '99'] })).toEqual([204, null]);
    expect(say('GET', '/channels/5/messages/6')).toEqual(unknown);
  });

  it('makes channels of threads and direct messages, beside those of the guilds', () => {
    expect(say('POST', '/channels/5/messages/8/threads', { name: 'a' })).toMatchObject([
      201,
      { id: '8', type: 11, name: 'a', parent_id: '5', guild_id: '4' },
    ]);
    expect(say('GET', '/channels/8')).toMatchObject([200, { id: '8', name: 'a' }]);
    const [, thread] = say('POST', '/channels/5/threads', { name: 'b', type: 12 });
    expect(thread).toMatchObject({ type: 12, name: 'b' });
    expect(say('GET', `/channels/${thread?.['id'] as string}`)[0]).toBe(200);
    const [, direct] = say('POST', '/users/@me/channels', { recipient_id: '9' });
    expect(direct).toMatchObject({ type: 1, recipients: [{ id: '9' }] });
    expect(say('POST', '/users/@me/channels', { recipient_id: '9' })[1]).toEqual(direct);
    expect(say('GET', '/channels/5')).toEqual([200, { guild_id: '4', id: '5', type: 0 }]);
    expect(say('GET', '/guilds/4/roles')).toEqual([200, [{ id: '4' }]]);
  });

  it('to an interaction is one message, whatever becomes of it, with the response where the query asks for it', () => {
    expect(say('POST', '/interactions/7/tokenA/callback?with_response=true', { type: 5 })).toMatchObject([
      200,
      {
        interaction: { id: '7', type: 3, response_message_loading: true },
        resource: { type: 5, message: { channel_id: '5', flags: 128 } },
      },
    ]);
    const original = '/webhooks/1/tokenA/messages/@original';
    const [, first] = say('PATCH', original, { content: 'a' });
    const [, second] = say('PATCH', original, { content: 'b' });
    expect(first).toMatchObject({ content: 'a', flags: 0 });
    expect(second).toMatchObject({ id: first?.['id'], content: 'b' });
    expect(say('GET', original)).toEqual([200, second]);
    expect(say('POST', '/webhooks/1/tokenA', { content: 'follow-up' })).toMatchObject([
      200,
      { content: 'follow-up' },
    ]);
    expect(say('POST', '/interactions/8/tokenB/callback', { type: 4, data: { content: 'c' } })).toEqual([
      204,
      null,
    ]);
    expect(say('GET', '/webhooks/1/tokenB/messages/@original')).toMatchObject([200, { content: 'c' }]);
    expect(say('DELETE', '/webhooks/1/tokenB/messages/@original')).toEqual([204, null]);
    expect(say('PATCH', '/webhooks/1/tokenB/messages/@original', {})).toMatchObject([404, { code: 10008 }]);
    expect(say('POST', '/interactions/8/tokenC/callback?with_response=true', { type: 1 })).toEqual([
      200,
      { interaction: { id: '8', type: 2 }, resource: { type: 1 } },
    ]);
  });

  it('to a webhook of its own comes back where the query asks for it', () => {
    expect(say('POST', '/webhooks/2/tokenD', { content: 'x' })).toEqual([204, null]);
    expect(say('POST', '/webhooks/2/tokenD?wait=true', { content: 'x' })).toMatchObject([
      200,
      { content: 'x', webhook_id: '2' },
    ]);
  });

  it.each([
    ['true', 200],
    ['True', 200],
    ['1', 200],
    ['false', 204],
    ['False', 204],
    ['0', 204],
  ])('takes %s in a query as Discord does', (value, status) => {
    const answer = { type: 4, data: { content: 'x' } };
    expect(say('POST', `/interactions/9/tokenE/callback?with_response=${value}`, answer)[0]).toBe(status);
    expect(say('POST', `/webhooks/2/tokenF?wait=${value}`, { content: 'x' })[0]).toBe(status);
  });
});
