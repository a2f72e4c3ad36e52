import { spawnSync } from 'node:child_process';
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GatewayRewriter,
  RewriteShare,
  type RewriterOptions,
} from '../../../src/gateway/rewrite/rewriter.js';
import type { Frame, FrameKind } from '../../../src/wire/frame.js';
import type { Compression, Transport } from '../../../src/wire/transport.js';
import { encodeClose, encodeFrame, FrameParser } from '../../../src/wire/websocket.js';
import { type DeflateParameters, extensionsHeader, WsDeflater } from '../../support/permessage-deflate.js';
import { cutAt, cutPlaces, inPieces } from '../../support/splits.js';
import { wsFrame } from '../../support/ws-internals.js';
import { deflateStream, inflateStream } from '../../support/zlib-stream.js';

const OLD = 'wss://gateway-us-east1-b.discord.gg';
const NEW = 'ws://127.0.0.1:7331/r/gateway-us-east1-b.discord.gg';
const HELLO = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}';
const READY = `{"t":"READY","s":1,"op":0,"d":{"v":10,"session_id":"abc","resume_gateway_url":"${OLD}","guilds":[]}}`;
const RESUMED = '{"t":"RESUMED","s":9,"op":0,"d":{}}';
const INVALID = '{"t":null,"s":null,"op":9,"d":false}';
const ACK = '{"t":null,"s":null,"op":11,"d":null}';

const text = (data: string): Buffer => Buffer.from(encodeFrame({ kind: 'text', data: Buffer.from(data) }));
const binary = (data: Uint8Array): Buffer => Buffer.from(encodeFrame({ kind: 'binary', data }));
const ping = Buffer.from(encodeFrame({ kind: 'ping', data: Buffer.from('beat') }));
const close = Buffer.from(encodeFrame({ kind: 'close', data: encodeClose(4000, 'later') }));

/** A dispatch that shares most of its text with its neighbours, so that deflate refers back to them. */
const dispatch = (seq: number): string =>
  `{"t":"MESSAGE_CREATE","s":${seq},"op":0,"d":{"id":"${1_000_000 + seq * 7919}","content":"message ${seq % 97} of many",` +
  `"author":{"id":"175928847299117063","username":"someone${seq % 13}"},"nonce":"${(seq * 2654435761) % 4294967296}"}}`;

interface Run {
  readonly rewriter: GatewayRewriter;
  readonly sent: Buffer;
}

/** What the client gets of `chunks`. */
function run(
  chunks: readonly Uint8Array[],
  compress: Compression,
  { encoding = 'json', extensions = null, rewriteUrl = () => NEW }: Partial<RewriterOptions & Transport> = {},
): Run {
  const rewriter = new GatewayRewriter({
    share: new RewriteShare(),
    transport: { version: 10, encoding, compress },
    extensions,
    rewriteUrl,
  });
  const sent = chunks.map((chunk) => Buffer.from(rewriter.push(Uint8Array.from(chunk))));
  return { rewriter, sent: Buffer.concat([...sent, rewriter.end()]) };
}

/** Frames of a stream, as our parser (judged by ws elsewhere) reads them. */
function framesOf(stream: Uint8Array): Frame[] {
  return new FrameParser({ maxPayloadBytes: 1 << 26 }).push(Uint8Array.from(stream));
}

const zlibMessages = (texts: readonly string[]): Promise<Buffer[]> =>
  deflateStream(texts.map((payload) => Buffer.from(payload)));
const zlibTexts = async (messages: readonly Uint8Array[]): Promise<string[]> =>
  (await inflateStream(messages)).map((payload) => payload.toString());

const messagesOf = (stream: Uint8Array): Uint8Array[] =>
  framesOf(stream)
    .filter(({ kind }) => kind === 'text' || kind === 'binary')
    .map(({ data }) => data);

const kindsOf = (stream: Uint8Array): FrameKind[] => framesOf(stream).map(({ kind }) => kind);

