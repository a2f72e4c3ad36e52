import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openPayloadStream } from '../../../src/gateway/rewrite/payload-stream.js';
import { streamMessage, streamOpening } from '../../../src/wire/deflate.js';
import { createInflater } from '../../../src/wire/inflate.js';
import { MAX_ZSTD_BLOCK_BYTES } from '../../../src/wire/zstd/frame-header.js';
import { deflateStream, inflateStream } from '../../support/zlib-stream.js';

const LIMITS = { maxPayloadBytes: 1_000_000 };
const text = (data: string): Buffer => Buffer.from(data);

describe('a plain stream', () => {
  it('treats each message as a payload, and deflates a deflated one again', () => {
    const stream = openPayloadStream('none', LIMITS)!;
    expect(stream.decode(text('{"op":1}'))).toEqual({ status: 'ok', bytes: text('{"op":1}') });
    expect(stream.encode(text('{"op":2}'), 8)).toEqual(text('{"op":2}'));
    const payload = stream.decode(deflateSync('{"op":3}'));
    expect(payload.status === 'ok' && Buffer.from(payload.bytes)).toEqual(text('{"op":3}'));
    expect(inflateSync(stream.encode(text('{"op":4}'), 8)).toString()).toBe('{"op":4}');
    expect(stream.isInStep).toBe(true);
  });
});

describe('a zlib-stream', () => {
  it('has a header only if its first payload is encoded again', async () => {
    const messages = await deflateStream([text('first'), text('second')]);
    const changed = openPayloadStream('zlib-stream', LIMITS)!;
    changed.decode(messages[0]!);
    const first = changed.encode(text('another'), 0);
    changed.decode(messages[1]!);
    const second = changed.encode(text('second'), 6);
    expect((await inflateStream([first, second])).map(String)).toEqual(['another', 'second']);
    expect(changed.isInStep).toBe(false);
  });

  it('waits for the rest of a payload', async () => {
    const [message] = await deflateStream([text('in two messages')]);
    const stream = openPayloadStream('zlib-stream', LIMITS)!;
    expect(stream.decode(message!.subarray(0, 9))).toEqual({ status: 'partial' });
    const rest = stream.decode(message!.subarray(9));
    expect(rest.status === 'ok' && Buffer.from(rest.bytes)).toEqual(text('in two messages'));
    expect(stream.isInStep).toBe(true);
  });
});

it('an undocumented compression has no stream', () => {
  expect(openPayloadStream('unknown', LIMITS)).toBeNull();
});

it('a zlib-stream ends with a payload that is too long', async () => {
  const [first, second, third] = await deflateStream([
    text('short'),
    text('ten bytes!'),
    text('much longer'),
  ]);
  const stream = openPayloadStream('zlib-stream', { maxPayloadBytes: 10 })!;
  expect(stream.decode(first!).status).toBe('ok');
  expect(stream.decode(second!).status).toBe('ok');
  expect(stream.decode(third!)).toEqual({ status: 'too_large' });
});

it.each(['zlib-stream', 'zstd-stream'] as const)(
  'a %s is opened by its first message, and reads none once it is closed',
  (compress) => {
    const stream = openPayloadStream(compress, LIMITS)!;
    expect(stream.isOpened).toBe(false);
    const first = Buffer.concat([streamOpening(compress), streamMessage(compress, text('{"op":10}'))]);
    expect(stream.decode(first).status).toBe('ok');
    expect(stream.isOpened).toBe(true);
    stream.close();
    expect(stream.decode(streamMessage(compress, text('{"op":11}'))).status).not.toBe('ok');
  },
);

it('a zstd-stream encodes a payload of whole blocks without an empty one behind them', () => {
  const stream = openPayloadStream('zstd-stream', LIMITS)!;
  const payload = Buffer.alloc(2 * MAX_ZSTD_BLOCK_BYTES);
  expect(stream.encode(payload, 0)).toHaveLength(payload.length + 2 * 3);
});

it('a zstd-stream that is changed in its first payload begins with a header, in however many messages that came', () => {
  const opening = streamOpening('zstd-stream');
  const [payload, other] = [text('{"op":10}'), text('{"op":11,"d":"longer"}')];
  for (const messages of [
    [Buffer.concat([opening, streamMessage('zstd-stream', payload)])],
    [opening, streamMessage('zstd-stream', payload)],
  ]) {
    const stream = openPayloadStream('zstd-stream', LIMITS)!;
    expect(messages.map((message) => stream.decode(message).status).at(-1)).toBe('ok');
    const inflater = createInflater('zstd-stream', LIMITS);
    for (const each of [other, payload]) {
      const inflated = inflater.push(stream.encode(each, 0));
      expect(inflated.status === 'ok' && Buffer.from(inflated.bytes)).toEqual(each);
    }
    expect(stream.isInStep).toBe(false);
  }
});
