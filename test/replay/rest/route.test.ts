import { describe, expect, it } from 'vitest';
import { readAsked, parseBody, formatRequestKey } from '../../../src/replay/rest/routes.js';

describe('a route', () => {
  it.each([
    ['/v10/channels/5/messages', 'GET /channels/5/messages'],
    ['/channels/5/messages?limit=1', 'GET /channels/5/messages'],
    ['/v9/users/@me/', 'GET /users/@me'],
    ['/v10/webhooks/5/redacted:1/messages/@original', 'GET /webhooks/5/:token/messages/@original'],
    ['/v10/interactions/5/aW50/callback', 'GET /interactions/5/:token/callback'],
    ['/v10/webhooks/5', 'GET /webhooks/5'],
    ['/v10//%77ebhooks%2F5/aW50', 'GET /webhooks/5/:token'],
    ['/vanity', 'GET /vanity'],
  ])('of %s is %s', (path, route) => {
    expect(formatRequestKey({ method: 'GET', path })).toBe(route);
  });
});

describe('a body', () => {
  const multipart = [
    '--x',
    'Content-Disposition: form-data; name="payload_json"',
    'Content-Type: application/json',
    '',
    '{"content":"a"}',
    '--x',
    'Content-Disposition: form-data; name="files[0]"; filename="a.txt"',
    '',
    'a',
    '--x--',
  ].join('\r\n');

  it.each([
    ['{"a":1}', { a: 1 }],
    [multipart, { content: 'a' }],
    [multipart.replaceAll('\r\n', '\n'), { content: 'a' }],
    ['name="payload_json"\n\n{"a":1}\n--x', { a: 1 }],
    ['name="payload_json"\r\n\r\n{"a":1}', null],
    ['name="payload_json"', null],
    ['a=1', null],
    [null, null],
  ])('%j holds %j', (body, value) => {
    expect(parseBody({ body })).toEqual(value);
  });
});

describe('what is asked', () => {
  const asked = (body: object, path = '/channels/5/messages'): unknown =>
    Object.fromEntries(readAsked({ method: 'POST', path, type: null, body: JSON.stringify(body) }));

  it('leaves out nonces, and which ids they are; the order of keys and nulls within say nothing', () => {
    const one = { content: 'a', nonce: '1', ref: { message_id: '111111111111111111', fail: null, x: 1 } };
    const other = { ref: { x: 1, message_id: '222222222222222222' }, content: 'a', nonce: '2' };
    expect(asked(one)).toEqual(asked(other));
  });

  it('of a list is the whole of it, ids apart', () => {
    expect(asked([1, '111111111111111111'])).toEqual(asked([1, '222222222222222222']));
    expect(asked([1])).not.toEqual(asked([2]));
  });

  it('counts the query and every other member', () => {
    expect(asked({ content: 'a' })).not.toEqual(asked({ content: 'b' }));
    expect(asked({}, '/x?limit=1')).not.toEqual(asked({}, '/x?limit=2'));
  });
});

describe('a hostile body', () => {
  it('that is nested too deep is compared as text', () => {
    const body = '['.repeat(50_000) + ']'.repeat(50_000);
    expect(parseBody({ body })).toBeNull();
    expect(readAsked({ method: 'POST', path: '/x', type: null, body }).get('')).toBe(body);
    const part = `--b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n${body}\r\n--b--`;
    expect(parseBody({ body: part })).toBeNull();
  });

  it('with many beginnings of a part is looked at once', () => {
    const body = 'name="payload_json"'.repeat(200_000);
    expect(parseBody({ body })).toBeNull();
  });
});
