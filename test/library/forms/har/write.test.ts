/** Entries as other programs look at them: what HAR has words for. */
import { expect, it } from 'vitest';
import { callEntry, formatClose, socketEntry } from '../../../../src/library/forms/har/write.js';
import { closed, exchange, opened, START_US } from '../../../support/capture/records.js';
import { readerOf } from '../../../support/stores.js';

it('a REST call is written with its bodies, times and known headers', () => {
  const reader = readerOf([
    exchange({
      path: '/v10/channels/1/messages?wait=true',
      tokenAlias: 'redacted:0123456789abcdef',
      userAgent: 'a bot',
      status: 429,
      responseHeaders: { 'retry-after': '2', location: '/there' },
    }),
  ]);
  const [row] = reader.exchanges();
  expect(callEntry(row!, 'https://discord.com/api/')).toEqual({
    _resourceType: 'fetch',
    startedDateTime: '2026-08-01T00:00:00.000000Z',
    time: 90,
    cache: {},
    timings: { send: 0, wait: 90, receive: 0 },
    request: {
      method: 'POST',
      url: 'https://discord.com/api/v10/channels/1/messages?wait=true',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [
        { name: 'User-Agent', value: 'a bot' },
        { name: 'Authorization', value: 'redacted:0123456789abcdef' },
        { name: 'Content-Type', value: 'application/json' },
      ],
      queryString: [{ name: 'wait', value: 'true' }],
      headersSize: -1,
      postData: { mimeType: 'application/json', text: '{"content":"hi"}' },
      bodySize: 16,
    },
    response: {
      status: 429,
      statusText: 'Too Many Requests',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [
        { name: 'Content-Type', value: 'application/json' },
        { name: 'retry-after', value: '2' },
        { name: 'location', value: '/there' },
      ],
      headersSize: -1,
      content: { size: 25, mimeType: 'application/json', text: '{"id":"7","content":"hi"}' },
      redirectURL: '/there',
      bodySize: 25,
    },
  });
});

it('a URL is a valid URI, whatever the client sent', () => {
  const [row] = readerOf([exchange({ path: '/%/100%/a|b[c]^%7e?q={`é`}&%' })]).exchanges();
  expect(callEntry(row!, 'https://discord.com/api')).toMatchObject({
    request: { url: 'https://discord.com/api/%25/100%25/a%7Cb%5Bc%5D%5E%7e?q=%7B%60%C3%A9%60%7D&%25' },
  });
});

it('an unanswered call, or a body that was not kept, is marked', () => {
  const body = { contentType: null, wireBytes: 7, text: null, isCut: true };
  const [row] = readerOf([
    exchange({ status: null, fault: 'no_answer', request: body, response: body }),
  ]).exchanges();
  const entry = callEntry(row!, '');
  expect(entry).not.toHaveProperty('request.postData');
  expect(entry).toMatchObject({
    request: { url: 'http://localhost/api' },
    response: {
      status: 0,
      _error: 'no_answer',
      content: { size: 7, mimeType: 'x-unknown', comment: 'not all of it was recorded' },
    },
  });
});

it('a connection is written with its handshake and its close', () => {
  const [row, open] = readerOf([
    opened({ userAgent: 'a bot', extensions: 'permessage-deflate' }),
    closed({ closeCode: 4004, closeReason: 'Authentication failed.' }),
    opened({ connection: 2, upstreamUrl: '', upgradeStatus: 502 }),
  ]).connections();
  expect(socketEntry(row!)).toMatchObject({
    _resourceType: 'websocket',
    time: 1000,
    request: {
      url: 'wss://gateway.example/?v=10&encoding=json',
      headers: [{ name: 'User-Agent', value: 'a bot' }],
    },
    response: { status: 101, headers: [{ name: 'Sec-WebSocket-Extensions', value: 'permessage-deflate' }] },
  });
  expect(formatClose(row!)).toBe(
    `,"_webSocketClose":{"code":4004,"reason":"Authentication failed.","timestamp":${START_US / 1000 + 1000}}`,
  );
  expect(socketEntry(open!)).toMatchObject({
    time: 0,
    request: { url: 'ws://localhost/?v=10&encoding=json' },
    response: { status: 502, statusText: 'Bad Gateway' },
  });
  expect(formatClose(open!)).toBe('');
});
