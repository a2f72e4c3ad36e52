/** Calls of HAR files as the shapes that programs write, as what a tap reports of them. */
import { describe, expect, it } from 'vitest';
import type { TapEvent } from '../../../../src/capture/tap.js';
import { apiHosts, callEvents, pathBelow } from '../../../../src/library/forms/har/call.js';
import { harCall } from '../../../../src/library/forms/har/entry.js';
import { START_US } from '../../../support/capture/records.js';

type Fields = Readonly<Record<string, unknown>>;

function events(request: Fields, response: Fields, rest: Fields = {}): readonly TapEvent[] {
  const entry = {
    startedDateTime: '2026-08-01T00:00:00.000Z',
    time: 90.5,
    request: { method: 'POST', url: 'https://discord.com/api/v10/x', headers: [], ...request },
    response: { status: 200, headers: [], ...response },
    ...rest,
  };
  return [...callEvents(1, '/v10/x', harCall.parse(entry), () => null)];
}

const ofType = <T extends TapEvent['type']>(
  type: T,
  all: readonly TapEvent[],
): Extract<TapEvent, { type: T }>[] =>
  all.filter((event): event is Extract<TapEvent, { type: T }> => event.type === type);
const bodies = (all: readonly TapEvent[]): unknown[] =>
  ofType('body', all).map(({ message, bytes }) => [message, Buffer.from(bytes).toString()]);
const sizes = (all: readonly TapEvent[]): unknown =>
  ofType('exchange_end', all).map(({ end: { requestBytes, responseBytes } }) => [
    requestBytes,
    responseBytes,
  ])[0];

describe('callEvents', () => {
  it('has heads, bodies and times, and of the headers only selected ones', () => {
    const all = events(
      {
        headers: [
          { name: 'Authorization', value: 'Bot abc' },
          { name: 'User-Agent', value: 'a bot' },
          { name: 'Content-Type', value: 'application/json' },
          { name: 'Cookie', value: '__dcfduid=0123456789' },
        ],
        postData: { mimeType: 'text/plain', text: '{"content":"hi"}' },
        bodySize: 16,
      },
      {
        headers: [
          { name: 'X-RateLimit-Remaining', value: '4' },
          { name: 'Server', value: 'x' },
        ],
        content: { size: 10, mimeType: 'application/json', text: '{"id":"7"}' },
        bodySize: 8,
      },
    );
    expect(all[0]).toEqual({
      type: 'exchange',
      exchange: 1,
      start: {
        atUs: START_US,
        method: 'POST',
        path: '/v10/x',
        contentType: 'application/json',
        contentEncoding: null,
        userAgent: 'a bot',
        authorization: 'Bot abc',
        secrets: ['Bot abc', 'abc', '0123456789'],
      },
    });
    expect(ofType('answer', all)[0]?.answer).toEqual({
      status: 200,
      contentType: 'application/json',
      contentEncoding: null,
      headers: { 'x-ratelimit-remaining': '4' },
    });
    expect(bodies(all)).toEqual([
      ['request', '{"content":"hi"}'],
      ['response', '{"id":"7"}'],
    ]);
    expect(all.at(-1)).toEqual({
      type: 'exchange_end',
      exchange: 1,
      end: { atUs: START_US + 90_500, fault: null, requestBytes: 16, responseBytes: 8 },
    });
  });

  it('reads base64, and puts the fields of a form together', () => {
    const all = events(
      {
        postData: {
          mimeType: 'application/x-www-form-urlencoded',
          params: [
            { name: 'grant_type', value: 'refresh token' },
            { name: 'a', value: '1&2' },
          ],
        },
      },
      { content: { size: 5, mimeType: 'text/plain', text: 'aGVsbG8=', encoding: 'base64' } },
    );
    expect(bodies(all)).toEqual([
      ['request', 'grant_type=refresh+token&a=1%262'],
      ['response', 'hello'],
    ]);
  });

  it('counts a body that the file leaves out, as far as its size is known', () => {
    expect(
      sizes(events({ bodySize: 9 }, { content: { size: 300, mimeType: 'image/png' }, bodySize: -1 })),
    ).toEqual([9, 300]);
    expect(sizes(events({}, {}))).toEqual([0, 0]);
  });

  it('does not take a body for cut that its coding made longer', () => {
    const content = { size: 2, mimeType: 'application/json', text: '{}' };
    expect(sizes(events({}, { content, bodySize: 22 }))).toEqual([0, 2]);
  });

  it('has no answer where the status is 0', () => {
    const all = events({}, { status: 0, content: { size: 0, mimeType: 'x-unknown' } }, { time: -1 });
    expect(all.map(({ type }) => type)).toEqual(['exchange', 'exchange_end']);
    expect(ofType('exchange_end', all)[0]?.end).toMatchObject({ fault: 'no_answer', atUs: START_US });
  });

  it('ignores fields of unexpected types', () => {
    const all = events(
      { headers: 'none', postData: 3, bodySize: 'much' },
      { status: 'fine', headers: {}, content: 'text' },
      { time: 'long' },
    );
    expect(all.map(({ type }) => type)).toEqual(['exchange', 'exchange_end']);
  });
});

const DISCORD = new URL('https://discord.com/api');

describe('pathBelow', () => {
  it.each([
    ['https://discord.com/api/v10/users/@me?with=1', '/v10/users/@me?with=1'],
    ['https://other.example/api', '/'],
    ['https://discord.com/api/', '/'],
    ['https://discord.com/apiary', null],
    ['https://discord.com/assets/app.js', null],
    ['data:text/plain,/api/', null],
    ['https://', null],
  ])('of %s is %s', (url, path) => {
    expect(pathBelow(DISCORD, url)).toBe(path);
  });

  it('keeps the whole path where the base has none', () => {
    expect(pathBelow(new URL('http://localhost:3001'), 'http://localhost:3001/v9/gateway')).toBe(
      '/v9/gateway',
    );
  });
});

describe('apiHosts', () => {
  it.each([
    ['https://discord.com/', true],
    ['https://canary.discord.com/', true],
    ['https://discordapp.com/', true],
    ['https://status.discord.com/', false],
    ['https://sentry.example/', false],
    ['http://127.0.0.1:9000/', false],
  ])('knows %s: %s', (url, isApi) => {
    expect(apiHosts(DISCORD, ['wss://gateway.discord.gg/?v=10'])(url)).toBe(isApi);
  });

  it('takes the hosts of the gateways of a file in, whatever their port', () => {
    const isOfApi = apiHosts(DISCORD, ['ws://127.0.0.1:7331/', 'ws://[::1]:7/']);
    expect(isOfApi('http://127.0.0.1:9000/')).toBe(true);
    expect(isOfApi('http://[::1]:8/')).toBe(true);
  });

  it('knows the API that was named, and then not those of Discord', () => {
    const isOfApi = apiHosts(new URL('https://chat.example/rest'), []);
    expect(isOfApi('https://chat.example/')).toBe(true);
    expect(isOfApi('https://discord.com/')).toBe(false);
  });
});
