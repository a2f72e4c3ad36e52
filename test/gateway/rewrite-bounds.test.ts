/** Over each bound the rewriting is given up with its reason, and every byte passes as it came. */
import { randomBytes } from 'node:crypto';
import { constants, deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { REWRITE_FAILURES, type RewriteFailure } from '../../src/gateway/rewrite/failures.js';
import { GatewayRewriter } from '../../src/gateway/rewrite/rewriter.js';
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
    transport: { version: 10, encoding: 'json', compress },
    extensions,
    rewriteUrl: () => 'ws://b',
  });
  const sent = [...frames, wsFrame(Buffer.from(READY), { opcode: 1 })];
  const got = sent.map((frame) => Buffer.from(rewriter.push(Uint8Array.from(frame))));
  expect(rewriter).toMatchObject({ fault, isChanged: false, isDone: true });
  expect(REWRITE_FAILURES).toHaveProperty(fault);
  expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
});
