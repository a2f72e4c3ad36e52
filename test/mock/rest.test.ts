/** REST calls of real and bare clients: the answers, and the calls that a test sees. */
import { once } from 'node:events';
import { Client, Events, GatewayIntentBits, type Message } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { systemHost } from '../../src/host.js';
import { call, dispatch, readySession } from '../support/capture/steps.js';
import { serve } from '../support/mocks.js';

const CHANNEL = '700000000000000005';
const MESSAGE = '900000000000000001';
const AUTHOR = {
  id: '600000000000000001',
  username: 'someone',
  discriminator: '0',
  global_name: null,
  avatar: null,
};
const message = (id: string, content: string): Record<string, never> => ({
  ...({
    id,
    channel_id: CHANNEL,
    author: AUTHOR,
    content,
    timestamp: '2024-01-01T00:00:00.000000+00:00',
  } as object),
  ...({
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
  } as object),
  ...({ attachments: [], embeds: [], pinned: false, type: 0 } as object),
});

it('a bot on discord.js replies to a recorded message, and gets the recorded answer', async () => {
  const asked = {
    content: 'pong',
    tts: false,
    nonce: '1',
    message_reference: { message_id: MESSAGE, type: 0 },
  };
  const answer = { ...message('900000000000000002', 'pong'), nonce: '1' };
  const mock = await serve({
    ...readySession(
      dispatch(25, 2, 'GUILD_CREATE', {
        id: '700000000000000001',
        name: 'A guild',
        channels: [{ id: CHANNEL, type: 0, name: 'general', position: 0, permission_overwrites: [] }],
        members: [],
        roles: [],
        emojis: [],
        stickers: [],
        presences: [],
        voice_states: [],
        threads: [],
        stage_instances: [],
        guild_scheduled_events: [],
        unavailable: false,
        member_count: 1,
        owner_id: AUTHOR.id,
      }),
      dispatch(30, 3, 'MESSAGE_CREATE', { ...message(MESSAGE, 'ping'), guild_id: '700000000000000001' }),
    ),
    exchanges: [call('POST', `/v9/channels/${CHANNEL}/messages`, asked, answer)],
  });
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
    rest: { api: mock.apiUrl },
  });
  try {
    const heard = once(client, Events.MessageCreate) as Promise<[Message]>;
    await client.login('placeholder.token.of-the-test');
    const [ping] = await heard;
    const pong = await ping.reply({ content: 'pong', enforceNonce: true, nonce: '4242' });
    expect(pong).toMatchObject({ id: '900000000000000002', content: 'pong', nonce: '4242' });
    expect(mock.restCalls).toMatchObject([
      { method: 'GET', path: '/v10/gateway/bot', status: 200, origin: 'made', body: null },
      {
        method: 'POST',
        path: `/v10/channels/${CHANNEL}/messages`,
        body: { content: 'pong', message_reference: { message_id: MESSAGE } },
        status: 200,
        origin: 'recorded',
      },
    ]);
  } finally {
    await client.destroy();
  }
});

describe('a call', () => {
  it('that was never recorded is answered by 404 in the form of Discord, and a line in the log', async () => {
    const lines: string[] = [];
    const host = systemHost((level, line) => void lines.push(`${level}: ${line}`));
    const call = {
      atUs: 0,
      durationUs: 1,
      method: 'GET',
      path: '/v10/guilds/5/bans',
      status: 200,
      requestType: null,
    } as const;
    const answered = { responseType: null, requestBody: null, responseBody: null, responseHeaders: {} };
    const recording = { ...readySession(), exchanges: [{ ...call, ...answered }] };
    const mock = await serve(recording, 'max', { host });
    const answer = await fetch(`${mock.apiUrl}/v10/guilds/5/prune`, {
      method: 'POST',
      body: 'a=1',
    });
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        message: '404: Not Found',
        code: 0,
        gatetape: {
          asked: 'POST /guilds/5/prune',
          recorded: ['GET /guilds/5/bans'],
          made: expect.any(Array) as unknown,
        },
      },
    ]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^warn: no answer to POST \/guilds\/5\/prune, it gets a 404: the recording has GET \/guilds\/5\/bans; without a recording it answers GET \/guilds/,
      ),
    ]);
    expect(mock.restCalls).toMatchObject([{ status: 404, origin: 'unknown', body: 'a=1' }]);
  });

  it('has to carry the token of the mock, where it was given one', async () => {
    const mock = await serve(readySession(), 'max', { token: 'a-token' });
    const get = async (path: string, authorization?: string): Promise<number> =>
      (
        await fetch(
          `${mock.apiUrl}/v10${path}`,
          authorization === undefined ? {} : { headers: { authorization } },
        )
      ).status;
    expect(await get('/users/@me', 'Bot a-token')).toBe(200);
    expect(await get('/users/@me', 'Bot another')).toBe(401);
    expect(await get('/users/@me')).toBe(401);
    expect(await get('/gateway')).toBe(200);
    expect(await get('/gateway/bot')).toBe(401);
    const answer = await fetch(`${mock.apiUrl}/v10/interactions/5/x/callback`, {
      method: 'POST',
      body: '{"type":1}',
    });
    expect(answer.status).toBe(204);
  });
});
