import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { toPayload, type JsonValue } from '../../../src/gateway/payload.js';
import type { RecordedExchange, Recording, RecordingStep } from '../../../src/replay/recording.js';
import { formatTape, parseTape } from '../../../src/replay/tape/tape.js';

const HEADER = '{"tape":1}';
const count = fc.integer({ min: 0, max: 2 ** 48 });
const place = {
  atUs: count,
  connection: fc.integer({ min: 1, max: 1000 }),
  sender: fc.constantFrom('client', 'gateway'),
};
// JSON texts as peers write them: spaced or not, with numbers that JavaScript would write in another way.
const text = fc
  .tuple(fc.record({ op: fc.nat(50), d: fc.jsonValue(), s: fc.option(fc.nat()) }), fc.constantFrom(0, 1, 2))
  .map(([payload, indent]) => JSON.stringify(payload, null, ' '.repeat(indent)).replaceAll('\n', ' '))
  .map((json) => json.replace(/\}$/, ',"x":0.0,"y":1E400,"z":12345678901234567890}'));
const payloadStep = fc.record({ ...place, text }).map(({ text: json, ...rest }): RecordingStep => ({
  type: 'payload',
  ...(rest as { atUs: number; connection: number; sender: 'client' }),
  payload: toPayload(JSON.parse(json) as JsonValue)!,
  text: json,
}));
const closeStep = fc.record({
  type: fc.constant('close'),
  ...place,
  code: fc.option(fc.integer({ min: 1000, max: 4999 })),
  reason: fc.string({ unit: 'grapheme' }),
}) as fc.Arbitrary<RecordingStep>;
const start = { atUs: fc.integer({ min: -(2 ** 40), max: 2 ** 48 }), durationUs: fc.option(count) };
const request = { method: fc.string(), path: fc.string(), requestType: fc.option(fc.string()) };
// Compact JSON, JSON that would change on its way through a parser, and text that is not JSON.
const body = fc.option(
  fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom('{"a":1.0}', '{"b":1,"b":2}', '{"2":0,"1":0}', '"x"', '7', ''),
  ),
);
const exchange: fc.Arbitrary<RecordedExchange> = fc.oneof(
  fc.record({
    ...start,
    ...request,
    requestBody: body,
    status: fc.integer({ min: 100, max: 599 }),
    responseType: fc.option(fc.string()),
    responseBody: body,
    responseHeaders: fc.dictionary(fc.string(), fc.string()),
  }),
  fc.record({
    ...start,
    ...request,
    requestBody: body,
    status: fc.constant(null),
    responseType: fc.constant(null),
    responseBody: fc.constant(null),
    responseHeaders: fc.constant({}),
  }),
);
const recording: fc.Arbitrary<Recording> = fc.record({
  shard: fc.option(fc.tuple(fc.nat(), fc.nat())),
  library: fc.option(fc.string()),
  transport: fc.option(
    fc.record({
      version: fc.option(fc.nat(12)),
      encoding: fc.constantFrom('json', 'etf', 'unknown'),
      compress: fc.constantFrom('none', 'zlib-stream', 'zstd-stream', 'unknown'),
    }),
  ),
  steps: fc.array(fc.oneof(payloadStep, closeStep), { maxLength: 20 }),
  exchanges: fc
    .array(exchange, { maxLength: 10 })
    .map((exchanges) => exchanges.sort((a, b) => a.atUs - b.atUs)),
});
const GATEWAY_BOT: RecordedExchange = {
  atUs: -300,
  durationUs: 200,
  method: 'GET',
  path: '/v10/gateway/bot',
  status: 200,
  requestType: null,
  responseType: 'application/json',
  requestBody: null,
  responseBody: '{"url":"wss://gateway.discord.gg","shards":1}',
  responseHeaders: { 'x-ratelimit-limit': '2' },
};

