/** JSON lines: the same rows and the same lines again, whatever was recorded; and files that are wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { UsageError } from '../../../src/errors.js';
import type { Redaction } from '../../../src/gateway/redact/redact.js';
import { importFile } from '../../../src/library/import.js';
import { JSONL_FORM } from '../../../src/library/forms/jsonl.js';
import type { FrameFilter } from '../../../src/store/filter.js';
import { openReader } from '../../../src/store/reader.js';
import { COPIED_TABLES } from '../../../src/store/table-rows.js';
import { compact, prune } from '../../../src/store/upkeep/upkeep.js';
import { busyCapture } from '../../support/busy-capture.js';
import { gatetape } from '../../support/gatetape.js';
import {
  attached,
  bareFrame,
  closed,
  exchange,
  facts,
  frame,
  heartbeat,
  opened,
  START_US,
} from '../../support/records.js';
import { sampleCapture, STRANGE_TEXT } from '../../support/sample-capture.js';
import { scratchFile } from '../../support/scratch.js';
import { expectConsistent, recordingStore, rowsOf } from '../../support/stores.js';

function exported(db: string, filter: FrameFilter = {}): string {
  const reader = openReader(db);
  try {
    return [...JSONL_FORM.write({ reader, filter })].map((line) => `${line}\n`).join('');
  } finally {
    reader.close();
  }
}

function imported(text: string, db = scratchFile(), redact: Redaction = 'secrets'): string {
  const file = scratchFile('x.jsonl');
  writeFileSync(file, text);
  importFile({ file, db, redact, maxPayloadBytes: 2 ** 26 });
  return db;
}

/** Everything that is to come back, as SQLite has it; a capture is one import. */
function contentOf(db: string): Record<string, unknown> {
  const frames = `SELECT frame.*, sender, kind, status, op, event, hex(bytes) AS raw, body FROM frame
    JOIN frame_type ON frame_type.id = type_id LEFT JOIN frame_bytes ON frame_bytes.frame_id = frame.id
    LEFT JOIN payload ON payload.frame_id = frame.id ORDER BY frame.id`;
  const tables = COPIED_TABLES.map((table) => [table, rowsOf(db, `SELECT * FROM ${table} ORDER BY rowid`)]);
  const content = { ...Object.fromEntries(tables), frames: rowsOf(db, frames) } as Record<string, object[]>;
  return Object.fromEntries(
    Object.entries(content).map(([name, rows]) => [
      name,
      rows.map((row) => ({ ...row, capture_id: null, type_id: null })),
    ]),
  );
}

const time = fc.nat(7_200_000_000).map((us) => START_US + us);
const connection = fc.integer({ min: 1, max: 3 });
const session = fc.option(fc.integer({ min: 1, max: 3 }));
const sender = fc.constantFrom('client' as const, 'gateway' as const);
const words = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'));
const body = fc
  .tuple(fc.json({ maxDepth: 2 }), fc.constantFrom('', '\n', '\r\n  '))
  .map(([value, space]) => Buffer.from(`{"op":0,${space}"d":${value}}`));
const common = { connection, session, atUs: time, sender, frameNo: fc.integer({ min: 1, max: 99 }) };
const bytes = fc.option(fc.uint8Array({ minLength: 1, maxLength: 20 }));
const record: fc.Arbitrary<CaptureRecord> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ...common, body, event: fc.option(words), raw: bytes }).map(frame) },
  {
    weight: 2,
    arbitrary: fc
      .record({
        ...common,
        raw: bytes,
        status: fc.constantFrom('partial' as const, 'control' as const, 'not_json' as const),
      })
      .map(bareFrame),
  },
  fc
    .record({ connection, session: fc.integer({ min: 1, max: 3 }), atUs: time, isResume: fc.boolean() })
    .map(attached),
  fc
    .record({
      session: fc.integer({ min: 1, max: 3 }),
      alias: fc.option(fc.constantFrom('redacted:aaaaaaaa', 'redacted:bbbbbbbb')),
      library: fc.option(words),
      intents: fc.option(fc.nat()),
    })
    .map(facts),
  fc.record({ connection, session, ackedAtUs: fc.option(time) }).map(heartbeat),
  fc
    .record({
      connection,
      session,
      frameNo: fc.nat(9),
      atUs: time,
      name: fc.constant('seq_gap'),
      detail: words,
    })
    .map((fields) => ({ type: 'observation' as const, ...fields })),
  fc
    .record({ connection, sender, fromUs: time, untilUs: time, bytes: fc.nat() })
    .map((fields) => ({ type: 'gap' as const, ...fields })),
  fc
    .record({
      path: words,
      status: fc.option(fc.constantFrom(200, 404)),
      responseHeaders: fc.dictionary(words, words, { maxKeys: 2 }),
      response: fc.record({
        contentType: fc.option(words),
        wireBytes: fc.nat(),
        isCut: fc.boolean(),
        text: fc.option(words.map((text) => Buffer.from(text))),
      }),
    })
    .map(exchange),
);
const capture = fc
  .array(record, { maxLength: 40 })
  .map((records) => [
    ...[1, 2, 3].map((each) => opened({ connection: each })),
    ...records,
    closed({ connection: 2 }),
  ]);

