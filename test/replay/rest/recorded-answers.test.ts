import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { RecordedAnswers } from '../../../src/replay/rest/recorded-answers.js';
import { call } from '../../support/capture/steps.js';

const MESSAGES = '/v10/channels/5/messages';

/** Bodies of the answers to some POSTs, one after the other. */
function answers(
  book: RecordedAnswers,
  bodies: readonly JsonValue[],
  path = '/v9/channels/5/messages',
): JsonValue[] {
  return bodies.map((value) => {
    const body = JSON.stringify(value);
    const answer = book.answer({ method: 'POST', path, type: 'application/json', body });
    return answer?.body == null ? null : (JSON.parse(answer.body) as JsonValue);
  });
}

describe('recorded answers', () => {
  it('gives the answer to what was asked alike, whatever the order and the version', () => {
    const book = new RecordedAnswers([
      call('POST', MESSAGES, { content: 'a', tts: false }, { id: '1' }),
      call('POST', MESSAGES, { content: 'b', tts: false }, { id: '2' }),
    ]);
    expect(
      answers(book, [{ content: 'b', tts: false }, { content: 'a', tts: false }, { content: 'b' }]),
    ).toEqual([{ id: '2' }, { id: '1' }, { id: '2' }]);
  });

  it('gives equal ones in order, and the last one again and again', () => {
    const book = new RecordedAnswers([1, 2].map((id) => call('POST', MESSAGES, { content: 'a' }, { id })));
    const a = { content: 'a' };
    expect(answers(book, [a, a, a])).toEqual([{ id: 1 }, { id: 2 }, { id: 2 }]);
  });

  it('echoes the nonce of the live message, every other byte kept', () => {
    const body = '{"id": "1", "weight": 1.0, "nonce":"recorded"}';
    const book = new RecordedAnswers([
      call('POST', MESSAGES, { nonce: 'recorded' }, {}, { responseBody: body }),
    ]);
    const request = { method: 'POST', path: MESSAGES, type: null, body: '{"nonce":"live"}' };
    expect(book.answer(request)?.body).toBe('{"id": "1", "weight": 1.0, "nonce":"live"}');
  });

  it('leaves rate limits out, both their headers and their answers', () => {
    const responseHeaders = { 'x-ratelimit-remaining': '0', 'retry-after': '9', location: '/there' };
    const book = new RecordedAnswers([
      call('GET', '/x', null, { retry_after: 9 }, { status: 429 }),
      call('GET', '/x', null, { id: '1' }, { responseHeaders }),
      call('GET', '/y', null, null, { status: null }),
    ]);
    expect(book.answer({ method: 'GET', path: '/x', type: null, body: null })).toEqual({
      status: 200,
      type: 'application/json',
      headers: { location: '/there' },
      body: '{"id":"1"}',
    });
    expect(book.answer({ method: 'GET', path: '/y', type: null, body: null })).toBeNull();
  });

  it('leave out headers that HTTP forbids', () => {
    const responseHeaders = { location: '/th\nere', 'a b': 'c', 'x-kept': 'é' };
    const odd = call('GET', '/a', null, 1, { responseHeaders, responseType: 'text/plain\r\nx: y' });
    expect(
      new RecordedAnswers([odd]).answer({ method: 'GET', path: '/a', type: null, body: null }),
    ).toMatchObject({
      type: null,
      headers: { 'x-kept': 'é' },
    });
  });

  it('has no answer for another id, method or route', () => {
    const book = new RecordedAnswers([call('POST', MESSAGES, {}, { id: '1' })]);
    expect(answers(book, [{}], '/v10/channels/6/messages')).toEqual([null]);
    expect(book.answer({ method: 'GET', path: MESSAGES, type: null, body: null })).toBeNull();
  });
});
