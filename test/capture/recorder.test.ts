/** The recorder: what a tap reports becomes frames, sessions, heartbeats and remarks, however it was cut. */
import { deflateRawSync, deflateSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import type { ExchangeStart, TapEvent } from '../../src/capture/tap.js';
import { PayloadDecoder } from '../../src/gateway/decode/decoder.js';
import {
  byteByByte,
  framesOf,
  inShort,
  newRecorder,
  placeholder,
  play,
  record,
} from '../support/capture-playbook.js';
import type { JsonValue } from '../../src/gateway/payload.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
import { cutAt, cutPlaces } from '../support/splits.js';
import { socketBytes, TapScript } from '../support/capture/tap-events.js';

// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');
const SESSION = '4f1b9c0de5a24c6f8b7d3e2a1c0f9e8d';
const HELLO = { t: null, s: null, op: 10, d: { heartbeat_interval: 41_250 } };
const IDENTIFY = { op: 2, d: { token: TOKEN, properties: { browser: 'lib' }, intents: 1 } };
const READY = { t: 'READY', s: 1, op: 0, d: { session_id: SESSION, user: { id: '7' } } };
const RESUME = { op: 6, d: { token: TOKEN, session_id: SESSION, seq: 1 } };
const ACK = { op: 11, d: null };
const QOS = { op: 40, d: { seq: 1, qos: { ver: 27, active: true, reasons: [] } } };
const size = (payload: object): number => JSON.stringify(payload).length;
const decoder = new PayloadDecoder({
  sender: 'client',
  transport: { version: 10, encoding: 'json', compress: 'none' },
  extensions: null,
  maxPayloadBytes: 1000,
});
const ZLIB = { version: 10, encoding: 'json', compress: 'zlib-stream' } as const;

describe('bytes of frames that are not whole', () => {
  it('are listed with their headers until a record contains them, however they were cut', () => {
    const frames = [HELLO, READY].map((payload) => socketBytes('gateway', payload));
    const stream = Buffer.concat(frames);
    const script = new TapScript().open(1).bytes(1, 'gateway', stream);
    const recorder = newRecorder();
    let taken = 0;
    for (const event of byteByByte(script.events)) {
      record([event], recorder);
      if (event.type === 'open') continue;
      taken += 1;
      const bytes = taken < frames[0]!.length ? taken : taken - frames[0]!.length;
      const isWhole = taken === frames[0]!.length || taken === stream.length;
      const one = { connection: 1, sender: 'gateway', bytes, atUs: 2_000_000 };
      expect(recorder.unfinished()).toEqual(isWhole ? [] : [one]);
    }
    record(new TapScript().bytes(1, 'gateway', stream.subarray(0, 9)).end(1).events, recorder);
    expect(recorder.unfinished()).toEqual([]);
  });
});

/** Messages of a zlib-stream: one header, then a sync flush after each payload. */
function zlibStream(...payloads: readonly object[]): Buffer[] {
  return payloads.map((payload, index) =>
    Buffer.concat([
      Buffer.from(index === 0 ? [0x78, 0x9c] : []),
      deflateRawSync(JSON.stringify(payload), { finishFlush: constants.Z_SYNC_FLUSH }),
    ]),
  );
}

describe('CaptureRecorder', () => {
  it('records a session from the handshake to the close', () => {
    play(
      new TapScript()
        .open(1)
        .gateway(1, HELLO)
        .client(1, IDENTIFY)
        .gateway(1, READY)
        .client(1, QOS)
        .gateway(1, ACK)
        .client(1, ['ping', 'hi'])
        .gateway(1, ['pong', 'hi'])
        .client(1, { op: 1, d: 1 })
        .client(1, ['close', Buffer.concat([Buffer.from([0x10, 0x68]), Buffer.from('bye')])])
        .gateway(1, ['close', Buffer.from([0x03, 0xe8])])
        .end(1, { endedBy: 'gateway' }),
      [
        'open 1 /?v=10&encoding=json',
        `#1 gateway text op 10 ${size(HELLO)}b`,
        `#2 client text op 2 ${size(IDENTIFY)}b in 1`,
        'attach 1 on 1',
        'facts 1',
        `#3 gateway text op 0 READY ${size(READY)}b in 1`,
        'facts 1',
        `#4 client text op 40 ${size(QOS)}b in 1`,
        `#5 gateway text op 11 ${size(ACK)}b in 1`,
        'heartbeat acked',
        '#6 client ping control 2b in 1',
        '#7 gateway pong control 2b in 1',
        '#8 client text op 1 14b in 1',
        '#9 client close control 5b in 1',
        '#10 gateway close control 2b in 1',
        'heartbeat missed',
        'close 1 4200 "bye" by client verbatim null',
      ],
    );
  });

  it('follows one session over two sockets, and two on one socket', () => {
    play(
      new TapScript()
        .open(1)
        .client(1, IDENTIFY)
        .gateway(1, HELLO, READY)
        .end(1)
        .open(2)
        .gateway(2, HELLO)
        .client(2, RESUME)
        .gateway(2, { op: 9, d: false })
        .client(2, IDENTIFY)
        .end(2, { endedBy: 'gateway' }),
      [
        'open 1 /?v=10&encoding=json',
        `#1 client text op 2 ${size(IDENTIFY)}b in 1`,
        'attach 1 on 1',
        'facts 1',
        `#2 gateway text op 10 ${size(HELLO)}b in 1`,
        `#3 gateway text op 0 READY ${size(READY)}b in 1`,
        'facts 1',
        'close 1 null null by client verbatim null',
        'open 2 /?v=10&encoding=json',
        `#1 gateway text op 10 ${size(HELLO)}b`,
        `#2 client text op 6 ${size(RESUME)}b in 1`,
        'resume 1 on 2',
        '#3 gateway text op 9 18b in 1',
        'refused 1 on 2',
        `#4 client text op 2 ${size(IDENTIFY)}b in 2`,
        'attach 2 on 2',
        'facts 2',
        'close 2 null null by gateway verbatim null',
      ],
    );
  });

  it('gives READY and RESUME of one session the same alias', () => {
    const events = new TapScript()
      .open(1)
      .client(1, IDENTIFY)
      .gateway(1, READY)
      .open(2)
      .client(2, RESUME).events;
    const records = record(events);
    const aliases = records.flatMap((one) => (one.type === 'session_facts' && one.alias ? [one.alias] : []));
    expect(aliases).toEqual([placeholder(SESSION)]);
    const bodies = framesOf(records).map((frame) => Buffer.from(frame.body!).toString());
    expect(JSON.parse(bodies[1]!)).toMatchObject({ d: { session_id: placeholder(SESSION) } });
    expect(JSON.parse(bodies[2]!)).toMatchObject({
      d: { session_id: placeholder(SESSION), token: placeholder(TOKEN) },
    });
  });

  it('sums the wire bytes of a payload over the messages that carried it', () => {
    const [hello, ready] = zlibStream(HELLO, READY);
    play(
      new TapScript()
        .open(1, { transport: ZLIB })
        .gateway(1, ['binary', hello!.subarray(0, 9)], ['binary', hello!.subarray(9)], ['binary', ready!])
        .end(1),
      [
        'open 1 /?v=10&encoding=json',
        '#1 gateway binary partial 9b',
        `#2 gateway binary op 10 ${hello!.length}b`,
        `#3 gateway binary op 0 READY ${ready!.length}b in 1`,
        'note unexpected_ready',
        'attach 1 on 1',
        'facts 1',
        'close 1 null null by client verbatim null',
      ],
    );
  });

  it('ends a payload that never completed as truncated, with the bytes of its parts', () => {
    const [hello] = zlibStream(HELLO);
    play(
      new TapScript()
        .open(1, { transport: ZLIB })
        .gateway(1, ['binary', hello!.subarray(0, 20)], ['binary', hello!.subarray(20, 30)])
        .end(1),
      [
        'open 1 /?v=10&encoding=json',
        '#1 gateway binary partial 20b',
        '#2 gateway binary partial 10b',
        '#3 gateway binary truncated 30b',
        'close 1 null null by client verbatim null',
      ],
    );
  });

  it('takes several payloads from one message', () => {
    const joined = Buffer.concat([deflateSync(JSON.stringify(HELLO) + JSON.stringify(ACK))]);
    play(new TapScript().open(1).gateway(1, ['binary', joined]).end(1), [
      'open 1 /?v=10&encoding=json',
      `#1 gateway binary op 10 ${joined.length}b`,
      '#1 gateway binary op 11 0b',
      'note unexpected_ack',
      'close 1 null null by client verbatim null',
    ]);
  });

  it('says once that a stream broke, and of later messages that its context is lost', () => {
    const [hello] = zlibStream(HELLO);
    play(
      new TapScript()
        .open(1, { transport: ZLIB })
        .gateway(1, ['binary', Buffer.from('no zlib at all')], ['binary', hello!])
        .client(1, { op: 1, d: null })
        .end(1),
      [
        'open 1 /?v=10&encoding=json',
        '#1 gateway binary inflate_failed 14b',
        `#2 gateway binary context_lost ${hello!.length}b`,
        '#3 client text op 1 17b',
        'heartbeat missed',
        'close 1 null null by client verbatim null',
      ],
    );
  });

  it('records undecodable messages with the reason and the bytes', () => {
    const script = new TapScript()
      .open(1)
      .gateway(
        1,
        ['text', '{"op":'],
        ['text', '[1]'],
        ['text', '{"op":"1"}'],
        ['text', Buffer.from([0xff, 0xfe])],
      )
      .gateway(1, ['binary', Buffer.from([1, 2, 3])], ['binary', deflateSync('{}')])
      .bytes(1, 'gateway', Buffer.from([0xf1, 0x02, 0x68, 0x69]));
    const frames = framesOf(record(script.events));
    expect(frames.map((frame) => frame.status)).toEqual([
      ...['not_json', 'not_object', 'not_object', 'not_utf8', 'not_json', 'not_object', 'protocol_error'],
    ]);
    // Bytes that are not text may be compressed: secrets in them cannot be found.
    expect(frames.map(({ raw }) => raw && Buffer.from(raw).toString('latin1'))).toEqual([
      ...['{"op":', '[1]', '{"op":"1"}', null, null, '{}', 'hi'],
    ]);
  });

  it('keeps the limit on payloads, on the wire and inflated', () => {
    const big = { op: 0, t: 'X', s: 1, d: 'x'.repeat(70_000) };
    const frames = framesOf(
      record(
        new TapScript().open(1).gateway(1, big, ['binary', deflateSync(JSON.stringify(big))], HELLO).events,
      ),
    );
    expect(frames.map(({ status, wireBytes }) => [status, wireBytes])).toEqual([
      ['too_large', size(big)],
      ['too_large', deflateSync(JSON.stringify(big)).length],
      ['ok', size(HELLO)],
    ]);
  });

  it('counts what follows a gap of one sender, and goes on with the other', () => {
    const half = socketBytes('gateway', READY).subarray(0, 30);
    const script = new TapScript()
      .open(1)
      .gateway(1, HELLO)
      .bytes(1, 'gateway', half)
      .gap(1, 'gateway', 500)
      .bytes(1, 'gateway', Buffer.alloc(40))
      .client(1, { op: 1, d: null })
      .end(1);
    expect(record(script.events).map(inShort)).toEqual([
      'open 1 /?v=10&encoding=json',
      `#1 gateway text op 10 ${size(HELLO)}b`,
      '#2 gateway text truncated 28b',
      'gap gateway 500',
      '#3 gateway binary context_lost 40b',
      '#4 client text op 1 17b',
      'heartbeat missed',
      'close 1 null null by client verbatim null',
    ]);
  });

  it('names the frame from which a rewritten connection is verbatim again', () => {
    play(
      new TapScript()
        .open(1)
        .client(1, { op: 1, d: null })
        .gateway(1, HELLO, ACK)
        .converged(1, 3)
        .gateway(1, ['ping', ''])
        .end(1, { relayMode: 'converged' }),
      [
        'open 1 /?v=10&encoding=json',
        '#1 client text op 1 17b',
        `#2 gateway text op 10 ${size(HELLO)}b`,
        `#3 gateway text op 11 ${size(ACK)}b`,
        'heartbeat acked',
        '#4 gateway ping control 0b',
        'close 1 null null by client converged 4',
      ],
    );
  });

  it('ends open connections when the capture ends', () => {
    const recorder = newRecorder();
    record(new TapScript().open(1).client(1, { op: 1, d: null }).open(2).events, recorder);
    expect(recorder.finish(9).map(inShort)).toEqual([
      'heartbeat missed',
      'close 1 null null by proxy verbatim null',
      'close 2 null null by proxy verbatim null',
    ]);
    expect(recorder.finish(10)).toEqual([]);
  });

  it('ignores events of connections that are not open', () => {
    const events = new TapScript().client(1, IDENTIFY).end(1).open(2).open(2).events;
    expect(record(events).map(inShort)).toEqual(['open 2 /?v=10&encoding=json']);
  });
});

describe('secrets', () => {
  const SECRETS = [TOKEN, SESSION, 'voice-token-0123456789', 'Authorization-0123456789'];
  const script = (): TapScript =>
    new TapScript()
      .open(1, { secrets: ['Bot Authorization-0123456789'], path: '/?v=10&token=Authorization-0123456789' })
      .client(1, IDENTIFY)
      .gateway(1, HELLO, READY)
      .gateway(1, {
        op: 0,
        t: 'VOICE_SERVER_UPDATE',
        s: 2,
        d: { token: 'voice-token-0123456789', endpoint: 'e' },
      })
      .gateway(1, {
        op: 0,
        t: 'X',
        s: 3,
        d: { note: `it was ${TOKEN}, voice-token-0123456789`, [SESSION]: 1 },
      })
      .gateway(1, {
        op: 0,
        t: `T${TOKEN}`,
        s: 4,
        d: JSON.stringify({ inner: JSON.stringify(`\u00e9${SESSION}`) }),
      })
      .client(
        1,
        ['text', `{"op":2,"d":{"token":"${TOKEN}`],
        ['binary', Buffer.from(`\x83m\0\0\0\x05token${TOKEN}`)],
      )
      .gateway(1, ['ping', `x${SESSION}`], ['close', `\x0f\xa4invalid token ${TOKEN}`])
      .bytes(1, 'client', socketBytes('client', IDENTIFY).subarray(0, 60))
      .end(1);
  const everything = (events: readonly TapEvent[]): string =>
    JSON.stringify(record(events), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );

  it('are in no record, in any cut of the bytes', () => {
    for (const events of [script().events, byteByByte(script().events)]) {
      const written = everything(events);
      for (const secret of SECRETS) expect(written).not.toContain(secret);
      for (const part of TOKEN.split('.')) expect(written).not.toContain(part);
      expect(written).toContain(placeholder(TOKEN));
    }
  });

  it('are in no record of an ETF connection', () => {
    const etf = (payload: JsonValue): readonly ['binary', Uint8Array] => ['binary', encodeEtf(payload)];
    const identify = etf(IDENTIFY);
    const script = new TapScript()
      .open(1, { transport: { version: 10, encoding: 'etf', compress: 'none' } })
      .client(1, identify)
      .gateway(1, etf(READY), etf({ op: 0, t: 'X', s: 2, d: [`${SESSION} and ${TOKEN}`] }))
      .bytes(1, 'client', socketBytes('client', identify).subarray(0, -60))
      .end(1);
    for (const events of [script.events, byteByByte(script.events)]) {
      const written = everything(events);
      for (const secret of [SESSION, ...TOKEN.split('.')]) expect(written).not.toContain(secret);
    }
    const frames = framesOf(record(script.events));
    expect(frames.map(({ status, raw }) => [status, raw === null])).toEqual([
      ...[
        ['ok', false],
        ['ok', false],
        ['ok', false],
        ['truncated', true],
      ],
    ]);
  });

  it('stay when redaction is off', () => {
    const records = record(script().events, newRecorder('none'));
    expect(Buffer.from(framesOf(records)[0]!.body!).toString()).toBe(JSON.stringify(IDENTIFY));
  });
});

describe('any bytes', () => {
  const anyEvent = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('chunk' as const),
        connection: fc.integer({ min: 1, max: 2 }),
        sender: fc.constantFrom('client' as const, 'gateway' as const),
        atUs: fc.nat(),
        bytes: fc.uint8Array({ maxLength: 80 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          fc.constantFrom('client' as const, 'gateway' as const),
          fc.constantFrom('text' as const, 'binary' as const),
          fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify(IDENTIFY))),
        )
        .map(([sender, kind, data]) => ({
          type: 'chunk' as const,
          connection: 1,
          sender,
          atUs: 1,
          bytes: socketBytes(sender, [kind, data]),
        })),
    },
    fc.record({
      type: fc.constant('gap' as const),
      connection: fc.integer({ min: 1, max: 2 }),
      sender: fc.constantFrom('client' as const, 'gateway' as const),
      fromUs: fc.nat(),
      untilUs: fc.nat(),
      bytes: fc.nat(),
    }),
    fc.record({
      type: fc.constant('converged' as const),
      connection: fc.integer({ min: 1, max: 2 }),
      gatewayFrameNo: fc.nat(9),
    }),
    fc.constantFrom(...new TapScript().open(1).open(2, { transport: ZLIB }).end(1).end(2).events),
  );

  it('and any order of events give records, never an exception', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const records = record([...new TapScript().open(1).open(2, { transport: ZLIB }).events, ...events]);
        expect(records.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('cut anywhere give the same records', () => {
    const events = new TapScript()
      .open(1, { transport: ZLIB })
      .client(1, IDENTIFY, { op: 1, d: null })
      .gateway(1, ...zlibStream(HELLO, READY, ACK).map((data) => ['binary', data] as const), ['close', ''])
      .end(1).events;
    const comparable = (list: readonly TapEvent[]): unknown[] =>
      record(list).map((one) => ('body' in one && one.body ? { ...one, body: Buffer.from(one.body) } : one));
    const whole = comparable(events);
    fc.assert(
      fc.property(cutPlaces, (places) => {
        const cut = events.flatMap((event): TapEvent[] =>
          event.type === 'chunk' ? cutAt(event.bytes, places).map((bytes) => ({ ...event, bytes })) : [event],
        );
        expect(comparable(cut)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });
});

it('REST calls are recorded on the timeline of the capture, and those that are open when it ends', () => {
  const start: ExchangeStart = {
    atUs: 5,
    method: 'GET',
    path: '/v10/gateway',
    contentType: null,
    contentEncoding: null,
    userAgent: null,
    authorization: null,
    secrets: [],
  };
  const answer = { status: 200, contentType: 'text/plain', contentEncoding: null, headers: {} };
  const recorder = newRecorder();
  const end = { atUs: 9, requestBytes: 0, responseBytes: 2, fault: null };
  const body = { type: 'body', message: 'response', bytes: Buffer.from('hi') } as const;
  const records = record(
    [
      { type: 'exchange', exchange: 1, start },
      { type: 'exchange', exchange: 2, start },
      { type: 'answer', exchange: 1, answer },
      { ...body, exchange: 1 },
      { ...body, exchange: 3 },
      { type: 'exchange_end', exchange: 1, end },
      { type: 'answer', exchange: 1, answer },
    ],
    recorder,
  );
  expect(records.map(inShort)).toEqual(['exchange GET /v10/gateway 200 null']);
  expect(records).toMatchObject([{ endedAtUs: 9, response: { text: Buffer.from('hi') } }]);
  expect(recorder.finish(20).map(inShort)).toEqual(['exchange GET /v10/gateway null stopped']);
  expect(recorder.finish(30)).toEqual([]);
});

it('a client without a name has none', () => {
  const [opened] = record(new TapScript().open(1, { userAgent: null }).events);
  expect(opened).toMatchObject({ type: 'connection_opened', userAgent: null });
});

it('a client that was turned away returns with the session that it wanted', () => {
  const records = record(
    new TapScript()
      .open(1)
      .client(1, IDENTIFY)
      .gateway(1, HELLO, READY)
      .end(1)
      .open(2)
      .gateway(2, { op: 7, d: null })
      .end(2)
      .open(3)
      .gateway(3, HELLO)
      .client(3, RESUME).events,
  );
  expect(records.map(inShort)).toContain('returned 2 to 1');
});

it('a bug in what follows the decoder loses that frame, says so, and nothing else', () => {
  const reported: string[] = [];
  const recorder = new CaptureRecorder({
    redaction: 'secrets',
    placeholder: (secret) => {
      if (secret.startsWith('breaks')) throw new RangeError(secret);
      return placeholder(secret);
    },
    maxPayloadBytes: 1000,
    maxBodyBytes: 1000,
    isDecoding: false,
    report: (line) => void reported.push(line),
  });
  const records = record(new TapScript().open(1).events, recorder);
  const payloads = [{ token: 'breaks-it-all' }, { token: 'is-fine' }];
  for (const [index, d] of payloads.entries()) {
    const data = Buffer.from(JSON.stringify({ op: 2, d }));
    const [decoded] = decoder.push({
      kind: 'text',
      data,
      wireBytes: data.length,
      isDeflated: false,
      error: null,
    });
    recorder.take(
      { connection: 1, sender: 'client', kind: 'text', frameNo: index + 1, atUs: 1, decoded: decoded! },
      records,
    );
  }
  expect(framesOf(records).map(({ frameNo, status }) => [frameNo, status])).toEqual([
    [1, 'decoder_failed'],
    [2, 'ok'],
  ]);
  expect(reported).toEqual([
    'a frame of the client is not recorded (a bug: RangeError in Object.placeholder); traffic goes on',
  ]);
  const [chunk] = new TapScript().client(1, HELLO).events;
  expect(recorder.accept(chunk!)).toEqual([]);
  expect(recorder.unfinished()).toEqual([]);
});
