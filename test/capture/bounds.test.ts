/** What a peer sends takes bounded work, and what is over a bound is recorded with the reason and without its bytes. */
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import { ExchangeRecorder } from '../../src/capture/exchange-recorder.js';
import type { FrameRecord } from '../../src/capture/records.js';
import { Redactor } from '../../src/gateway/redact/redact.js';
import { Unpacker } from '../../src/gateway/decode/unpacker.js';
import { BOUNDS } from '../../src/wire/bounds.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import type { Compression } from '../../src/wire/transport.js';
import { framesOf, newRecorder, placeholder, record } from '../support/capture-playbook.js';
import { socketBytes, TapScript, type Sent } from '../support/capture/tap-events.js';

const MIB = 1024 * 1024;
const AMPLE = 64 * MIB;
const SECRET = ['5f1c', 'a9d3e7b2', '40c6', '8d0f1e2a3b4c5d6e'].join('');
const READY = { t: 'READY', s: 1, op: 0, d: { session_id: SECRET, user: { id: '7' } } };
const HELLO = { t: null, s: null, op: 10, d: { heartbeat_interval: 41_250 } };

function framesFrom(
  frames: readonly Sent[],
  compress: Compression = 'none',
  recorder: CaptureRecorder = newRecorder('secrets', AMPLE),
): readonly FrameRecord[] {
  const script = new TapScript()
    .open(1, { transport: { version: 10, encoding: 'json', compress } })
    .gateway(1, ...frames);
  return framesOf(record(script.end(1).events, recorder));
}

const statuses = (frames: readonly FrameRecord[]): string[] => frames.map(({ status }) => status);
const streamed = (text: string | Buffer): Buffer =>
  deflateSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
const zstdRunsOfSpaces = (blocks: number): Buffer => {
  const header = (131_072 << 3) | 2;
  const block = Buffer.of(header & 255, (header >> 8) & 255, (header >> 16) & 255, 0x20);
  return Buffer.concat([Buffer.from('28b52ffd0040', 'hex'), Buffer.alloc(blocks * 4, block)]);
};

describe('a message', () => {
  const many = '{},'.repeat(BOUNDS.messageValues);

  it.each([
    ['JSON', ['text', `{"op":0,"t":"READY","s":1,"d":[${many}0]}`]],
    ['JSON in many members', ['text', `{"op":0,${'"d":0,'.repeat(BOUNDS.messageValues)}"s":1}`]],
    ['ETF', ['binary', Buffer.concat([Buffer.from('836c01312d00', 'hex'), Buffer.alloc(20_000_000, 106)])]],
    [
      'payloads of one message',
      [
        'text',
        Array.from({ length: 3 }, () => `{"op":0,"t":"X","d":[${many.slice(0, many.length / 2)}0]}`).join(''),
      ],
    ],
  ] as const)('is limited in its number of values: %s', (_, sent) => {
    const frames = framesFrom([sent, HELLO]);
    expect(statuses(frames).at(-2)).toBe('too_complex');
    expect(frames.at(-2)).toMatchObject({ raw: null, body: null });
    expect(statuses(frames).at(-1)).toBe('ok');
  });

  it('is limited in depth', () => {
    const deep = `{"op":0,"t":"X","s":1,"d":${'['.repeat(400_000)}${']'.repeat(400_000)}}`;
    const etf = Buffer.concat([
      Buffer.from('83', 'hex'),
      Buffer.alloc(500_000, Buffer.from('6c00000001', 'hex')),
    ]);
    expect(statuses(framesFrom([['text', deep], ['binary', etf], HELLO]))).toEqual([
      'too_complex',
      'too_complex',
      'ok',
    ]);
  });

  it('with a very long name or id has its cell cut, and its body complete', () => {
    const t = 'T'.repeat(MIB);
    const [frame] = framesFrom([{ op: 0, s: 1, t, d: {} }]);
    expect(frame?.event).toHaveLength(BOUNDS.nameChars);
    expect(Buffer.from(frame?.body ?? []).includes(t)).toBe(true);
    const ready = { ...READY, d: { user: { id: '7'.repeat(MIB) }, session_id: 's'.repeat(MIB) } };
    const script = new TapScript()
      .open(1, { userAgent: 'a'.repeat(20_000), path: `/?${'p'.repeat(20_000)}` })
      .client(1, { op: 2, d: { token: 'x'.repeat(70), properties: { browser: 'b'.repeat(MIB) } } })
      .gateway(1, ready);
    const others = record(script.end(1).events, newRecorder('none', AMPLE)).filter(
      ({ type }) => type !== 'frame',
    );
    expect(JSON.stringify(others).length).toBeLessThan(12_000);
  });
});

