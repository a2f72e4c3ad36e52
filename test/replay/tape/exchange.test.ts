import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/gateway/payload.js';
import { asObject } from '../../../src/gateway/payload.js';
import type { RecordedExchange } from '../../../src/replay/recording.js';
import { formatExchange, parseExchange } from '../../../src/replay/tape/exchange.js';
import { TapeLine } from '../../../src/replay/tape/line.js';

const POST: RecordedExchange = {
  atUs: 12,
  durationUs: 34,
  method: 'POST',
  path: '/v10/channels/1/messages?wait=true',
  status: 200,
  requestType: 'application/json',
  responseType: 'application/json; charset=utf-8',
  requestBody: '{"content":"hi"}',
  responseBody: '{ "id": "1" }',
  responseHeaders: { 'x-ratelimit-remaining': '4' },
};

function reread(text: string): RecordedExchange {
  const line = new TapeLine(text, 'line 1');
  const object: JsonObject = line.object();
  return parseExchange(line, object, asObject(object['request'])!);
}

describe('the line of an exchange', () => {
  it('has a compact body as JSON, and any other as the text that it was', () => {
    expect(formatExchange(POST)).toBe(
      '{"atUs":12,"durationUs":34,"request":{"method":"POST","path":"/v10/channels/1/messages?wait=true","type":"application/json","body":{"content":"hi"}},"response":{"status":200,"type":"application/json; charset=utf-8","headers":{"x-ratelimit-remaining":"4"},"body":"{ \\"id\\": \\"1\\" }"}}',
    );
  });

  it.each([
    '{"a":1.0}',
    '{"b":1,"b":2}',
    '{"2":0,"1":0}',
    '{"__proto__":{}}',
    '"x"',
    'null',
    '[1',
    '',
    'a\nb',
  ])('gives the body %j back to the letter', (body) => {
    const exchange = { ...POST, requestBody: body, responseBody: body };
    expect(reread(formatExchange(exchange))).toEqual(exchange);
  });

  it('is indifferent to what it does not know, and to headers that are no text', () => {
    const read = reread(
      '{"atUs":1,"x":1,"request":{"method":"GET","path":"/","x":1},"response":{"status":429,"headers":{"retry-after":"1","x":1}}}',
    );
    expect(read).toMatchObject({ status: 429, responseHeaders: { 'retry-after': '1' }, durationUs: null });
  });
});
