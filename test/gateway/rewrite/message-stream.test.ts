import { describe, expect, it } from 'vitest';
import { areExtensionsKnown, MessageStream } from '../../../src/gateway/rewrite/message-stream.js';
import { FrameParser } from '../../../src/wire/websocket.js';
import { WsDeflater } from '../../support/permessage-deflate.js';

const pmd = 'permessage-deflate';
const text = (data: string): Buffer => Buffer.from(data);

const LIMITS = { maxPayloadBytes: 1_000_000 };
describe('MessageStream', () => {
  it('without an extension hands messages through', () => {
    const stream = new MessageStream(null, LIMITS);
    expect(stream.decode(text('as it is'), false)).toEqual({ status: 'ok', bytes: text('as it is') });
    expect(stream.decode(text('RSV1'), true)).toEqual({ status: 'unsupported_compression' });
    const frame = stream.encode({ kind: 'text', isDeflated: false, data: text('new') }, true);
    expect(Buffer.concat(frame)).toEqual(Buffer.concat([Buffer.of(0x81, 3), text('new')]));
    expect(stream.isInStep).toBe(true);
  });

  it('with permessage-deflate is out of step for a window behind a change; ws reads it all', async () => {
    const gateway = new WsDeflater('gateway');
    const client = new WsDeflater('client');
    const parser = new FrameParser({ maxPayloadBytes: 1 << 20, isDeflateNegotiated: true });
    const stream = new MessageStream(pmd, LIMITS);
    expect(stream.isInStep).toBe(true);
    const sent = ['first', 'second', ...Array.from({ length: 33 }, (_, index) => `${index} `.repeat(500))];
    let anew = 0;
    for (const [index, message] of sent.entries()) {
      const deflated = await gateway.compress(text(message));
      const plain = stream.decode(deflated, true);
      expect(plain).toEqual({ status: 'ok', bytes: text(message) });
      if (index !== 1 && stream.isInStep) {
        expect((await client.decompress(deflated)).toString()).toBe(message);
        continue;
      }
      anew += 1;
      const said = index === 1 ? 'something else' : message;
      const pieces = stream.encode({ kind: 'text', isDeflated: true, data: text(said) }, index === 1);
      const [frame] = parser.push(Buffer.concat(pieces));
      expect(frame).toMatchObject({ kind: 'text', isDeflated: true, error: null });
      expect((await client.decompress(frame!.data)).toString()).toBe(said);
    }
    gateway.close();
    client.close();
    // The changed message, and 32 KiB of about 1,450 bytes each.
    expect(anew).toBeGreaterThan(20);
    expect(anew).toBeLessThan(30);
    expect(stream.isInStep).toBe(true);
  });

  it('without context takeover is always in step', () => {
    const stream = new MessageStream(`${pmd}; server_no_context_takeover`, LIMITS);
    stream.encode({ kind: 'text', isDeflated: true, data: text('new') }, true);
    expect(stream.isInStep).toBe(true);
  });

  it('reads a message that refers to an earlier one, unless the gateway agreed to send no such', async () => {
    const gateway = new WsDeflater('gateway');
    const said = text('the same words, said twice');
    const deflated = [await gateway.compress(said), await gateway.compress(said)];
    gateway.close();
    for (const [side, status] of [
      ['client', 'ok'],
      ['server', 'inflate_failed'],
    ]) {
      const stream = new MessageStream(`${pmd}; ${side}_no_context_takeover`, LIMITS);
      const statuses = deflated.map((message) => stream.decode(message, true).status);
      expect(statuses).toEqual(['ok', status]);
    }
  });
});

describe('areExtensionsKnown', () => {
  it.each([
    [null, true],
    [pmd, true],
    [`${pmd}; client_max_window_bits=10`, true],
    ['x-other', false],
    [`${pmd}, x-other`, false],
  ])('%s: %s', (extensions, isKnown) => {
    expect(areExtensionsKnown(extensions)).toBe(isKnown);
  });
});
