import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openPayloadStream, PlainStream } from '../../../src/gateway/rewrite/payload-stream.js';
import { deflateStream, inflateStream } from '../../support/zlib-stream.js';

const LIMITS = { maxPayloadBytes: 1_000_000 };
const text = (data: string): Buffer => Buffer.from(data);

describe('a plain stream', () => {
  it('treats each message as a payload, and deflates a deflated one again', () => {
    const stream = new PlainStream(LIMITS);
    expect(stream.decode(text('{"op":1}'))).toEqual({ status: 'ok', bytes: text('{"op":1}') });
    expect(stream.encode(text('{"op":2}'))).toEqual(text('{"op":2}'));
    const payload = stream.decode(deflateSync('{"op":3}'));
    expect(payload.status === 'ok' && Buffer.from(payload.bytes)).toEqual(text('{"op":3}'));
    expect(inflateSync(stream.encode(text('{"op":4}'))).toString()).toBe('{"op":4}');
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
