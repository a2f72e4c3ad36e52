import { expect, it } from 'vitest';
import { pickRateLimitHeaders } from '../../src/gateway/rest-path.js';

it('pickRateLimitHeaders keeps rate-limit and redirect headers, and no others', () => {
  expect(
    pickRateLimitHeaders({
      'x-ratelimit-limit': '5',
      'x-ratelimit-reset-after': '1.5',
      'retry-after': '3',
      location: '/there',
      'set-cookie': ['a=b'],
      'x-retry-after': '3',
      'content-type': 'application/json',
    }),
  ).toEqual({
    'x-ratelimit-limit': '5',
    'x-ratelimit-reset-after': '1.5',
    'retry-after': '3',
    location: '/there',
  });
});
