/**
 * Round trips of the forms that keep everything: captures with whatever a recorder may write, the way out and back in,
 * and what has to be equal then.
 */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { Redaction } from '../../src/gateway/redact/redact.js';
import type { FormName } from '../../src/library/forms/form.js';
import { FORMS } from '../../src/library/forms/forms.js';
import { importFile } from '../../src/library/import.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { openReader } from '../../src/store/reader.js';
import { COPIED_TABLES } from '../../src/store/table-rows.js';
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
} from './capture/records.js';
import { scratchFile } from './scratch.js';
import { rowsOf } from './stores.js';

/** Text of the file that an export of `db` makes. */
export function exportedAs(as: FormName, db: string, filter: FrameFilter = {}): string {
  using reader = openReader(db);
  return [...FORMS[as].write({ reader, filter })].map((line) => `${line}\n`).join('');
}

/** Path of a database with the content of a file. */
export function importedAs(
  as: FormName,
  text: string,
  db = scratchFile(),
  redact: Redaction = 'secrets',
): string {
  const file = scratchFile(`x.${as}`);
  writeFileSync(file, text);
  importFile({ file, db, redact, maxPayloadBytes: 2 ** 26 });
  return db;
}

/** Everything that is to come back, as SQLite has it; a capture is one import. */
export function contentOf(db: string): Record<string, unknown> {
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
/** Records of three connections, in an order in which they may come. */
export const anyCapture = fc
  .array(record, { maxLength: 40 })
  .map((records) => [
    ...[1, 2, 3].map((each) => opened({ connection: each })),
    ...records,
    closed({ connection: 2 }),
  ]);
