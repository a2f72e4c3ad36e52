/**
 * Frames as the cases of the Autobahn test suite send them, through a relay that rewrites and one that does not: the
 * client gets the same bytes, all of them before the gateway ends, and the same end. Source: RFC 6455 sections 5 and 7.
 */
import { deflateSync, constants } from 'node:zlib';
import { expect, it } from 'vitest';
import { GatewayRewriter, RewriteShare } from '../../src/gateway/rewrite/rewriter.js';
import type { Compression, Encoding } from '../../src/wire/transport.js';
import { encodeClose } from '../../src/wire/websocket.js';
import { startFixture, type ProxyFixture } from '../support/proxy-fixture.js';
import { inPieces } from '../support/splits.js';
import { wsFrame } from '../support/ws-internals.js';

interface Case {
  readonly encoding: Encoding;
  readonly compress: Compression;
  readonly frames: readonly Buffer[];
}

const TEXT = 1;
const BINARY = 2;
const bytes = (data: string | Uint8Array | number): Buffer =>
  typeof data === 'number' ? Buffer.alloc(data, '*') : Buffer.from(data);
const text = (data: string | Uint8Array | number): Buffer => wsFrame(bytes(data), { opcode: TEXT });
const binary = (data: string | Uint8Array | number): Buffer => wsFrame(bytes(data), { opcode: BINARY });
const begin = (data: string | Uint8Array, opcode = TEXT): Buffer =>
  wsFrame(bytes(data), { opcode, fin: false });
const more = (data: string | Uint8Array): Buffer => wsFrame(bytes(data), { opcode: 0, fin: false });
const last = (data: string | Uint8Array): Buffer => wsFrame(bytes(data), { opcode: 0 });
const ping = (data: string | number = 'p'): Buffer => wsFrame(bytes(data), { opcode: 9 });
const pong = (data: string | number = 'p'): Buffer => wsFrame(bytes(data), { opcode: 10 });
const close = (data: Uint8Array = encodeClose(1000)): Buffer => wsFrame(data, { opcode: 8 });
/** A frame whose first byte no encoder would write. */
const raw = (first: number, data = ''): Buffer =>
  Buffer.concat([Buffer.of(first, data.length), Buffer.from(data)]);

const GREEK = Buffer.from('κόσμε');
const HELLO = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}';
const ZLIB = deflateSync(HELLO, { finishFlush: constants.Z_SYNC_FLUSH });
const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000];
const RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

/** What can come in any transport. */
const FRAMES: readonly (readonly Buffer[])[] = [
  ...LENGTHS.map((length) => [text(length), binary(length), ping()]),
  ...[0, 1, 125, 126, 300].map((length) => [ping(length), pong(length), text('after')]),
  [raw(0x09, 'fragmented ping'), last('rest')],
  ...[0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70].flatMap((reserved) =>
    [0x81, 0x82, 0x89, 0x88].map((first) => [
      text('before'),
      raw(first | reserved, 'RSV'),
      ping(),
      text('{}'),
    ]),
  ),
  ...RESERVED_OPCODES.map((opcode) => [ping(), raw(0x80 | opcode, 'x'), ping(), text('{}')]),
  [begin('fragment1'), last('fragment2')],
  [begin('fragment1'), ping(), last('fragment2')],
  [begin('{"op":'), ping(), more('11,'), pong(), last('"d":null}'), text(HELLO)],
  [begin('{"op":'), close(encodeClose(4000))],
  [begin('{"op"'), ping(), ping(), ping()],
  [begin(''), more(''), last('')],
  [begin(''), more('middle'), last(''), ping()],
  [begin('{'), more(''), last('}'), ping()],
  [last('no beginning'), ping()],
  [more('no beginning'), text(HELLO)],
  [begin('{"op":'), text('another'), ping()],
  [begin('{"op":', BINARY), begin('{', TEXT), ping()],
  ...[0, 1, 2, 3].map((at) => [begin(GREEK.subarray(0, at)), ping(), last(GREEK.subarray(at))]),
  [begin(GREEK), more(Buffer.of(0xf4, 0x90, 0x80, 0x80)), ping()],
  [text(Buffer.concat([Buffer.from('{"op":'), Buffer.of(0xed, 0xa0, 0x80)])), ping()],
  [close(Buffer.alloc(0))],
  [close(Buffer.of(3))],
  ...[999, 1000, 1005, 1006, 1014, 3000, 4004, 5000].map((code) => [close(encodeClose(code)), text('after')]),
  [close(encodeClose(1000, 'r'.repeat(123)))],
  [close(Buffer.alloc(126, 3)), ping()],
  [close(Buffer.concat([encodeClose(1000), Buffer.of(0xce, 0xba, 0xe1)]))],
  [close(), close(), ping()],
  [text(HELLO), ping(), text('{"op":11}'), close()],
  [wsFrame(bytes('masked'), { opcode: TEXT, mask: Uint8Array.of(1, 2, 3, 4) }), ping()],
  [text('x'), ping()],
];