describe('a tape', () => {
  it('reads back as the recording that was written', () => {
    fc.assert(
      fc.property(recording, (given) => {
        expect(parseTape(formatTape(given))).toEqual(given);
      }),
      { numRuns: 200 },
    );
  });

  it('is one header, then one step or REST call a line in the order of time, with its keys in order', () => {
    const payload = '{"t":null,"s":null,"op":10,"d":{"micros":0.0}}';
    const tape = formatTape({
      shard: [0, 1],
      library: 'a library 1.0',
      transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
      steps: [
        {
          type: 'payload',
          connection: 1,
          atUs: 0,
          sender: 'gateway',
          payload: toPayload({ op: 10 })!,
          text: payload,
        },
        { type: 'close', connection: 1, atUs: 7, sender: 'client', code: 4200, reason: 'bye' },
      ],
      exchanges: [
        GATEWAY_BOT,
        {
          ...GATEWAY_BOT,
          atUs: 5,
          durationUs: null,
          status: null,
          responseType: null,
          responseBody: null,
          responseHeaders: {},
        },
      ],
    });
    expect(tape.split('\n')).toEqual([
      '{"tape":1,"shard":[0,1],"library":"a library 1.0","transport":{"version":10,"encoding":"json","compress":"zlib-stream"}}',
      '{"atUs":-300,"durationUs":200,"request":{"method":"GET","path":"/v10/gateway/bot","type":null,"body":null},"response":{"status":200,"type":"application/json","headers":{"x-ratelimit-limit":"2"},"body":{"url":"wss://gateway.discord.gg","shards":1}}}',
      `{"atUs":0,"connection":1,"sender":"gateway","payload":${payload}}`,
      '{"atUs":5,"durationUs":null,"request":{"method":"GET","path":"/v10/gateway/bot","type":null,"body":null},"response":null}',
      '{"atUs":7,"connection":1,"sender":"client","close":{"code":4200,"reason":"bye"}}',
      '',
    ]);
  });

  it('keeps a payload on its line even where it was recorded over several', () => {
    const step: RecordingStep = {
      type: 'payload',
      connection: 1,
      atUs: 0,
      sender: 'client',
      payload: toPayload({ op: 1, d: 5 })!,
      text: '{\r\n  "op": 1,\n  "d": 5\n}',
    };
    const tape = formatTape({ shard: null, library: null, transport: null, steps: [step], exchanges: [] });
    expect(parseTape(tape).steps).toEqual([{ ...step, text: '{   "op": 1,   "d": 5 }' }]);
  });

  it('may be written by hand: spaces, blank lines, Windows line ends, another order of keys, more keys', () => {
    const tape = [
      '{ "tape": 1, "note": "by hand" }',
      '',
      '{ "atUs" : 5, "connection" : 1, "sender" : "gateway", "payload" : {"op":11,"x":0.0} }',
      '{"note":"x","payload":{"op":1,"d":null},"sender":"client","connection":2,"atUs":6}',
      '{"atUs":9,"connection":2,"sender":"gateway","close":{}}',
      '{"request":{"path":"/users/@me","method":"GET"},"response":{"status":204,"note":"x"},"atUs":-1}',
    ].join('\r\n');
    expect(parseTape(tape)).toEqual({
      shard: null,
      library: null,
      transport: null,
      steps: [
        {
          type: 'payload',
          connection: 1,
          atUs: 5,
          sender: 'gateway',
          payload: toPayload({ op: 11 }),
          text: '{"op":11,"x":0.0}',
        },
        {
          type: 'payload',
          connection: 2,
          atUs: 6,
          sender: 'client',
          payload: toPayload({ op: 1 }),
          text: '{"op":1,"d":null}',
        },
        { type: 'close', connection: 2, atUs: 9, sender: 'gateway', code: null, reason: '' },
      ],
      exchanges: [
        {
          atUs: -1,
          durationUs: null,
          method: 'GET',
          path: '/users/@me',
          status: 204,
          requestType: null,
          responseType: null,
          requestBody: null,
          responseBody: null,
          responseHeaders: {},
        },
      ],
    });
  });

  it('of many megabytes is read', () => {
    const line = `{"atUs":1,"connection":1,"sender":"gateway","payload":{"op":0,"t":"X","s":1,"d":"${'x'.repeat(700)}"}}\n`;
    expect(parseTape(`${HEADER}\n${line.repeat(20_000)}`).steps).toHaveLength(20_000);
  });
});

describe('a bad tape', () => {
  it.each([
    ['', 'demo.tape.ndjson is empty'],
    ['\n\n', 'demo.tape.ndjson is empty'],
    ['garbage', 'line 1 is not a JSON object'],
    ['{"op":1}', 'line 1 is not a tape header'],
    ['{"tape":2}', 'line 1 says tape version 2, newer than version 1'],
    ['{"tape":1,"shard":[1]}', 'line 1 has no usable "shard"'],
    ['{"tape":1,"transport":{"encoding":"xml"}}', 'line 1 has no usable "transport"'],
    [`${HEADER}\n\n[]`, 'line 3 is not a JSON object'],
    [`${HEADER}\n{"atUs":1`, 'line 2 is not a JSON object'],
    [
      `${HEADER}\n{"atUs":-1,"connection":1,"sender":"client","payload":{"op":1}}`,
      'line 2 has no usable "atUs"',
    ],
    [`${HEADER}\n{"atUs":1,"sender":"client","payload":{"op":1}}`, 'line 2 has no usable "connection"'],
    [
      `${HEADER}\n{"atUs":1,"connection":1,"sender":"me","payload":{"op":1}}`,
      'line 2 has no usable "sender"',
    ],
    [
      `${HEADER}\n{"atUs":1,"connection":1,"sender":"client","payload":{"t":1}}`,
      'line 2 has no usable "payload", "close" or "request"',
    ],
    [`${HEADER}\n{"request":{"method":"GET","path":"/x"}}`, 'line 2 has no usable "atUs"'],
    [`${HEADER}\n{"atUs":1,"request":{"method":"GET"}}`, 'line 2 has no usable "request"'],
    [
      `${HEADER}\n{"atUs":1,"durationUs":-1,"request":{"method":"GET","path":"/x"}}`,
      'line 2 has no usable "durationUs"',
    ],
    [
      `${HEADER}\n{"atUs":1,"request":{"method":"GET","path":"/x"},"response":{"status":2}}`,
      'line 2 has no usable "response"',
    ],
    [
      `${HEADER}\n{"atUs":1,"connection":1,"sender":"client","close":{"code":"x"}}`,
      'line 2 has no usable "code"',
    ],
  ])('%j is refused by line and reason', (tape, message) => {
    const read = (): Recording => parseTape(tape, 'demo.tape.ndjson');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it('is refused without quoting it: a tape can hold anything', () => {
    const read = (): Recording => parseTape(`${HEADER}\n{"payload":"my secret" oops}`);
    expect(read).toThrow(/^(?!.*secret)/);
  });
});
