/** Over each bound the rewriting ends with its reason, and every byte passes unchanged. */
import { randomBytes } from 'node:crypto';
import { constants, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { REWRITE_FAILURES, type RewriteFailure } from '../../src/gateway/rewrite/failures.js';
import { GatewayRewriter, RewriteShare } from '../../src/gateway/rewrite/rewriter.js';
import { BOUNDS } from '../../src/wire/bounds.js';
import type { Compression } from '../../src/wire/transport.js';
import { extensionsHeader } from '../support/permessage-deflate.js';
import { wsFrame } from '../support/ws-internals.js';

const READY = '{"t":"READY","s":1,"op":0,"d":{"resume_gateway_url":"wss://a"}}';
const { rewritePayload: payloadBytes, rewriteFrames: payloadFrames } = BOUNDS;

const sync = (data: Uint8Array): Buffer =>
  deflateSync(data, { finishFlush: constants.Z_SYNC_FLUSH, level: 9 });
const zeros = sync(Buffer.alloc(payloadBytes + 70_000));
const deflated = sync(Buffer.alloc(payloadBytes + 1)).subarray(2, -4);
const cut = Buffer.from(`{"op":11,"d":"${'x'.repeat(2 * payloadFrames)}"}`);
const spaces = Buffer.from(`{"op":11,"d":"${' '.repeat(payloadBytes / 2)}"}`);

/** A block of 128 KiB of one byte, in four bytes (RFC 8878 section 3.1.1.2). */
const RLE = Buffer.of(0x02, 0x00, 0x10, 0x20);
const ZSTD_HEADER = Buffer.from('28b52ffd0040', 'hex');

const CASES: readonly [string, Compression, string | null, RewriteFailure, readonly Buffer[]][] = [
  ['a zlib payload that inflates to more', 'zlib-stream', null, 'too_large', [wsFrame(zeros, { opcode: 2 })]],
  [
    'the same in many messages',
    'zlib-stream',
    null,
    'too_large',
    Array.from({ length: Math.ceil(zeros.length / 1000) }, (_, at) =>
      wsFrame(zeros.subarray(at * 1000, at * 1000 + 1000), { opcode: 2 }),
    ),
  ],
  [
    'a payload in a message for each byte',
    'zlib-stream',
    null,
    'too_large',
    Array.from(sync(Buffer.from(READY.replace('wss://a', randomBytes(4000).toString('hex')))), (byte) =>
      wsFrame(Buffer.of(byte), { opcode: 2 }),
    ),
  ],
  [
    'a zstd payload that inflates to more',
    'zstd-stream',
    null,
    'too_large',
    [wsFrame(Buffer.concat([ZSTD_HEADER, ...Array.from({ length: 200 }, () => RLE)]), { opcode: 2 })],
  ],
  [
    'a zstd message without an end',
    'zstd-stream',
    null,
    'too_large',
    [
      wsFrame(Buffer.concat([ZSTD_HEADER, ...Array.from({ length: 20_000 }, () => RLE), Buffer.of(7)]), {
        opcode: 2,
      }),
    ],
  ],
  [
    'a message that permessage-deflate inflates to more',
    'none',
    extensionsHeader({}),
    'too_large',
    [wsFrame(deflated, { opcode: 1, rsv1: true })],
  ],
  [
    'a zlib buffer of its own that inflates to more',
    'none',
    null,
    'too_large',
    [wsFrame(deflateSync(Buffer.alloc(payloadBytes + 1)), { opcode: 2 })],
  ],
  [
    'a message in a fragment for each byte',
    'none',
    null,
    'too_large',
    Array.from(cut, (byte, at) =>
      wsFrame(Buffer.of(byte), { opcode: at === 0 ? 1 : 0, fin: at === cut.length - 1 }),
    ),
  ],
  [
    'payloads that all inflate to nearly as much',
    'none',
    null,
    'too_large',
    Array.from({ length: 6 }, () => wsFrame(deflateSync(spaces, { level: 9 }), { opcode: 2 })),
  ],
];

it.each(CASES)('%s', (_, compress, extensions, fault, frames) => {
  const rewriter = new GatewayRewriter({
    share: new RewriteShare(),
    transport: { version: 10, encoding: 'json', compress },
    extensions,
    rewriteUrl: () => 'ws://b',
  });
  const sent = [...frames, wsFrame(Buffer.from(READY), { opcode: 1 })];
  const got = sent.map((frame) => Buffer.from(rewriter.push(Uint8Array.from(frame))));
  expect(rewriter).toMatchObject({ fault, isChanged: false, isDone: true });
  expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
});

it.each(Object.entries(REWRITE_FAILURES))('%s has a sentence for people', (name, sentence) => {
  expect(name).toMatch(/^[a-z]+(_[a-z]+)+$|^undecodable$/);
  expect(sentence).toMatch(/^[a-zA-Z]+( \S+){5,}[^.]$/);
});

describe('all connections together', () => {
  const rewriterOf = (share: RewriteShare, compress: Compression = 'none'): GatewayRewriter =>
    new GatewayRewriter({
      share,
      transport: { version: 10, encoding: 'json', compress },
      extensions: null,
      rewriteUrl: () => 'ws://b',
    });
  const ready = wsFrame(Buffer.from(READY), { opcode: 1 });
  const read = (share: RewriteShare): GatewayRewriter => {
    const rewriter = rewriterOf(share);
    rewriter.push(Uint8Array.from(ready));
    return rewriter;
  };

  it('share one budget of output; a READY is still inflated when it is used up', () => {
    const share = new RewriteShare();
    const bomb = wsFrame(deflateSync(spaces, { level: 9 }), { opcode: 2 });
    const most = Math.ceil((1.2 * BOUNDS.rewriteShared) / spaces.length);
    const faults = Array.from({ length: most }, () => {
      const rewriter = rewriterOf(share);
      rewriter.push(Uint8Array.from(bomb));
      return rewriter.fault;
    });
    expect(faults.at(-1)).toBe('too_large');
    expect(faults.filter((fault) => fault === null).length).toBeGreaterThan(
      BOUNDS.rewriteShared / spaces.length - 1,
    );
    expect(read(share)).toMatchObject({ fault: null, isChanged: true });
  });

  it('share one limit of held bytes, which a closed connection frees', () => {
    const share = new RewriteShare();
    const begun = wsFrame(Buffer.alloc(payloadBytes - 1, '{'), { opcode: 1 }).subarray(0, -1);
    const rewriters = Array.from({ length: BOUNDS.rewriteHeld / payloadBytes + 2 }, () => rewriterOf(share));
    const sent = rewriters.map((rewriter) => rewriter.push(Uint8Array.from(begun)).length);
    expect(rewriters.map(({ fault }) => fault).slice(-1)).toEqual(['too_large']);
    expect(rewriters[0]?.fault).toBeNull();
    expect([sent[0], sent.at(-1)]).toEqual([0, begun.length]);
    for (const rewriter of rewriters) rewriter.end();
    expect(share.held.held).toBe(0);
    expect(read(share).isChanged).toBe(true);
  });
});
