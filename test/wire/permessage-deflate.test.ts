import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InflateBudget } from '../../src/wire/inflate-budget.js';
import type { MessageInflater } from '../../src/wire/permessage-deflate.js';
import { createMessageInflater, deflateAgreement } from '../../src/wire/permessage-deflate.js';
import type { DeflateParameters } from '../support/permessage-deflate.js';
import { extensionsHeader, WsDeflater } from '../support/permessage-deflate.js';

const limits = { maxPayloadBytes: 1 << 20 };
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

function inflaterFor(extensions: string, maxPayloadBytes = limits.maxPayloadBytes): MessageInflater {
  const inflater = createMessageInflater(extensions, 'gateway', { maxPayloadBytes });
  if (inflater === null) throw new Error(`no agreement in ${extensions}`);
  return inflater;
}

/** What our inflater says of messages, as text; the status where it is not ok. */
function read(inflater: MessageInflater, messages: readonly Uint8Array[]): string[] {
  return messages.map((message) => {
    const inflated = inflater.push(message);
    return inflated.status === 'ok' ? Buffer.from(inflated.bytes).toString() : inflated.status;
  });
}

describe('deflateAgreement', () => {
  it.each([
    [null, null],
    ['', null],
    ['x-other', null],
    ['permessage-deflate', { client: false, gateway: false }],
    ['permessage-deflate; server_no_context_takeover', { client: false, gateway: true }],
    [
      'Permessage-Deflate;client_no_context_takeover ; server_max_window_bits=10',
      { client: true, gateway: false },
    ],
    ['x-other; a=b, permessage-deflate; client_no_context_takeover', { client: true, gateway: false }],
  ])('%s', (extensions, isContextless) => {
    expect(deflateAgreement(extensions)).toEqual(isContextless === null ? null : { isContextless });
    expect(createMessageInflater(extensions, 'client', limits) === null).toBe(isContextless === null);
  });
});

describe('the examples of RFC 7692 §7.2.3', () => {
  it.each([
    ['one block', ['f2 48 cd c9 c9 07 00']],
    ['a shared window', ['f2 48 cd c9 c9 07 00', 'f2 00 11 00 00']],
    ['no compression', ['00 05 00 fa ff 48 65 6c 6c 6f 00']],
    ['a block marked as the last', ['f3 48 cd c9 c9 07 00 00']],
    ['two blocks', ['f2 48 05 00 00 00 ff ff ca c9 c9 07 00']],
  ])('%s', (_, messages) => {
    expect(read(inflaterFor('permessage-deflate'), messages.map(bytes))).toEqual(messages.map(() => 'Hello'));
  });
});

describe('MessageInflater', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 50 }),
    fc.nat(40_000).map((length) => 'the same words again and again, '.repeat(length / 32)),
  );
  const parameters: DeflateParameters[] = [
    {},
    { server_no_context_takeover: true },
    { server_max_window_bits: 9 },
    { server_max_window_bits: 12, server_no_context_takeover: true },
  ];

  it.each(parameters)('reads what ws writes with %j', async (agreed) => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 6 }), async (texts) => {
        const gateway = new WsDeflater('gateway', agreed);
        const inflater = inflaterFor(extensionsHeader(agreed));
        const messages: Buffer[] = [];
        for (const one of texts) messages.push(await gateway.compress(Buffer.from(one)));
        gateway.close();
        expect(read(inflater, messages)).toEqual(texts);
      }),
      { numRuns: 25 },
    );
  });

  it('fails without the window, if there is one', async () => {
    const gateway = new WsDeflater('gateway');
    const first = await gateway.compress(Buffer.from('words that come twice'));
    const second = await gateway.compress(Buffer.from('words that come twice'));
    gateway.close();
    expect(second.length).toBeLessThan(first.length);
    expect(read(inflaterFor('permessage-deflate'), [second])).toEqual(['inflate_failed']);
  });

  it('says once that the data is broken, and then that the context is gone', async () => {
    const gateway = new WsDeflater('gateway');
    const good = await gateway.compress(Buffer.from('good'));
    gateway.close();
    const broken = Uint8Array.of(7, 1, 2, 3);
    expect(read(inflaterFor('permessage-deflate'), [good, broken, good])).toEqual([
      'good',
      'inflate_failed',
      'context_lost',
    ]);
    const contextless = inflaterFor('permessage-deflate; server_no_context_takeover');
    expect(read(contextless, [good, broken, good])).toEqual(['good', 'inflate_failed', 'good']);
  });

  it('does not inflate beyond the limit', async () => {
    const gateway = new WsDeflater('gateway');
    const long = await gateway.compress(Buffer.alloc(1000));
    gateway.close();
    expect(inflaterFor('permessage-deflate', 1000).push(long)).toMatchObject({ status: 'ok' });
    expect(inflaterFor('permessage-deflate', 999).push(long)).toEqual({ status: 'too_large' });
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (messages) => {
        read(inflaterFor('permessage-deflate'), messages);
      }),
    );
  });
});

describe('a budget', () => {
  const message = (bytes: number): Uint8Array =>
    deflateRawSync(Buffer.alloc(bytes, 'a'), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

  it('is spent by messages, and ends the context where it is used up', () => {
    const budget = new InflateBudget(1000, 1000);
    const inflater = createMessageInflater('permessage-deflate', 'gateway', {
      maxPayloadBytes: 5000,
      budget,
    });
    expect(read(inflater!, [message(600)])).toEqual(['a'.repeat(600)]);
    expect(budget.left).toBe(400);
    expect(read(inflater!, [message(401), message(1)])).toEqual(['too_complex', 'context_lost']);
    expect(budget.left).toBe(1);
  });

  it('that allows a payload of full length does not excuse a longer one', () => {
    const limits = { maxPayloadBytes: 1000, budget: new InflateBudget(1000, 1000) };
    const inflater = createMessageInflater('permessage-deflate', 'gateway', limits);
    expect(read(inflater!, [message(1001)])).toEqual(['too_large']);
  });
});
