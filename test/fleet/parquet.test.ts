/** `export --as parquet`: other programs read from the file what the database has. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeParquet, type ParquetModule } from '../../src/library/forms/parquet.js';
import { openReader } from '../../src/store/reader.js';
import { openStore } from '../../src/store/store.js';
import { Random } from '../sim/random.js';
import { GrowingCapture } from '../support/capture/growing.js';
import { bareFrame, frame, opened } from '../support/capture/records.js';
import { FLEET_PACKAGES, FleetServer, isFleetInstalled, runWithFleet } from '../support/fleet.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, recordingStore, rowsOf, storeHost } from '../support/stores.js';

const isInstalled =
  isFleetInstalled('export --as parquet') && existsSync(join(FLEET_PACKAGES, 'hyparquet-writer'));

type Row = Readonly<Record<string, unknown>>;

const ROWS = `SELECT frame.id, connection_id, frame_no, at_us, sender, kind, op, event, seq, wire_bytes, payload_bytes, status,
  payload.body, session_id, hex(frame_bytes.bytes) AS bytes
  FROM frame JOIN frame_type ON frame_type.id = type_id
  LEFT JOIN payload ON payload.frame_id = frame.id LEFT JOIN frame_bytes ON frame_bytes.frame_id = frame.id
  ORDER BY frame.id`;

const READ = (
  file: string,
): string => `SELECT id, connectionId, frameNo, toUnixTimestamp64Micro(at), sender, kind, op, event, seq,
  wireBytes, payloadBytes, status, payload, sessionId, ifNull(hex(bytes), '') FROM file('${file}', 'Parquet') ORDER BY id`;

const values = (rows: readonly Row[]): unknown[] => rows.map((row) => Object.values(row));

async function loadWriter(): Promise<ParquetModule> {
  const path = join(FLEET_PACKAGES, 'hyparquet-writer/src/node.js');
  return (await import(pathToFileURL(path).href)) as ParquetModule;
}

/** The reader of the same authors, which knows groups and the schema. */
async function readMetadata(file: string): Promise<{ groups: number[]; types: Row }> {
  const path = join(FLEET_PACKAGES, 'hyparquet/src/metadata.js');
  const { parquetMetadata } = (await import(pathToFileURL(path).href)) as {
    parquetMetadata: (bytes: ArrayBuffer) => {
      row_groups: { num_rows: bigint }[];
      schema: { name: string; type: string; logical_type?: { type: string }; repetition_type: string }[];
    };
  };
  const bytes = readFileSync(file);
  const { row_groups: groups, schema } = parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  );
  return {
    groups: groups.map(({ num_rows: rows }) => Number(rows)),
    types: Object.fromEntries(
      schema
        .slice(1)
        .map(({ name, type, logical_type: logical, repetition_type: how }) => [
          name,
          `${how} ${logical?.type ?? type}`,
        ]),
    ),
  };
}

describe.skipIf(!isInstalled)('export --as parquet', () => {
  it('has the rows of the database, whatever was recorded', async () => {
    const server = await FleetServer.start();
    const writer = await loadWriter();
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(60), async (seed, steps) => {
        const random = new Random(seed);
        const capture = new GrowingCapture(scratchFile(), (below) => random.below(below));
        capture.grow(steps);
        const file = scratchFile('frames.parquet');
        using reader = openReader(capture.path);
        writeFileSync(file, Buffer.concat([...writeParquet(writer, { reader, filter: {} })]));
        expect(values(await server.rows<Row>(READ(file)))).toEqual(values(rowsOf(capture.path, ROWS)));
      }),
      { numRuns: 8 },
    );
  });

  it('is typed, in groups of bounded size, private, and there only when it is complete', async () => {
    const db = scratchFile();
    const store = recordingStore(db);
    store.append([opened()]);
    const text = JSON.stringify({
      op: 0,
      t: 'MESSAGE_CREATE',
      s: 1,
      d: { content: '\u{1f980}x'.repeat(200_000) },
    });
    for (let frameNo = 1; frameNo <= 40; frameNo += 1)
      store.append([frame({ frameNo, body: Buffer.from(text), payloadBytes: text.length })]);
    store.append([bareFrame({ frameNo: 41, status: 'not_json', raw: Uint8Array.of(0, 255, 1) })]);
    const file = join(dirname(db), 'day.parquet');
    const args = ['export', '--as', 'parquet', '--db', db, '--output', file];
    const { exitCode, stderr } = await runWithFleet(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.part`)).toBe(false);
    const { groups, types } = await readMetadata(file);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.reduce((sum, rows) => sum + rows, 0)).toBe(41);
    expect(types).toMatchObject({
      id: 'REQUIRED INT64',
      at: 'REQUIRED TIMESTAMP',
      event: 'OPTIONAL STRING',
      seq: 'OPTIONAL INT64',
      payload: 'OPTIONAL STRING',
      bytes: 'OPTIONAL BYTE_ARRAY',
    });
    const server = await FleetServer.start();
    expect(values(await server.rows<Row>(READ(file)))).toEqual(values(rowsOf(db, ROWS)));
    const again = await runWithFleet(args);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toMatch(/ exists already: choose another name, or add --force\n$/);
    const searched = await gatetape(['scrub', '--verify', file]);
    expect(searched.exitCode).toBe(2);
    expect(searched.stderr).toMatch(/ is a Parquet file, which is not searched: search the database /);
  });

  it('takes a filter, and secrets out of what was recorded with them', async () => {
    const db = scratchFile();
    const token = ['Njk', 'x'.repeat(20), 'Yb'.repeat(3), 'z'.repeat(30)].join('.');
    const store = openStore(db, storeHost);
    onTestFinished(() => store.close());
    store.beginCapture({ ...captureInfo, redaction: 'none' });
    const body = Buffer.from(JSON.stringify({ op: 2, d: { token, intents: 1, properties: {} } }));
    store.append([
      opened(),
      frame({ frameNo: 1, sender: 'client', op: 2, event: null, seq: null, body }),
      frame({ frameNo: 2 }),
    ]);
    const server = await FleetServer.start();
    const read = async (...more: readonly string[]): Promise<readonly { payload: string }[]> => {
      const file = scratchFile('some.parquet');
      await runWithFleet(['export', '--as', 'parquet', '--db', db, '--output', file, ...more]);
      return server.rows(`SELECT payload FROM file('${file}', 'Parquet') ORDER BY id`);
    };
    const clean = await read();
    expect(clean).toHaveLength(2);
    expect(clean[0]?.payload).toMatch(/"redacted:[0-9a-f]+"/);
    expect(await read('--op', 'IDENTIFY', '--redact', 'none')).toEqual([{ payload: body.toString() }]);
  });
});

describe('export --as parquet', () => {
  it('says what it needs', async () => {
    const db = scratchFile();
    recordingStore(db).append([opened(), frame()]);
    const withoutFile = await gatetape(['export', '--as', 'parquet', '--db', db]);
    expect(withoutFile).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'gatetape: a Parquet file is not text: say where to write it, with --output FILE\n',
    });
    const file = scratchFile('frames.parquet');
    const withoutPackage = await gatetape(['export', '--as', 'parquet', '--db', db, '--output', file]);
    expect(withoutPackage).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'gatetape: Parquet needs the package hyparquet-writer, which is not installed: install it beside gatetape: npm install hyparquet-writer\n',
    });
    expect(existsSync(file)).toBe(false);
  });
});
