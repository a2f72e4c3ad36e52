import { describe, expect, it } from 'vitest';
import type { RestCall } from '../../src/mock/gateway.js';
import { callMismatch, type ExpectedCall } from '../../src/vitest/expected-call.js';

const CALL: RestCall = {
  atUs: 1,
  method: 'POST',
  path: '/v10/channels/5/messages?wait=true',
  body: { content: 'pong', tts: false },
  status: 200,
  origin: 'made',
};
const mismatch = (expected: ExpectedCall): readonly string[] =>
  callMismatch(CALL, expected, (a, b) => JSON.stringify(a) === JSON.stringify(b));

describe('callMismatch', () => {
  it.each([
    [{}],
    [{ method: 'post', path: '/channels/5/messages' }],
    [{ path: '/channels/:id/messages' }],
    [{ path: '/v10/channels/5/messages?wait=true' }],
    [{ path: /^\/v10\/channels/ }],
    [{ status: 200, body: { content: 'pong' } }],
  ])('is null for %o', (expected) => {
    expect(mismatch(expected)).toEqual([]);
  });

  it.each([
    [
      { path: '/channels/6/messages' },
      'path is /v10/channels/5/messages?wait=true, not /channels/6/messages',
    ],
    [{ path: '/channels/:id' }, 'path is /v10/channels/5/messages?wait=true, not /channels/:id'],
    [
      { path: '/channels.5/messages' },
      'path is /v10/channels/5/messages?wait=true, not /channels.5/messages',
    ],
    [
      { path: '/channels/5/messages?wait=false' },
      'path is /v10/channels/5/messages?wait=true, not /channels/5/messages?wait=false',
    ],
    [{ method: 'GET' }, 'method is "POST", not "GET"'],
    [{ body: { content: 'ping' } }, 'body.content is "pong", not "ping"'],
    [{ status: 204 }, 'status is 200, not 204'],
  ])('of %o is described', (expected, told) => {
    expect(mismatch(expected)).toEqual([told]);
  });
});