describe('decompression', () => {
  it.each([
    ['zlib-stream', streamed(Buffer.alloc(20 * MIB))],
    ['zstd-stream', zstdRunsOfSpaces(1000)],
  ] as const)('of %s has a budget; over it the compression context is dropped', (compress, bomb) => {
    const frames = framesFrom(
      [
        ['binary', bomb],
        ['binary', streamed('{"op":11}')],
        ['text', '{"op":11}'],
      ],
      compress,
    );
    expect(statuses(frames)).toEqual(['too_complex', 'context_lost', 'ok']);
    expect(frames.every(({ status, raw }) => status === 'ok' || raw === null)).toBe(true);
  });

  it.each([
    [true, 'lasts for ever where long messages repeat each other one a second, on a clock of ours'],
    [false, 'does not trust the times of a file'],
  ])('of a stream, recorded live %s, %s', (isLive) => {
    const recorder = new CaptureRecorder({
      redaction: 'secrets',
      placeholder,
      maxPayloadBytes: AMPLE,
      maxBodyBytes: MIB,
      isLive,
    });
    const text = JSON.stringify({ op: 0, t: 'X', d: 'a'.repeat(100 * 1024) });
    const message = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
    const script = new TapScript().open(1, {
      transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
    });
    script.gateway(1, ['binary', streamed(text)]);
    for (let no = 0; no < 100; no += 1) script.gateway(1, ['binary', message]);
    const last = statuses(framesOf(record(script.end(1).events, recorder))).at(-1);
    expect(last).toBe(isLive ? 'ok' : 'context_lost');
  });

  it('of single buffers has a budget that grows with each message', () => {
    const data = deflateSync(Buffer.alloc(2 * MIB, ' '));
    const unpacker = unpackerOf(null);
    const frame = { kind: 'binary', data, wireBytes: data.length, isDeflated: false, error: null } as const;
    const unpacked = [frame, frame, frame].map((bomb) => unpacker.push(bomb).status);
    expect(unpacked).toEqual(['ok', 'ok', 'too_complex']);
    const usual: Sent = [
      'binary',
      deflateSync(JSON.stringify({ ...READY, d: { text: 'usual '.repeat(1000) } })),
    ];
    expect(new Set(statuses(framesFrom(Array.from({ length: 300 }, () => usual))))).toEqual(new Set(['ok']));
  });

  it('of permessage-deflate shares one budget among all layers', () => {
    const deflated = (bytes: Buffer): Buffer =>
      deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const bomb = deflated(Buffer.alloc(2 * MIB, ' '));
    const unpacker = unpackerOf('permessage-deflate; server_no_context_takeover');
    const frames = [bomb, bomb, bomb].map(
      (data) => ({ kind: 'text', data, wireBytes: data.length, isDeflated: true, error: null }) as const,
    );
    expect(frames.map((frame) => unpacker.push(frame).status)).toEqual(['ok', 'ok', 'too_complex']);
  });

  it('of a long READY fits the budget, which grows with the input', () => {
    const guilds = Array.from({ length: 400 }, (_, n) => ({ id: `${n ** 5}`, name: `guild ${n ** 3}` }));
    const ready = { ...READY, d: { ...READY.d, notes: Array(400).fill(guilds) } };
    const text = JSON.stringify(ready);
    const bytes = deflateSync(text, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
    expect([text.length / MIB > 6, text.length / bytes.length > 10]).toEqual([true, true]);
    expect(statuses(framesFrom([['binary', bytes]], 'zlib-stream'))).toEqual(['ok']);
  });

  it('of bodies of REST calls stops at the limit', () => {
    for (const [coding, bytes] of [
      ['zstd', zstdRunsOfSpaces(500)],
      ['gzip', gzipSync(Buffer.alloc(10 * MIB))],
      ['br', brotliCompressSync(Buffer.alloc(10 * MIB))],
    ] as const) {
      expect(exchangeWith(bytes, coding).response).toMatchObject({ text: null, isCut: true });
    }
  });
});

describe('unfinished messages', () => {
  it('have one limit for all connections, and count no more once complete', () => {
    const held = new HeldBytes(3 * MIB);
    const context = {
      redactor: new Redactor({ redaction: 'secrets', placeholder }),
      held,
      report: () => undefined,
    };
    const calls = Array.from({ length: 5 }, () => new ExchangeRecorder(START, context, MIB));
    for (const call of calls) call.body('request', Buffer.alloc(MIB, 'a'));
    expect(held.held).toBe(3 * MIB);
    const ends = calls.map((call) => call.end({ atUs: 2, requestBytes: MIB, responseBytes: 0, fault: null }));
    expect(ends.map(({ request }) => request.text?.length ?? null)).toEqual([MIB, MIB, MIB, null, null]);
    expect(ends.map(({ request }) => request.isCut)).toEqual([false, false, false, true, true]);
    expect(held.held).toBe(0);
  });

  it('are dropped on the connection that exceeds the limit, and only there', () => {
    const recorder = newRecorder('secrets', AMPLE);
    const half = Buffer.alloc(40 * MIB, ' ');
    const whole = socketBytes('gateway', ['binary', Buffer.concat([half, half.subarray(0, MIB)])]);
    const script = new TapScript();
    const connections = Math.ceil(BOUNDS.heldBytes / half.length);
    for (let connection = 1; connection <= connections; connection += 1) {
      script.open(connection).bytes(connection, 'gateway', whole.subarray(0, half.length));
      script.bytes(connection, 'gateway', whole.subarray(half.length, half.length + 10));
    }
    const frames = framesOf([...record(script.events, recorder), ...recorder.finish(9)]);
    const given = frames.filter(({ status }) => status === 'too_complex').length;
    expect(given).toBeGreaterThan(0);
    expect(given).toBeLessThan(connections);
    expect(frames.filter(({ status }) => status === 'truncated')).toHaveLength(connections - given);
  });
});

describe('bytes that could not be decoded', () => {
  const packed: readonly (readonly [string, Sent, Compression])[] = [
    [
      'a broken checksum',
      ['binary', Buffer.concat([deflateSync(JSON.stringify(READY)).subarray(0, -1), Buffer.of(0)])],
      'none',
    ],
    ['an unknown compression', ['binary', deflateSync(JSON.stringify(READY))], 'unknown'],
    ['gzip', ['binary', gzipSync(JSON.stringify(READY))], 'none'],
    ['brotli', ['binary', brotliCompressSync(JSON.stringify(READY))], 'none'],
    ['an ETF document that is cut', ['binary', Buffer.from(encodeEtf(READY)).subarray(0, -1)], 'none'],
  ];

  it.each(packed)('are not kept where they may be compressed: %s', (_, sent, compress) => {
    const [frame] = framesFrom([sent], compress);
    expect(frame).toMatchObject({ op: null, raw: null, body: null });
    expect(frame?.wireBytes).toBe(sent instanceof Array ? Buffer.from(sent[1]).length : 0);
  });

  it.each(packed)('are kept unchanged with redaction off: %s', (_, sent, compress) => {
    const [frame] = framesFrom([sent], compress, newRecorder('none', AMPLE));
    expect(sent instanceof Array && Buffer.from(frame?.raw ?? []).equals(Buffer.from(sent[1]))).toBe(true);
  });

  it('are kept if they are text short enough to be searched for secrets', () => {
    const [long] = framesFrom([['text', ' '.repeat(BOUNDS.undecodedBytes + 1)]]);
    expect(long).toMatchObject({ status: 'not_json', raw: null });
    const [frame] = framesFrom([['text', '{"op":1,']]);
    expect(Buffer.from(frame?.raw ?? []).toString()).toBe('{"op":1,');
  });
});

describe('an exception in the decoder', () => {
  it('loses the rest of one direction, and is reported in one line without payload', () => {
    const lines: string[] = [];
    let isBroken = false;
    const recorder = new CaptureRecorder({
      redaction: 'secrets',
      placeholder: (secret) => {
        if (isBroken) throw new RangeError(`no room for ${secret}`);
        return placeholder(secret);
      },
      maxPayloadBytes: AMPLE,
      maxBodyBytes: MIB,
      report: (line) => lines.push(line),
    });
    const open = new TapScript().open(1).open(2);
    record(open.events, recorder);
    isBroken = true;
    const script = new TapScript()
      .gateway(1, READY)
      .gateway(1, HELLO)
      .client(1, { op: 1, d: null })
      .gateway(2, HELLO);
    const frames = framesOf(record(script.events, recorder));
    expect(frames.map(({ connection, sender, status }) => `${connection} ${sender} ${status}`)).toEqual([
      '1 gateway decoder_failed',
      '1 gateway context_lost',
      '1 client ok',
      '2 gateway ok',
    ]);
    expect(lines).toEqual([
      expect.stringMatching(/^the gateway's frames .*RangeError in \S+.*; traffic goes on$/),
    ]);
    expect(lines[0]).not.toContain(SECRET);
  });

  it('in a REST body loses that body only', () => {
    const lines: string[] = [];
    const redactor = new Redactor({ redaction: 'secrets', placeholder });
    redactor.json = () => {
      throw new RangeError('too deep');
    };
    const call = new ExchangeRecorder(
      START,
      { redactor, held: new HeldBytes(), report: (line) => lines.push(line) },
      MIB,
    );
    call.body('request', Buffer.from('{"a":1}'));
    const { request } = call.end({ atUs: 2, requestBytes: 7, responseBytes: 0, fault: null });
    expect(request).toMatchObject({ text: null, isCut: true, wireBytes: 7 });
    expect(lines).toEqual([
      // How a function is named that was assigned depends on the version of V8.
      expect.stringMatching(
        /^the body of a REST request is not recorded \(a bug: RangeError in [\w.]+\); traffic goes on$/,
      ),
    ]);
  });
});

describe('the body of a REST call', () => {
  it.each([
    ['nested', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['nested, behind a byte order mark', '\ufeff ' + '{"a":'.repeat(100_000)],
    ['of many values', `[${'0,'.repeat(BOUNDS.messageValues)}0]`],
  ])('is left out if it is too complex: %s', (_, text) => {
    expect(exchangeWith(Buffer.from(text), null).response).toMatchObject({ text: null, isCut: true });
  });
});

function unpackerOf(extensions: string | null): Unpacker {
  const transport = { version: 10, encoding: 'json', compress: 'none' } as const;
  return new Unpacker({ sender: 'gateway', transport, extensions, maxPayloadBytes: AMPLE });
}

const START = {
  atUs: 1,
  method: 'POST',
  path: '/v10/channels/1/messages',
  contentType: 'application/json',
  contentEncoding: null,
  userAgent: null,
  authorization: null,
  secrets: [],
} as const;

function exchangeWith(
  response: Uint8Array,
  contentEncoding: string | null,
): ReturnType<ExchangeRecorder['end']> {
  const redactor = new Redactor({ redaction: 'secrets', placeholder });
  const call = new ExchangeRecorder(
    START,
    { redactor, held: new HeldBytes(), report: () => undefined },
    8 * MIB,
  );
  call.answer({ status: 200, contentType: 'application/json', contentEncoding, headers: {} });
  call.body('response', response);
  return call.end({ atUs: 2, requestBytes: 0, responseBytes: response.length, fault: null });
}