describe('what was exported as JSON lines', () => {
  it('gives the same rows and the same lines again, whatever was recorded', () => {
    fc.assert(
      fc.property(capture, (records) => {
        const db = scratchFile();
        const store = recordingStore(db);
        store.append(records);
        store.close();
        const lines = exported(db);
        const copy = imported(lines, scratchFile(), 'none');
        expect(contentOf(copy)).toEqual(contentOf(db));
        expect(exported(copy)).toBe(lines);
      }),
      { numRuns: 60 },
    );
  });

  it.each<FrameFilter>([
    { connection: 2 },
    { session: 2 },
    { ops: [10], statuses: ['ok'] },
    { sinceUs: START_US + 90_000_000 },
  ])('keeps its ids when it is chosen by %j', (filter) => {
    const db = scratchFile();
    busyCapture(db);
    const lines = exported(db, filter);
    const copy = imported(lines);
    expect(exported(copy)).toBe(lines);
    expectConsistent(copy);
  });

  it('comes out of a database that was compacted and pruned', () => {
    const db = scratchFile();
    busyCapture(db);
    const nowUs = (): number => START_US;
    expect([...prune(db, { beforeUs: START_US + 61_000_000 }, { nowUs })].length).toBeGreaterThan(0);
    const lines = exported(db);
    expect([...compact(db, { nowUs })].length).toBeGreaterThan(0);
    expect(exported(db)).toBe(lines);
    expect(exported(imported(lines))).toBe(lines);
  });

  it('goes behind what a database has already, and shares no session with it', () => {
    const db = sampleCapture();
    const lines = exported(db);
    imported(lines, db);
    expectConsistent(db);
    expect(rowsOf(db, 'SELECT id, alias LIKE ? AS is_own FROM session ORDER BY id', 'redacted:%')).toEqual([
      { id: 1, is_own: 1 },
      { id: 2, is_own: 1 },
    ]);
    expect(rowsOf(db, 'SELECT connection_id, session_id, count(*) AS n FROM frame GROUP BY 1, 2')).toEqual([
      { connection_id: 1, session_id: null, n: 1 },
      { connection_id: 1, session_id: 1, n: 5 },
      { connection_id: 2, session_id: null, n: 1 },
      { connection_id: 3, session_id: null, n: 1 },
      { connection_id: 3, session_id: 2, n: 5 },
      { connection_id: 4, session_id: null, n: 1 },
    ]);
  });

  it('loses the secrets that it still had, and keeps stand-ins', () => {
    const secret = `secret-${'k'.repeat(30)}`;
    const lines = exported(sampleCapture())
      .replace('{"op":2}', `{"op":2,"d":{"token":"${secret}","session_id":"redacted:0123456789abcdef"}}`)
      .replace('"alias":"redacted:abc"', `"alias":"${secret}"`);
    const copy = imported(lines);
    const text = JSON.stringify(contentOf(copy));
    expect(text).not.toContain('kkkk');
    expect(text).toContain('redacted:0123456789abcdef');
    expect(text).toContain(JSON.stringify(STRANGE_TEXT).slice(1, -1));
  });
});

describe('frames in JSON lines', () => {
  it('are what `frames --format ndjson` prints, and a command line makes a database of them again', async () => {
    const db = sampleCapture();
    const [file, again, copy] = [scratchFile('a.jsonl'), scratchFile('b.jsonl'), scratchFile()];
    await gatetape(['export', '--db', db, '--as', 'jsonl', '--output', file]);
    const text = readFileSync(file, 'utf8');
    const frames = text.split('\n').filter((line) => line.startsWith('{"id"'));
    const printed = await gatetape(['frames', '--db', db, '--format', 'ndjson']);
    expect(`${frames.join('\n')}\n`).toBe(printed.stdout);
    const { stdout, stderr } = await gatetape(['import', file, '--db', copy]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ as: 'jsonl', frames: 7, connections: 2, payloads: 5 });
    await gatetape(['export', '--db', copy, '--as', 'jsonl', '--output', again]);
    expect(readFileSync(again, 'utf8')).toBe(text);
  });
});

/** What is wrong with a file, made of the lines of a right one. */
const WRONG: readonly (readonly [how: string, text: (lines: readonly string[]) => string, what: string])[] = [
  ['cut off', (lines) => lines.join('\n').slice(0, -5), 'is not as gatetape writes it'],
  [
    'without connections',
    ([, frame = '']) => frame,
    'line 1 is of connection 1, which no line before it has',
  ],
  [
    'twice the same frame',
    ([first, frame]) => [first, frame, frame].join('\n'),
    'line 3 has an id that is not above',
  ],
  ['of another table', () => '{"connection":{},"capture":{}}', 'line 1 is not as gatetape writes it'],
  ['with other columns', () => '{"connection":{"id":1,"x":1}}', 'has a column that connection does not have'],
  ['without columns', () => '{"connection":{"id":1}}', 'line 1 is no row of connection'],
  [
    'of unknown status',
    ([first, frame = '']) => `${first}\n${frame.replace('"status":"ok"', '"status":"?"')}`,
    'line 2 is not as gatetape writes it',
  ],
  [
    'without a payload',
    ([first, frame = '']) => `${first}\n${frame.split(',"payload"')[0]}}`,
    'line 2 is not as gatetape writes it',
  ],
];

describe('JSON lines that are wrong', () => {
  it.each(WRONG)('are refused: %s', (_, textOf, what) => {
    const lines = exported(sampleCapture()).trimEnd().split('\n');
    const text = textOf(lines.filter((line) => /^\{"(?:id|connection)"/.test(line)));
    const db = scratchFile();
    expect(() => imported(text, db)).toThrow(UsageError);
    expect(() => imported(text)).toThrow(what);
    expectConsistent(db);
  });
});