describe('uncompressed', () => {
  const before = Buffer.concat([text(HELLO), ping, text(ACK)]);
  const after = Buffer.concat([text(ACK), ping, text(dispatch(2)), close]);

  it('READY gets the other URL, and every other byte is unchanged, however the stream is cut', () => {
    const stream = Buffer.concat([before, text(READY), after]);
    const expected = Buffer.concat([before, text(READY.replace(OLD, NEW)), after]);
    fc.assert(
      fc.property(cutPlaces, (places) => {
        const { sent, rewriter } = run(cutAt(stream, places), 'none');
        expect(sent.equals(expected)).toBe(true);
        expect(rewriter).toMatchObject({ isDone: false, isChanged: true, convergedFrameNo: 5 });
      }),
    );
    expect(run(inPieces(stream, 1), 'none').sent.equals(expected)).toBe(true);
  });

  it('frames before READY go on as soon as they are whole', () => {
    const rewriter = new GatewayRewriter({
      share: new RewriteShare(),
      transport: { version: 10, encoding: 'json', compress: 'none' },
      extensions: null,
      rewriteUrl: () => NEW,
    });
    const hello = text(HELLO);
    expect(rewriter.push(hello.subarray(0, 10))).toHaveLength(0);
    expect(Buffer.from(rewriter.push(hello.subarray(10)))).toEqual(hello);
    expect(Buffer.from(rewriter.push(ping))).toEqual(ping);
    expect(rewriter.isDone).toBe(false);
  });

  it('of a fragmented READY only the fragments with the URL are held, and control frames pass at once', () => {
    const data = Buffer.from(READY);
    // Within the key, behind the start of it, and within the URL.
    const key = READY.indexOf('resume_gateway_url');
    const fragments = [
      wsFrame(data.subarray(0, 20), { opcode: 1, fin: false }),
      ping,
      wsFrame(data.subarray(20, key + 5), { opcode: 0, fin: false }),
      ping,
      wsFrame(data.subarray(key + 5, key + 25), { opcode: 0, fin: false }),
      ping,
      wsFrame(data.subarray(key + 25), { opcode: 0 }),
    ];
    const rewriter = new GatewayRewriter({
      share: new RewriteShare(),
      transport: { version: 10, encoding: 'json', compress: 'none' },
      extensions: null,
      rewriteUrl: () => NEW,
    });
    const sent = fragments.map((fragment) => Buffer.from(rewriter.push(Uint8Array.from(fragment))));
    expect(sent.slice(0, -1)).toEqual([fragments[0], ping, Buffer.alloc(0), ping, Buffer.alloc(0), ping]);
    const expected = wsFrame(Buffer.from(READY.replace(OLD, NEW)).subarray(20), { opcode: 0 });
    expect(sent.at(-1)).toEqual(expected);
    expect(rewriter.convergedFrameNo).toBe(5);
  });

  it('another fragmented message passes fragmented', () => {
    const fragments = Buffer.concat([
      wsFrame(Buffer.from(ACK).subarray(0, 5), { opcode: 1, fin: false }),
      ping,
      wsFrame(Buffer.from(ACK).subarray(5), { opcode: 0 }),
    ]);
    expect(run([before, fragments], 'none').sent.equals(Buffer.concat([before, fragments]))).toBe(true);
  });

  it.each([
    ['RESUMED', [text(RESUMED)]],
    ['a READY without the URL', [text(READY.replace('resume_gateway_url', 'other'))]],
    ['a READY whose host may not be dialled', [text(READY.replace(OLD, 'wss://evil.example'))]],
    ['text that is no JSON', [text('hello?')]],
    ['reserved bits', [wsFrame(Buffer.from(ACK), { opcode: 1, rsv1: true })]],
    ['a masked frame', [wsFrame(Buffer.from(ACK), { opcode: 1, mask: Uint8Array.of(1, 2, 3, 4) })]],
    ['a reserved opcode', [Buffer.of(0x83, 0)]],
    ['a stray continuation', [wsFrame(Buffer.from(ACK), { opcode: 0 })]],
    ['a message within a message', [wsFrame(Buffer.from('{'), { opcode: 1, fin: false }), text(ACK)]],
    ['a long control frame', [wsFrame(Buffer.alloc(126), { opcode: 9 })]],
    ['a fragmented control frame', [wsFrame(Buffer.alloc(1), { opcode: 9, fin: false })]],
    ['a length beyond all bounds', [Buffer.from('827f7fffffffffffffff', 'hex')]],
    ['the binary form of another encoding', [binary(Buffer.from([131, 106]))]],
  ])('%s ends the rewriting, and everything passes unchanged', (_, frames) => {
    const stream = Buffer.concat([before, ...frames, text(READY), after]);
    const rewriteUrl = (url: string): string | null => (url === OLD ? NEW : null);
    const { sent, rewriter } = run(inPieces(stream, 7), 'none', { rewriteUrl });
    expect(sent.equals(stream)).toBe(true);
    expect(rewriter.isChanged).toBe(false);
    expect(rewriter.convergedFrameNo).toBeNull();
  });

  it('READY is rewritten after a RESUME that was refused on the same socket', () => {
    const { sent } = run([Buffer.concat([text(HELLO), text(INVALID), text(READY), after])], 'none');
    expect(
      sent.equals(Buffer.concat([text(HELLO), text(INVALID), text(READY.replace(OLD, NEW)), after])),
    ).toBe(true);
  });

  it('READY is rewritten again after the session was invalidated, however the stream is cut', () => {
    const live = [
      text(dispatch(2)),
      ping,
      text(ACK),
      text(dispatch(3).repeat(100)),
      binary(Buffer.alloc(100)),
    ];
    const session = (ready: string): Buffer[] => [text(ready), ...live, text(INVALID), text(ACK)];
    const around = (ready: string): Buffer =>
      Buffer.concat([before, ...session(ready), ...session(ready), text(RESUMED), text(READY), after]);
    const stream = around(READY);
    const twice = around(READY.replace(OLD, NEW));
    fc.assert(
      fc.property(cutPlaces, (places) => {
        const { sent, rewriter } = run(cutAt(stream, places), 'none');
        expect(sent.equals(twice)).toBe(true);
        // Behind three frames before, eight of the first session, and READY.
        expect(rewriter.convergedFrameNo).toBe(3 + 8 + 1 + 1);
      }),
    );
    expect(run(inPieces(stream, 1), 'none').sent.equals(twice)).toBe(true);
  });

  it('bytes that pass are neither held back nor copied, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array(), fc.uint8Array().map(binary))), (chunks) => {
        const { rewriter } = run([before, text(RESUMED)], 'none');
        for (const chunk of chunks) expect(rewriter.push(chunk)).toBe(chunk);
      }),
    );
  });

  it('a stream that ends within a frame gives up what was held', () => {
    const cut = text(READY).subarray(0, 50);
    expect(run([before, cut], 'none').sent.equals(Buffer.concat([before, cut]))).toBe(true);
  });

  it('arbitrary bytes pass unchanged, and never throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Compression>('none', 'zlib-stream', 'zstd-stream', 'unknown'),
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }).map(binary))),
        (compress, chunks) => {
          expect(run(chunks, compress).sent.equals(Buffer.concat(chunks))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('zlib-stream', () => {
  const count = 3_200;
  const payloads = [HELLO, ACK, READY, ...Array.from({ length: count }, (_, index) => dispatch(index + 2))];
  const readyAt = 2;

  it('the client decodes every message, and from some frame on the bytes are the gateway’s', async () => {
    const messages = await zlibMessages(payloads);
    // Cross-message references, or the test would prove nothing.
    expect(Buffer.concat(messages).length).toBeLessThan(payloads.join('').length / 4);
    const frames = messages.map((message, index) =>
      index % 50 === 49 ? Buffer.concat([ping, binary(message)]) : binary(message),
    );
    const { sent, rewriter } = run(inPieces(Buffer.concat(frames), 1461), 'zlib-stream');
    const received = messagesOf(sent);

    const expected = payloads.with(readyAt, READY.replace(OLD, NEW));
    expect(await zlibTexts(received)).toEqual(expected);
    expect(kindsOf(sent)).toEqual(kindsOf(Buffer.concat(frames)));

    const all = kindsOf(sent);
    const converged = rewriter.convergedFrameNo!;
    const verbatimFrom = all.slice(0, converged - 1).filter((kind) => kind === 'binary').length;
    const same = received.map((message, index) => Buffer.compare(message, messages[index]!) === 0);
    expect(same.slice(0, readyAt)).toEqual([true, true]);
    expect(same.slice(readyAt, verbatimFrom)).not.toContain(true);
    expect(same.slice(verbatimFrom)).not.toContain(false);

    const apart = payloads.slice(readyAt + 1, verbatimFrom).join('').length;
    expect(apart).toBeGreaterThanOrEqual(32_768 - READY.length);
    expect(apart).toBeLessThan(32_768 + dispatch(1).length);
  });

  it('a READY longer than the window converges at once when its URL comes first', async () => {
    const filler = 'x1y2'.repeat(10_000);
    const long = READY.replace('"guilds":[]', `"guilds":[],"filler":"${filler}"`);
    const texts = [HELLO, long, dispatch(2), long, dispatch(3)];
    const messages = await zlibMessages(texts);
    const { sent, rewriter } = run(messages.map(binary), 'zlib-stream');
    expect(await zlibTexts(messagesOf(sent))).toEqual(texts.with(1, long.replace(OLD, NEW)));
    expect(rewriter.convergedFrameNo).toBe(3);
  });

  it('the same holds for any chunks, payloads over several messages, control frames and further READYs', async () => {
    const shapes = fc.record({
      order: fc.array(fc.constantFrom('dispatch', 'ready', 'ack', 'long'), { minLength: 1, maxLength: 25 }),
      pieces: fc.integer({ min: 1, max: 3 }),
      isHelloFirst: fc.boolean(),
      places: cutPlaces,
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ order, pieces, isHelloFirst, places }) => {
        const texts = [
          ...(isHelloFirst ? [HELLO] : []),
          ...order.map((kind, index) => {
            if (kind === 'ready') return READY;
            if (kind === 'ack') return ACK;
            return dispatch(index).replace('of many', kind === 'long' ? 'long '.repeat(1500) : '');
          }),
        ];
        const messages = await zlibMessages(texts);
        const frames = messages.flatMap((message) => {
          // The suffix is never split, as no gateway does.
          const cut = Math.floor((message.length - 4) / pieces);
          const parts = cutAt(
            message,
            Array.from({ length: pieces - 1 }, (_, index) => (index + 1) * cut),
          );
          return parts.flatMap((part, index) => (index === 1 ? [ping, binary(part)] : [binary(part)]));
        });
        const stream = Buffer.concat(frames);
        const { sent, rewriter } = run(cutAt(stream, places), 'zlib-stream');
        const plain = (await zlibTexts(messagesOf(sent))).join('');
        const converged = rewriter.convergedFrameNo;
        // After the stream has converged READY is out of reach; see the header of rewrite.ts.
        const reach =
          converged === null ? texts.join('').length : reachOf(stream, converged, texts, messages);
        expect(plain).toBe(texts.join('').slice(0, reach).replaceAll(OLD, NEW) + texts.join('').slice(reach));
        expect(kindsOf(sent).filter((kind) => kind === 'ping')).toHaveLength(
          frames.filter((frame) => frame === ping).length,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('a stream that breaks while scanning passes unchanged', async () => {
    const [hello, ...rest] = await zlibMessages([HELLO, READY]);
    const stream = Buffer.concat(
      [hello!, Buffer.from('nonsense\0\0\xff\xff', 'latin1'), ...rest].map(binary),
    );
    const { sent, rewriter } = run(inPieces(stream, 11), 'zlib-stream');
    expect(sent.equals(stream)).toBe(true);
    expect(rewriter).toMatchObject({ isDone: true, isChanged: false });
  });

  it('a stream that ends before it converged reports that', async () => {
    const messages = await zlibMessages([HELLO, READY, ACK]);
    const { rewriter } = run(messages.map(binary), 'zlib-stream');
    expect(rewriter).toMatchObject({ isChanged: true, convergedFrameNo: null });
  });
});

/** Length of the texts whose messages came before frame `converged` of the gateway's stream. */
function reachOf(stream: Buffer, converged: number, texts: string[], messages: Buffer[]): number {
  let bytes = framesOf(stream)
    .slice(0, converged - 1)
    .filter(({ kind }) => kind === 'binary')
    .reduce((sum, { data }) => sum + data.length, 0);
  let reach = 0;
  for (const [index, message] of messages.entries()) {
    if (bytes < message.length) break;
    bytes -= message.length;
    reach += texts[index]!.length;
  }
  return reach;
}

describe('payload compression', () => {
  it('a READY in its own zlib buffer is deflated again, and nothing else is changed', () => {
    const deflated = (json: string): Buffer => binary(deflateSync(json));
    const before = [text(HELLO), deflated(ACK)];
    const after = [deflated(dispatch(2)), text(ACK), close];
    const { sent, rewriter } = run([Buffer.concat([...before, deflated(READY), ...after])], 'none');
    const frames = framesOf(sent);
    expect(frames[2]?.kind).toBe('binary');
    expect(inflateSync(frames[2]!.data).toString()).toBe(READY.replace(OLD, NEW));
    const around = Buffer.concat([...before, Buffer.from(encodeFrame(frames[2]!)), ...after]);
    expect(sent.equals(around)).toBe(true);
    expect(rewriter.convergedFrameNo).toBe(4);
  });

  it('JSON in binary messages stays in binary messages', () => {
    const frames = [HELLO, READY, ACK].map((json) => binary(Buffer.from(json)));
    const expected = frames.with(1, binary(Buffer.from(READY.replace(OLD, NEW))));
    expect(run(frames, 'none').sent.equals(Buffer.concat(expected))).toBe(true);
  });
});

describe('ETF', () => {
  const hello = Buffer.from(
    '83740000000273026f70610a730164740000000173126865617274626561745f696e74657276616c620000a122',
    'hex',
  );
  const ready = (url: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(url.length);
    return Buffer.concat([
      Buffer.from('83740000000473026f706100730174730552454144597301736101730164', 'hex'),
      Buffer.from('7400000002' + '7312' + Buffer.from('resume_gateway_url').toString('hex') + '6d', 'hex'),
      length,
      Buffer.from(url),
      Buffer.from('730269646e0800070002c15a067102', 'hex'),
    ]);
  };

  it('READY gets the other URL, and every other byte is unchanged', () => {
    const frames = [hello, ready(OLD), hello].map(binary);
    const { sent, rewriter } = run(inPieces(Buffer.concat(frames), 9), 'none', { encoding: 'etf' });
    expect(sent.equals(Buffer.concat(frames.with(1, binary(ready(NEW)))))).toBe(true);
    expect(rewriter.convergedFrameNo).toBe(3);
  });

  it('within zlib-stream it converges like JSON', async () => {
    const payloads = [hello, ready(OLD), ...Array.from({ length: 1000 }, () => hello)];
    const messages = await deflateStream(payloads);
    const { sent, rewriter } = run([Buffer.concat(messages.map(binary))], 'zlib-stream', { encoding: 'etf' });
    const texts = await inflateStream(messagesOf(sent));
    expect(Buffer.concat(texts).equals(Buffer.concat(payloads.with(1, ready(NEW))))).toBe(true);
    expect(rewriter.convergedFrameNo).not.toBeNull();
  });
});

describe('permessage-deflate', () => {
  const count = 400;
  const texts = [HELLO, ACK, READY, ...Array.from({ length: count }, (_, index) => dispatch(index + 2))];
  const rewritten = texts.with(2, READY.replace(OLD, NEW));

  /** Frames of messages, all but every tenth compressed; with `cut`, in two fragments. */
  async function deflatedFrames(
    messages: readonly Uint8Array[],
    agreed: DeflateParameters,
    opcode: 1 | 2,
  ): Promise<Buffer[]> {
    const gateway = new WsDeflater('gateway', agreed);
    const frames: Buffer[] = [];
    for (const [index, message] of messages.entries()) {
      if (index % 10 === 9) {
        frames.push(wsFrame(message, { opcode }));
        continue;
      }
      const data = await gateway.compress(message);
      const half = Math.floor(data.length / 2);
      const isCut = index % 7 === 2;
      frames.push(
        isCut
          ? Buffer.concat([
              wsFrame(data.subarray(0, half), { opcode, rsv1: true, fin: false }),
              ping,
              wsFrame(data.subarray(half), { opcode: 0 }),
            ])
          : wsFrame(data, { opcode, rsv1: true }),
      );
    }
    gateway.close();
    return frames;
  }

  /** What a client that speaks the extension as `ws` does reads. */
  async function read(stream: Uint8Array, agreed: DeflateParameters): Promise<Buffer[]> {
    const client = new WsDeflater('client', agreed);
    const parser = new FrameParser({ maxPayloadBytes: 1 << 26, isDeflateNegotiated: true });
    const messages: Buffer[] = [];
    for (const { kind, data, isDeflated, error: fault } of parser.push(Uint8Array.from(stream))) {
      expect(fault).toBeNull();
      if (kind === 'text' || kind === 'binary')
        messages.push(isDeflated ? await client.decompress(data) : Buffer.from(data));
    }
    client.close();
    return messages;
  }

  it.each<[string, DeflateParameters]>([
    ['with context takeover', {}],
    ['without', { server_no_context_takeover: true }],
  ])('%s the client reads every message, and gets the gateway’s own bytes in the end', async (_, agreed) => {
    const frames = await deflatedFrames(
      texts.map((one) => Buffer.from(one)),
      agreed,
      1,
    );
    const stream = Buffer.concat(frames);
    const { sent, rewriter } = run(inPieces(stream, 777), 'none', { extensions: extensionsHeader(agreed) });
    expect((await read(sent, agreed)).map(String)).toEqual(rewritten);
    // READY is in two fragments with a ping between, so it is the fourth frame.
    const isContextless = 'server_no_context_takeover' in agreed;
    if (isContextless) expect(rewriter.convergedFrameNo).toBe(5);
    expect(rewriter.convergedFrameNo).toBeLessThan(260);
    const tail = Buffer.concat(frames.slice(-100));
    expect(sent.subarray(-tail.length).equals(tail)).toBe(true);
  });

  it('around zlib-stream both windows converge', async () => {
    const long = [...texts, ...Array.from({ length: 1500 }, (_, index) => dispatch(index + 500))];
    const frames = await deflatedFrames(await zlibMessages(long), {}, 2);
    const stream = Buffer.concat(frames);
    const { sent, rewriter } = run(inPieces(stream, 777), 'zlib-stream', {
      extensions: extensionsHeader({}),
    });
    expect(await zlibTexts(await read(sent, {}))).toEqual(long.with(2, rewritten[2]!));
    expect(rewriter.convergedFrameNo).not.toBeNull();
    const tail = Buffer.concat(frames.slice(-10));
    expect(sent.subarray(-tail.length).equals(tail)).toBe(true);
  });

  it('a READY that was not compressed leaves the window alone', async () => {
    const gateway = new WsDeflater('gateway');
    const hello = wsFrame(await gateway.compress(Buffer.from(HELLO)), { opcode: 1, rsv1: true });
    const ack = wsFrame(await gateway.compress(Buffer.from(ACK)), { opcode: 1, rsv1: true });
    gateway.close();
    const { sent, rewriter } = run([hello, text(READY), ack], 'none', { extensions: extensionsHeader({}) });
    expect(sent.equals(Buffer.concat([hello, text(READY.replace(OLD, NEW)), ack]))).toBe(true);
    expect(rewriter.convergedFrameNo).toBe(3);
  });

  it.each(['x-other', 'permessage-deflate, x-other'])('with %s everything passes unchanged', (extensions) => {
    const stream = Buffer.concat([text(HELLO), text(READY)]);
    expect(run([stream], 'none', { extensions }).sent.equals(stream)).toBe(true);
  });
});

describe.skipIf(spawnSync('zstd', ['--version']).status !== 0)(
  'zstd-stream (skipped where the zstd command line tool is missing)',
  () => {
    const zstd = (args: readonly string[], input: Uint8Array): Buffer => {
      const { status, stdout, stderr } = spawnSync('zstd', [...args, '-c'], { input, maxBuffer: 1 << 28 });
      if (status !== 0) throw new Error(stderr.toString());
      return stdout;
    };
    const texts = [
      HELLO,
      READY,
      ...Array.from({ length: 20 }, (_, index) => dispatch(index + 2)),
      READY,
      ACK,
    ];
    const rewritten = (some: readonly string[]): string => some.join('').replaceAll(OLD, NEW);

    /** One frame whose every block is one payload, padded to what the window allows as a block. */
    function messagesOfOneFrame(
      blockBytes: number,
      ...args: readonly string[]
    ): { padded: string[]; messages: Buffer[] } {
      const padded = texts.map((json) => json.padEnd(blockBytes, ' '));
      const frame = zstd(['-1', '--no-check', ...args], Buffer.from(padded.join('')));
      const messages: Buffer[] = [];
      for (let at = 0, next = 6; next < frame.length; at = next) {
        const header = frame.readUIntLE(next, 3);
        const isRle = ((header >> 1) & 3) === 1;
        // The gateway's frame never ends.
        frame[next] = header & 0xfe;
        next += 3 + (isRle ? 1 : header >> 3);
        messages.push(frame.subarray(at, next));
      }
      expect(messages).toHaveLength(texts.length);
      return { padded, messages };
    }

    /** Text of all messages of a stream, its frame ended by an empty last block. */
    const read = (stream: Uint8Array): string =>
      zstd(['-d'], Buffer.concat([...messagesOf(stream), Buffer.of(1, 0, 0)])).toString();

    it.each([
      ['256 KiB and more', 131_072, []],
      ['1 KiB', 1024, ['--zstd=wlog=10']],
    ])(
      'with a window of %s the client reads every payload, each in its message, to the end',
      (_, size, args) => {
        const { padded, messages } = messagesOfOneFrame(size, ...args);
        const frames = messages.map(binary).toSpliced(3, 0, ping);
        const { sent, rewriter } = run(inPieces(Buffer.concat(frames), 4099), 'zstd-stream');
        expect(read(sent) === rewritten(padded)).toBe(true);
        expect(kindsOf(sent)).toEqual(kindsOf(Buffer.concat(frames)));
        expect(Buffer.compare(messagesOf(sent)[0]!, messages[0]!)).toBe(0);
        expect(rewriter).toMatchObject({ isDone: false, isChanged: true, convergedFrameNo: null });
      },
    );

    it('a gateway that makes a frame of each payload is understood as well', () => {
      const messages = texts.map((json) => zstd(['-1'], Buffer.from(json)));
      const { sent } = run(messages.map(binary), 'zstd-stream');
      expect(read(sent) === rewritten(texts)).toBe(true);
    });

    it('a READY that comes first brings the header of the frame', () => {
      const message = zstd(['-1'], Buffer.from(READY));
      const { sent } = run([binary(message)], 'zstd-stream');
      expect(read(sent) === rewritten([READY])).toBe(true);
    });
  },
);

describe('an undocumented transport', () => {
  it('passes unchanged', () => {
    const stream = Buffer.concat([text(HELLO), text(READY)]);
    const { sent, rewriter } = run([stream], 'unknown');
    expect(sent.equals(stream)).toBe(true);
    expect(rewriter.isDone).toBe(true);
  });
});
