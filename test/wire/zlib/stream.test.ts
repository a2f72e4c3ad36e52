/** zlib-stream over each implementation of the context; node:zlib compresses. */
import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { HeldBytes } from '../../../src/wire/held-bytes.js';
import { BoundedOutput, type Inflated, type ZlibContext } from '../../../src/wire/inflated.js';
import { ZlibInflate } from '../../../src/wire/zlib/context.js';
import { NodeInflate } from '../../../src/wire/zlib/node-inflate.js';
import { ZlibStreamInflater } from '../../../src/wire/zlib/stream.js';
import { deflateStream, samplePayloads } from '../../support/zlib-stream.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MiB = 1024 * 1024;
const contexts: [string, () => ZlibContext][] = [
  ['zlib itself', () => new NodeInflate()],
  ['our own inflater', () => new ZlibInflate()],
];

const bytesOf = (inflated: Inflated): Buffer => {
  if (inflated.status !== 'ok') throw new Error(`expected bytes, got ${inflated.status}`);
  return Buffer.from(inflated.bytes);
};
const statusesOf = (inflater: ZlibStreamInflater, messages: readonly Uint8Array[]): string[] =>
  messages.map((message) => inflater.push(message).status);

describe.each(contexts)('zlib-stream with %s', (_, open) => {
  const inflater = (maxPayloadBytes = MiB): ZlibStreamInflater =>
    new ZlibStreamInflater(open(), { maxPayloadBytes });

  it('inflates the documented first message', () => {
    const message = Buffer.from('789caa56ca2f50b23234a8050000 00ffff'.replace(' ', ''), 'hex');
    expect(bytesOf(inflater().push(message)).toString()).toBe('{"op":10}');
  });

  it('keeps one context over many messages', async () => {
    const payloads = samplePayloads(300);
    const subject = inflater();
    for (const [i, message] of (await deflateStream(payloads)).entries()) {
      expect(bytesOf(subject.push(message))).toEqual(payloads[i]);
    }
  });

  it.each([0, 1, 9])('reads streams of compression level %i', async (level) => {
    const payloads = [...samplePayloads(20), randomBytes(200_000), Buffer.alloc(300_000, 'ab')];
    const subject = inflater();
    for (const [i, message] of (await deflateStream(payloads, { level })).entries()) {
      expect(bytesOf(subject.push(message)).equals(payloads[i]!)).toBe(true);
    }
  });

  it('gives the same payloads wherever messages are cut', async () => {
    const payloads = samplePayloads(12);
    const messages = await deflateStream(payloads);
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(400), { maxLength: 6 }), { minLength: 12, maxLength: 12 }),
        (cuts) => {
          const subject = inflater();
          const found = messages.flatMap((message, i) =>
            cutAt(message, cuts[i]!)
              .map((piece) => subject.push(piece))
              .filter(({ status }) => status !== 'partial')
              .map((inflated) => bytesOf(inflated).toString()),
          );
          expect(found.join('\n')).toBe(payloads.join('\n'));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('settles what a message leaves incomplete', async () => {
    const [message] = await deflateStream(samplePayloads(1));
    const settle = vi.spyOn(BoundedOutput.prototype, 'settle');
    const subject = inflater();
    subject.push(message!.subarray(0, -2));
    expect(settle).toHaveBeenCalledTimes(1);
    subject.push(message!.subarray(-2));
    expect(settle).toHaveBeenCalledTimes(1);
    settle.mockRestore();
  });

  it('gives its memory back when it ends', async () => {
    const [message] = await deflateStream(samplePayloads(1));
    const held = new HeldBytes();
    const context = open();
    const subject = new ZlibStreamInflater(context, { maxPayloadBytes: MiB, held });
    subject.push(message!.subarray(0, -2));
    expect(held.held).toBeGreaterThan(0);
    subject.close();
    expect(held.held).toBe(0);
    expect(context.push(message!.subarray(-2))).toBeNull();
  });

  it('waits for a suffix that is split over two messages', async () => {
    const [message] = await deflateStream(samplePayloads(1));
    const subject = inflater();
    expect(subject.push(message!.subarray(0, -2)).status).toBe('partial');
    expect(subject.push(new Uint8Array(0)).status).toBe('partial');
    expect(bytesOf(subject.push(message!.subarray(-2)))).toEqual(samplePayloads(1)[0]);
  });

  it('joins the payloads of one message', async () => {
    const payloads = samplePayloads(3);
    const joined = Buffer.concat(await deflateStream(payloads));
    expect(bytesOf(inflater().push(joined)).toString()).toBe(payloads.join(''));
  });

  it('gives results that the next push does not overwrite', async () => {
    const payloads = samplePayloads(40);
    const subject = inflater();
    const results = (await deflateStream(payloads)).map((message) => subject.push(message));
    expect(results.map((result) => bytesOf(result).toString())).toEqual(payloads.map(String));
  });

  it('drops a payload that is too large but not the context', async () => {
    const payloads = [Buffer.alloc(3 * MiB, 'x'), randomBytes(MiB + 1), ...samplePayloads(2)];
    const messages = await deflateStream(payloads);
    const subject = inflater();
    expect(statusesOf(subject, messages.slice(0, 2))).toEqual(['too_large', 'too_large']);
    expect(messages.slice(2).map((message) => bytesOf(subject.push(message)))).toEqual(payloads.slice(2));
  });

  it('keeps a payload of exactly the limit', async () => {
    const [message] = await deflateStream([randomBytes(50_000)]);
    expect(inflater(50_000).push(message!).status).toBe('ok');
    expect(inflater(49_999).push(message!).status).toBe('too_large');
  });

  it('inflates a bomb without holding it', async () => {
    const [message] = await deflateStream([Buffer.alloc(100 * MiB)]);
    const lengths: number[] = [];
    const context = open();
    const subject = new ZlibStreamInflater(
      {
        close: () => context.close(),
        push: (piece) => {
          const bytes = context.push(piece);
          lengths.push(bytes?.length ?? 0);
          return bytes;
        },
      },
      { maxPayloadBytes: MiB },
    );
    collectGarbage();
    const before = process.memoryUsage().external;
    expect(subject.push(message!.subarray(0, -1)).status).toBe('partial');
    expect(lengths.reduce((sum, length) => sum + length)).toBe(100 * MiB);
    // Pieces become garbage one by one. When that is collected is V8's affair, and another one in each version of Node.
    expect(Math.max(...lengths)).toBeLessThan(8 * MiB);
    await vi.waitFor(() => {
      collectGarbage();
      expect(process.memoryUsage().external - before).toBeLessThan(32 * MiB);
    });
    expect(subject.push(message!.subarray(-1)).status).toBe('too_large');
  });

  it('says that data is broken once, then that the context is lost', async () => {
    const messages = await deflateStream(samplePayloads(5));
    // Block type 3 does not exist (RFC 1951 section 3.2.3).
    const broken = Buffer.from('07000000ffff', 'hex');
    const subject = inflater();
    expect(statusesOf(subject, [messages[0]!, broken, ...messages.slice(1)])).toEqual([
      'ok',
      'inflate_failed',
      'context_lost',
      'context_lost',
      'context_lost',
      'context_lost',
    ]);
  });

  it('takes nothing after the end of a stream', () => {
    const whole = deflateSync('{"op":10}');
    // zlib does not say that a stream is over until more comes.
    expect(statusesOf(inflater(), [whole, whole]).join()).toMatch(
      /^partial,inflate_failed$|^inflate_failed,/,
    );
    expect(statusesOf(inflater(), [Buffer.concat([whole, whole])])).toEqual(['inflate_failed']);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }),
        fc.boolean(),
        (messages, isStream) => {
          const subject = inflater(10_000);
          if (isStream) subject.push(Buffer.from('789c', 'hex'));
          for (const message of messages) subject.push(message);
        },
      ),
      { numRuns: 200 },
    );
  });
});

function cutAt(message: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => Math.min(cut, message.length)).sort((a, b) => a - b), message.length];
  return at.slice(1).map((end, i) => message.subarray(at[i], end));
}