const ZLIB_FRAMES: readonly (readonly Buffer[])[] = [
  [binary(ZLIB.subarray(0, -4)), ping()],
  [binary(ZLIB.subarray(0, -4)), close(encodeClose(4000))],
  [binary(ZLIB.subarray(0, 3)), close(encodeClose(4000))],
  [binary(ZLIB.subarray(0, -4)), binary(ZLIB.subarray(-4)), ping()],
  [binary(ZLIB), text(HELLO), ping()],
  [binary(ZLIB), binary(''), ping()],
  [binary(ZLIB), binary('nonsense'), ping()],
  [begin(ZLIB.subarray(0, 20), BINARY), close(encodeClose(4000))],
];

const CASES: readonly Case[] = [
  ...(['json', 'etf'] as const).flatMap((encoding) =>
    FRAMES.map((frames): Case => ({ encoding, compress: 'none', frames })),
  ),
  // Fragments of compressed messages are held until they are whole.
  ...(['zlib-stream', 'zstd-stream'] as const).flatMap((compress) =>
    FRAMES.filter(([first]) => (first?.[0] ?? 0) >= 0x80 || (first?.[0] ?? 0) === 1).map((frames): Case => ({
      encoding: 'json',
      compress,
      frames,
    })),
  ),
  ...ZLIB_FRAMES.map((frames): Case => ({ encoding: 'json', compress: 'zlib-stream', frames })),
];

/** What the client of one case gets before the gateway ends, and whether that comes through too. */
async function receive(
  fixture: ProxyFixture,
  { encoding, compress, frames }: Case,
): Promise<{ readonly early: Buffer; readonly isEnded: boolean; readonly all: Buffer }> {
  const query = compress === 'none' ? '' : `&compress=${compress}`;
  const { client, upstream } = await fixture.open(`/?v=10&encoding=${encoding}${query}`);
  const sent = Buffer.concat(frames);
  upstream.socket.write(sent);
  await client.hasBody(sent.length);
  const early = client.body;
  upstream.socket.end();
  await client.until(() => client.isEnded);
  const { body: all, isEnded } = client;
  client.socket.end();
  return { early, isEnded, all };
}

it.each([true, false])('unusual messages reach the client at once (rewriting: %s)', async (isRewriting) => {
  const receiveAll = async (cases: readonly Case[]): Promise<void> => {
    await using fixture = await startFixture({ isRewriting });
    for (const one of cases) {
      const sent = Buffer.concat(one.frames).toString('hex');
      const { early, isEnded, all } = await receive(fixture, one);
      expect({ early: early.toString('hex'), isEnded, all: all.toString('hex') }).toEqual({
        early: sent,
        isEnded: true,
        all: sent,
      });
    }
  };
  // Several at a time, as most of the time is waiting.
  const parts = Array.from({ length: 24 }, (_, part) => CASES.filter((__, at) => at % 24 === part));
  await Promise.all(parts.map(receiveAll));
});

/** A frame byte by byte, but for what is far behind the header of a long one. */
function cutUp(frame: Buffer): Uint8Array[] {
  const end = frame.length > 1000 ? 200 : frame.length;
  return [...inPieces(frame.subarray(0, end), 1), ...inPieces(frame.subarray(end), 997)];
}

it('unusual messages are relayed alike wherever the bytes are cut', () => {
  for (const { encoding, compress, frames } of CASES) {
    const sent = Buffer.concat(frames);
    const rewriter = new GatewayRewriter({
      share: new RewriteShare(),
      transport: { version: 10, encoding, compress },
      extensions: null,
      rewriteUrl: () => 'ws://127.0.0.1/r/elsewhere',
    });
    const got = frames.flatMap(cutUp).map((piece) => Buffer.from(rewriter.push(Uint8Array.from(piece))));
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  }
});
