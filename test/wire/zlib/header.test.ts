/** Headers of zlib: every test accepts each header that zlib writes, and no other data of a gateway. */
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PayloadDecoder } from '../../../src/gateway/decode/decoder.js';
import { FrameWalk } from '../../../src/gateway/rewrite/frame-walk.js';
import { OpenMessage } from '../../../src/gateway/rewrite/open-message.js';
import { openPayloadStream, PlainStream } from '../../../src/gateway/rewrite/payload-stream.js';
import { MessageReader } from '../../../src/mock/message-reader.js';
import { decodeContent } from '../../../src/wire/content-coding.js';
import { JsonKeys } from '../../../src/wire/json/keys.js';
import { openZlibContext, ZlibInflate } from '../../../src/wire/zlib/context.js';
import { canStartZlib, hasZlibHeader, ZLIB_HEADER } from '../../../src/wire/zlib/header.js';
import { ZlibStreamInflater } from '../../../src/wire/zlib/stream.js';
import { wsFrame } from '../../support/ws-internals.js';

const LIMITS = { maxPayloadBytes: 1_000_000 };
const TEXT = '{"t":null,"s":null,"op":9,"d":false}';
const plainBytes = Buffer.from(TEXT);
const LEVELS = [1, 3, 6, 9];
const WINDOWS = [9, 10, 11, 12, 13, 14, 15];
const deflated = WINDOWS.flatMap((windowBits) =>
  LEVELS.map((level) => deflateSync(TEXT, { level, windowBits })),
);
const named = deflated.map((bytes) => [bytes.subarray(0, 2).toString('hex'), bytes] as const);

// First message of a zlib-stream of Discord with the header of the best compression: DiscordKit, issue 35.
const CAPTURED = Buffer.from(
  '78da34c9410a83301005d0bbfc7552925229cc558cc8340e5548a324a3a548eede6eba7bf04e2828ef' +
    '2919d43fd60de49dc1043a310b177d08ebb86495727002ddfcb5fbfda885a3807af4014f5679f3c76e' +
    '65b27bb5c255bd8df69ebb39c09c01af2596b50690bbb8366068ed0b0000ffff',
  'hex',
);

it('the header of a stream is the one that zlib writes', () => {
  expect(Buffer.from(ZLIB_HEADER)).toEqual(deflateSync(TEXT).subarray(0, 2));
});

it('there is more than one valid zlib header', () => {
  expect(new Set(named.map(([header]) => header)).size).toBeGreaterThanOrEqual(28);
  expect(named.map(([header]) => header)).toEqual(expect.arrayContaining(['7801', '785e', '789c', '78da']));
});

it('zlib headers do not look like JSON, ETF, zstd or a stream with a dictionary', () => {
  const others = ['{"op":1}', ' {}', '[1]', '"x"', '\u0083t', '(\u00b5/\u00fd'].map((text) =>
    Buffer.from(text, 'latin1'),
  );
  for (const bytes of [...others, Buffer.alloc(0), Buffer.of(0x78), Buffer.of(0x78, 0x9d)])
    expect(hasZlibHeader(bytes)).toBe(false);
  expect(hasZlibHeader(deflateSync(TEXT, { dictionary: plainBytes }))).toBe(false);
  expect(hasZlibHeader(Buffer.of(0x88, 0x1c))).toBe(false); // a window of 64 KiB
});

it.each([
  ['our own inflater', () => new ZlibInflate()],
  ['the one that a connection gets', openZlibContext],
] as const)('the header of a captured stream, 78 da, is read by %s', (_, open) => {
  const inflated = new ZlibStreamInflater(open(), LIMITS).push(CAPTURED);
  expect(inflated.status === 'ok' && JSON.parse(Buffer.from(inflated.bytes).toString())).toMatchObject({
    op: 10,
    d: { heartbeat_interval: 41250 },
  });
});

it('the header of a captured stream, 78 da, is read where READY is rewritten', () => {
  expect(openPayloadStream('zlib-stream', LIMITS)!.decode(CAPTURED)).toMatchObject({ status: 'ok' });
});

describe.each(named)('the zlib header %s', (_header, bytes) => {
  it('is recognised', () => {
    expect(hasZlibHeader(bytes)).toBe(true);
    expect(canStartZlib(bytes[0])).toBe(true);
  });

  it('begins a compressed payload, recorded and rewritten', () => {
    const transport = { version: 10, encoding: 'json', compress: 'none' } as const;
    const secretKeys = new JsonKeys(['session_id']);
    const options = {
      sender: 'gateway',
      transport,
      extensions: null,
      maxPayloadBytes: 1000,
      secretKeys,
    } as const;
    const frame = {
      kind: 'binary',
      data: bytes,
      wireBytes: bytes.length,
      isDeflated: false,
      error: null,
    } as const;
    expect(new PayloadDecoder(options).push(frame)).toMatchObject([{ status: 'ok', op: 9, d: false }]);
    const plain = new PlainStream(LIMITS).decode(bytes);
    expect(plain.status === 'ok' && Buffer.from(plain.bytes)).toEqual(plainBytes);
  });

  it('hides no INVALID_SESSION', () => {
    const walk = new FrameWalk('json', 0);
    expect(walk.find(wsFrame(bytes, { opcode: 2 }))).toBeGreaterThan(0);
  });

  it('begins a message that is read as a whole', () => {
    const message = new OpenMessage({ opcode: 2, isDeflated: false });
    message.add(bytes.subarray(0, 8));
    expect(message.passesWithout(bytes.subarray(0, 8))).toBe(false);
  });

  it('is refused from a client by a strict mock', () => {
    const reader = new MessageReader({ encoding: 'json', compress: 'none' }, true);
    expect(reader.read(bytes, true)).toBeNull();
  });

  it('is deflate with a header, in HTTP', () => {
    const plain = decodeContent(bytes, 'deflate', LIMITS);
    expect(plain.status === 'ok' && Buffer.from(plain.bytes)).toEqual(plainBytes);
  });
});
