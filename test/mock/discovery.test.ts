import { describe, expect, it } from 'vitest';
import { serve } from '../support/mocks.js';
import { readySession } from '../support/capture/steps.js';

describe('discovery', () => {
  it.each([
    '/gateway',
    '/gateway/',
    '/api/gateway',
    '/api/v10/gateway',
    '/v10/gateway',
    '/api/v9/gateway?x=1',
  ])('GET %s names the url, without a query or a slash at its end', async (path) => {
    const mock = await serve(readySession());
    const answer = await fetch(mock.apiUrl.replace('/api', path));
    expect(await answer.json()).toEqual({ url: mock.gatewayUrl });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(mock.gatewayUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  });

  it('GET /gateway/bot adds shards and the session start limit', async () => {
    const mock = await serve({ ...readySession(), shard: [3, 16] });
    const answer = await fetch(`${mock.apiUrl}/v10/gateway/bot`);
    expect(await answer.json()).toEqual({
      url: mock.gatewayUrl,
      shards: 16,
      session_start_limit: { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 16 },
    });
  });

  it.each([
    ['GET', '/api/v10/users/5', ['GET /users/@me']],
    ['POST', '/api/v10/gateway', []],
    ['GET', '/api/v10/gateway/bots', []],
    ['GET', '/', []],
  ])('%s %s is an unknown route, and the answer says what would be known', async (method, path, made) => {
    const mock = await serve(readySession());
    const answer = await fetch(mock.apiUrl.replace('/api', path), { method });
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        message: '404: Not Found',
        code: 0,
        gatetape: { asked: `${method} ${path.replace('/api/v10', '')}`, made, recorded: [] },
      },
    ]);
  });
});
