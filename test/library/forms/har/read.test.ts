/** HAR files that other programs write; and files that are broken, or too large for memory. */
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../../../src/errors.js';
import { importFile, importSteps } from '../../../../src/library/import.js';
import { openReader, type CaptureReader } from '../../../../src/store/reader.js';
import { bodyOf } from '../../../support/capture/busy.js';
import { gatetape } from '../../../support/gatetape.js';
import { START_US } from '../../../support/capture/records.js';
import { scratchFile } from '../../../support/scratch.js';
import { expectConsistent } from '../../../support/stores.js';

function opened(path: string): CaptureReader {
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

/** Imports a HAR that holds `entries`, and opens the database that it made. */
function imported(...entries: readonly unknown[]): CaptureReader {
  return importedFile(fileOf(entries));
}

function fileOf(entries: readonly unknown[]): string {
  const file = scratchFile('x.har');
  writeFileSync(file, JSON.stringify({ log: { version: '1.2', creator: {}, entries } }));
  return file;
}

function importedFile(file: string): CaptureReader {
  const db = scratchFile();
  importFile({ file, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 });
  expectConsistent(db);
  return opened(db);
}

const at = START_US / 1e6;
const message = (type: string, data: string, overrides: object = {}) => ({
  type,
  time: at,
  opcode: 1,
  data,
  ...overrides,
});
/** An entry in the order in which DevTools writes: messages first. */
const entry = (messages: readonly unknown[], overrides: object = {}) => ({
  _initiator: { type: 'script' },
  _resourceType: 'websocket',
  _webSocketMessages: messages,
  cache: {},
  request: {
    method: 'GET',
    url: 'wss://gateway.discord.gg/?v=9&encoding=json',
    headers: [{ name: 'User-Agent', value: 'Mozilla/5.0' }],
  },
  response: { status: 101, headers: [] },
  startedDateTime: '2026-08-01T00:00:00.000Z',
  time: 12.5,
  ...overrides,
});
const HELLO = '{"op":10,"d":{"heartbeat_interval":41250}}';
const texts = (reader: CaptureReader): (string | null)[] =>
  [...reader.frames()].map(({ payloadText }) => payloadText);

describe('a HAR of another program', () => {
  it('is read with its messages before the request, as DevTools writes it', () => {
    const reader = imported(
      { request: { url: 'https://discord.com/app', headers: [] }, response: {}, startedDateTime: 'x' },
      entry([message('receive', HELLO), message('send', '{"op":1,"d":null}', { time: at + 1.000001 })]),
    );
    expect([...reader.frames()]).toMatchObject([
      { sender: 'gateway', kind: 'text', op: 10, atUs: START_US, payloadText: HELLO },
      { sender: 'client', op: 1, atUs: START_US + 1_000_001 },
    ]);
    expect(reader.connections()).toMatchObject([
      {
        upstreamUrl: 'wss://gateway.discord.gg/?v=9&encoding=json',
        path: '/?v=9&encoding=json',
        userAgent: 'Mozilla/5.0',
        transport: { version: 9, encoding: 'json', compress: 'none' },
      },
    ]);
  });

  it('has binary messages in base64, times in ms of Playwright, and the close of HTTP Toolkit', () => {
    const reader = imported(
      entry(
        [
          message('receive', 'eJyqVsovULIyNKgFAAAA//8=', { opcode: 2, time: at * 1000 }),
          message('receive', '', { opcode: 9, time: at * 1000 }),
        ],
        {
          request: { url: 'wss://x/?v=10&compress=zlib-stream', headers: [] },
          _webSocketClose: { code: 4004, reason: 'Authentication failed.', timestamp: at * 1000 + 5 },
        },
      ),
    );
    expect([...reader.frames()]).toMatchObject([
      { kind: 'binary', op: 10, status: 'ok', atUs: START_US, payloadText: '{"op":10}' },
      { kind: 'ping', status: 'control' },
      { kind: 'close', atUs: START_US + 5000 },
    ]);
    expect(reader.connections()).toMatchObject([{ closeCode: 4004, closeReason: 'Authentication failed.' }]);
  });

  it('has the calls of the API beside the frames, in the order of time, and leaves the page out', () => {
    const call = (second: number, url: string, status: number): object => ({
      startedDateTime: `2026-08-01T00:00:0${second}.000Z`,
      time: 100,
      request: { method: 'GET', url, headers: [] },
      response: {
        status,
        headers: [{ name: 'retry-after', value: '2' }],
        content: { size: 2, mimeType: 'application/json', text: '{}' },
      },
    });
    const file = fileOf([
      call(3, 'https://discord.com/api/v9/science', 204),
      call(1, 'https://discord.com/assets/app.js', 200),
      entry([message('receive', HELLO)]),
      call(1, 'https://canary.discord.com/api/v9/users/@me', 429),
      call(2, 'https://sentry.example/api/4/envelope', 200),
    ]);
    const reader = importedFile(file);
    expect([...reader.exchanges()]).toMatchObject([
      {
        path: '/v9/users/@me',
        route: '/users/@me',
        startedAtUs: START_US + 1_000_000,
        durationUs: 100_000,
        status: 429,
        responseHeaders: { 'retry-after': '2' },
        responseType: 'application/json',
        responseBody: '{}',
      },
      { path: '/v9/science', startedAtUs: START_US + 3_000_000, status: 204 },
    ]);
    const settings = { file, db: scratchFile(), redact: 'secrets', maxPayloadBytes: 1e6 } as const;
    expect([...importSteps(settings)].at(-1)?.leftOut).toBe(2);
    const own = [...importSteps({ ...settings, db: scratchFile(), api: 'https://sentry.example/api' })];
    expect(own.at(-1)?.leftOut).toBe(3);
  });

  it('interweaves connections that overlapped', () => {
    const beats = (url: string, offset: number): object =>
      entry(
        [0, 1, 2].map((beat) => message('send', `{"op":1,"d":${beat}}`, { time: at + offset + 10 * beat })),
        { request: { url, headers: [] } },
      );
    const reader = imported(beats('wss://b/', 5), beats('wss://a/', 0), beats('wss://c/', 25));
    const order = [...reader.frames()].map(({ atUs }) => (atUs - START_US) / 1e6);
    expect(order).toEqual([0, 5, 10, 15, 20, 25, 25, 35, 45]);
  });

  it('may have a socket without messages, and what a browser said of broken frames', () => {
    const reader = imported(
      entry([], { response: { status: 502, headers: [] } }),
      entry([message('error', 'Invalid frame header', { opcode: -1 }), message('receive', HELLO)]),
    );
    expect(reader.connections()).toMatchObject([{ upgradeStatus: 502, frames: 0 }, { frames: 1 }]);
  });

  it('keeps no secret of its headers or messages', () => {
    const token = ['MTIzNTUyMzY3OTAyNzIwMDAwMA', 'GaBcDe', 'b'.repeat(38)].join('.');
    const reader = imported(
      entry(
        [
          message('send', JSON.stringify({ op: 2, d: { token, properties: {} } })),
          message('receive', JSON.stringify({ op: 0, s: 1, t: 'X', d: `cookie-${'c'.repeat(30)}` })),
        ],
        {
          request: { url: 'wss://x/', headers: [{ name: 'Cookie', value: `cookie-${'c'.repeat(30)}` }] },
        },
      ),
    );
    expect(texts(reader).join()).not.toMatch(new RegExp(`${token}|ccccc`));
    expect(texts(reader)[0]).toContain('redacted:');
  });

  it.each([
    ['{"log":{"entries":[', 'is not a HAR file (the document is cut off)'],
    ['{"log":{"entries":[]}}', 'has no WebSocket and no call of the API'],
    [
      JSON.stringify({ log: { entries: [entry([message('send', 'x')], { request: {} })] } }),
      'has no WebSocket and no call of the API (left out 1 entry not as HAR has it)',
    ],
    [
      `{"log":{"entries":[{"request":{"headers":${'['.repeat(9000)}${']'.repeat(9000)}}}]}}`,
      'nested too deeply',
    ],
  ])('is refused when it is %s', (text, what) => {
    const file = scratchFile('x.har');
    writeFileSync(file, text);
    const importing = (): unknown =>
      importFile({ file, as: 'har', db: scratchFile(), redact: 'secrets', maxPayloadBytes: 1e6 });
    expect(importing).toThrow(UsageError);
    expect(importing).toThrow(what);
    const db = scratchFile();
    expect(() => importFile({ file, db, redact: 'secrets', maxPayloadBytes: 1e6 })).toThrow(UsageError);
    expect(existsSync(db)).toBe(false);
  });

  it('may begin with a byte order mark', () => {
    const file = fileOf([entry([message('receive', HELLO)])]);
    writeFileSync(file, `\uFEFF${readFileSync(file, 'utf8')}`);
    expect(texts(importedFile(file))).toEqual([HELLO]);
  });

  it('may be larger than the memory there is', async () => {
    const file = scratchFile('large.har');
    const [head = '', tail = ''] = JSON.stringify({ log: { entries: [entry([])] } }).split(
      '"_webSocketMessages":[',
    );
    const whole = openSync(file, 'w');
    writeSync(whole, `${head}"_webSocketMessages":[`);
    const body = bodyOf(1, 42_000).toString();
    for (let i = 0; i < 2500; i++) {
      writeSync(whole, `${i === 0 ? '' : ','}${JSON.stringify(message('receive', body))}`);
    }
    writeSync(whole, tail);
    closeSync(whole);
    const heapMiB = 32;
    expect(statSync(file).size).toBeGreaterThan(1.5 * heapMiB * 2 ** 20);
    const { stdout, stderr, exitCode } = await gatetape(['import', file, '--db', scratchFile()], {
      env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` },
    });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ as: 'har', frames: 2500, undecodable: 0 });
  });
});

/** Last step of an import of these entries, and the database that it made. */
function stepsOf(entries: readonly unknown[], beside: Readonly<Record<string, string>> = {}) {
  const file = fileOf(entries);
  for (const [name, text] of Object.entries(beside)) writeFileSync(join(dirname(file), name), text);
  const db = scratchFile();
  const step = [...importSteps({ file, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 })].at(-1);
  expectConsistent(db);
  return { step, db, reader: opened(db) };
}

const timesOf = (reader: CaptureReader): number[] => [...reader.frames()].map(({ atUs }) => atUs);
const beat = (time: unknown): object => message('send', '{"op":1,"d":null}', { time });

describe('times of other programs', () => {
  it.each<[string, readonly unknown[], readonly number[]]>([
    ['left out, as -1', [-1, -1], [0, 0]],
    ['missing', [undefined, null], [0, 0]],
    ['seconds since some start', [5123.1, 5123.35], [0, 250_000]],
    ['dates', ['2026-08-01T00:00:01.5Z', 'x'], [1_500_000, 1_500_000]],
    ['ms', [at * 1000 + 5], [5000]],
    ['beyond all time', [1e300, at + 1], [0, 1_000_000]],
  ])('%s', (_, times, expected) => {
    const { reader } = stepsOf([entry(times.map(beat))]);
    expect(timesOf(reader)).toEqual(expected.map((us) => START_US + us));
  });
});

describe("Playwright's ways to keep messages", () => {
  const content = { response: { status: -1, headers: [], content: { size: -1, _file: 'c0ffee.jsonl' } } };
  const lines = [HELLO, '{"op":11,"d":null}'].map((text) => JSON.stringify(message('receive', text)));
  const other = entry([message('receive', HELLO)]);

  it.each([
    ['c0ffee.jsonl', `${lines.join('\n')}\n`],
    ['c0ffee.jsonl', `[${lines.join(',')}]`],
  ])('attached beside the file', (name, text) => {
    const { reader, step } = stepsOf([{ ...entry([], content), _webSocketMessages: undefined }], {
      [name]: text,
    });
    expect(texts(reader)).toEqual([HELLO, '{"op":11,"d":null}']);
    expect(reader.connections()).toMatchObject([{ upgradeStatus: 101 }]);
    expect(step?.remarks).toEqual([]);
  });

  it.each(['../c0ffee.jsonl', '/etc/passwd', 'none.jsonl', undefined])('left out, or at %s', (name) => {
    const response = { status: 101, headers: [], content: { _file: name } };
    const { step } = stepsOf([{ ...entry([], { response }), _webSocketMessages: undefined }, other]);
    expect(step?.summary).toMatchObject({ frames: 1, connections: 2 });
    expect(step?.remarks).toEqual([expect.stringContaining('1 WebSocket without messages in the file')]);
  });
});

it.each([{}, 'none', null, 5])('messages that are no list (%j) count as missing', (messages) => {
  const { step } = stepsOf([
    { ...entry([]), _webSocketMessages: messages },
    entry([message('receive', HELLO)]),
  ]);
  expect(step?.summary).toMatchObject({ frames: 1, connections: 2 });
  expect(step?.remarks).toEqual([expect.stringContaining('1 WebSocket without messages in the file')]);
});

describe('a WebSocket that is not a gateway', () => {
  const socket = (url: string, ...texts: readonly unknown[]): object =>
    entry(
      texts.map((value) => message('receive', typeof value === 'string' ? value : JSON.stringify(value))),
      { request: { url, headers: [] } },
    );
  const key = Array.from({ length: 32 }, (_, index) => index + 100);
  const description = { op: 4, d: { mode: 'aead', secret_key: key } };

  it('is left out and counted, and nothing of it is kept', () => {
    const { step, db } = stepsOf([
      entry([message('receive', HELLO)]),
      socket('wss://us-east1.discord.media/?v=8', description),
      socket('ws://127.0.0.1:5001/?v=8', { op: 8, d: { heartbeat_interval: 13_750 } }, description),
      socket('wss://remote-auth-gateway.discord.gg/?v=2', { op: 'pending_ticket', payload: 'ticketticket' }),
      socket('ws://127.0.0.1:6463/?v=1&client_id=7&encoding=json', { cmd: 'DISPATCH' }),
      socket('wss://chat.example.org/socket', '42["auth"]', { op: 1, d: 'foreign' }),
      socket('wss://gateway.example.org/', HELLO),
    ]);
    expect(step).toMatchObject({ leftOut: 1, summary: { connections: 2, frames: 2, exchanges: 0 } });
    expect(step?.remarks.map((line) => line.split(',')[0])).toEqual([
      'left out 2 connections of voice',
      'left out 1 connection of remote auth',
      'left out 1 connection to the client on the same machine',
    ]);
    const bytes = readFileSync(db).toString('latin1');
    for (const secret of ['100,101,102', 'ticketticket', 'foreign']) expect(bytes).not.toContain(secret);
  });

  it.each([
    message('receive', HELLO, { opcode: 3 }),
    message('receive', HELLO, { opcode: 0 }),
    message('receive', '<withheld: binary websocket frame>', { opcode: 2 }),
    { ...message('receive', ''), data: null },
    message('sideways', HELLO),
    message('receive', 'x'.repeat(126), { opcode: 9 }),
    null,
    [],
  ])('is not imported, nor is a message: %j', (odd) => {
    const { step, reader } = stepsOf([entry([message('receive', HELLO), odd, beat(at + 1)])]);
    expect(step?.remarks).toEqual(['left out 1 message not as HAR has it, or without its data']);
    expect([...reader.frames()].map(({ op, status }) => [op, status])).toEqual([
      [10, 'ok'],
      [1, 'ok'],
    ]);
  });

  it('takes opcodes as text, and directions of Fiddler', () => {
    const { reader } = stepsOf([
      entry([message('response', HELLO, { opcode: '1' }), message('request', '{"op":1,"d":null}')]),
    ]);
    expect([...reader.frames()].map(({ sender, op }) => [sender, op])).toEqual([
      ['gateway', 10],
      ['client', 1],
    ]);
  });
});

describe('a HAR with missing parts', () => {
  it('says which connections began before the recording', () => {
    const stream = { request: { url: 'wss://gateway.discord.gg/?v=9&compress=zlib-stream', headers: [] } };
    const late = message('receive', 'qlYqSVWyMrQAAAAA//8=', { opcode: 2 });
    const { step } = stepsOf([entry([late], stream), entry([message('receive', HELLO)])]);
    expect(step?.remarks).toEqual([
      '1 connection began before the recording: reload the page with the network panel open',
    ]);
  });

  it.each([1006, 1005, 70_000, 5, 1000.5])('makes no close frame of %d', (code) => {
    const close = { code, reason: '', timestamp: at * 1000 };
    const { reader } = stepsOf([entry([message('receive', HELLO)], { _webSocketClose: close })]);
    expect([...reader.frames()].map(({ kind }) => kind)).toEqual(['text']);
  });
});
