/** HAR written and read back; what other programs write; and files that are broken, or too large for memory. */
import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { HAR_FORM } from '../../../src/library/forms/har.js';
import { importFile } from '../../../src/library/import.js';
import type { FrameRow } from '../../../src/store/frame-rows.js';
import { openReader, type CaptureReader } from '../../../src/store/reader.js';
import { bodyOf, busyCapture } from '../../support/busy-capture.js';
import { gatetape } from '../../support/gatetape.js';
import { START_US } from '../../support/records.js';
import { scratchFile } from '../../support/scratch.js';
import { expectConsistent } from '../../support/stores.js';

function opened(path: string): CaptureReader {
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

/** Imports a HAR that holds `entries`, and opens the database that it made. */
function imported(...entries: readonly unknown[]): CaptureReader {
  const file = scratchFile('x.har');
  writeFileSync(file, JSON.stringify({ log: { version: '1.2', creator: {}, entries } }));
  return importedFile(file);
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

describe('a HAR that gatetape wrote', () => {
  it('gives back every payload, its time, and what the connections spoke', () => {
    const db = scratchFile();
    busyCapture(db);
    const reader = opened(db);
    const file = scratchFile('x.har');
    writeFileSync(file, [...HAR_FORM.write({ reader, filter: {} })].join('\n'));
    const copy = importedFile(file);
    const facts = ({ sender, op, event, seq, atUs, payloadBytes, payloadText }: FrameRow): unknown[] => [
      sender,
      op,
      event,
      seq,
      atUs,
      payloadBytes,
      payloadText,
    ];
    for (const connection of [1, 2, 3]) {
      const filter = { connection, statuses: ['ok'] } as const;
      expect([...copy.frames(filter)].map(facts)).toEqual([...reader.frames(filter)].map(facts));
    }
    const spoke = (from: CaptureReader): unknown[] =>
      from
        .connections()
        .map(({ transport, path, closeCode, openedAtUs }) => [
          transport,
          path.split('?')[0],
          closeCode,
          openedAtUs,
        ]);
    expect(spoke(copy)).toEqual(spoke(reader));
  });
});

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
    ['{"log":{"entries":[', 'is no HAR (the document is cut off)'],
    ['{"log":{"entries":[]}}', 'has no WebSocket with messages'],
    [
      JSON.stringify({ log: { entries: [entry([message('sent', 'x')])] } }),
      'message 0 of entry 0 is not as HAR has it',
    ],
    [
      JSON.stringify({ log: { entries: [entry([message('send', 'x')], { request: {} })] } }),
      'entry 0 is not as HAR has it',
    ],
  ])('is refused when it is %s', (text, what) => {
    const file = scratchFile('x.har');
    writeFileSync(file, text);
    const importing = (): unknown =>
      importFile({ file, as: 'har', db: scratchFile(), redact: 'secrets', maxPayloadBytes: 1e6 });
    expect(importing).toThrow(UsageError);
    expect(importing).toThrow(what);
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
