/** Packing old bodies of a file that is recorded into: it stays small and sound, and is read as before. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database, Statement } from '../../../src/store/database.js';
import { PAYLOADS } from '../../../src/store/packed-bodies.js';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { openReader } from '../../../src/store/reader.js';
import { openStore } from '../../../src/store/store.js';
import { BlockRewriter } from '../../../src/store/upkeep/block-rewriter.js';
import { checkDatabase } from '../../../src/store/upkeep/check.js';
import { Compactor, type Compacted } from '../../../src/store/upkeep/compactor.js';
import { frame, opened, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { captureInfo, expectConsistent, openForTest, rowsOf, storeRecords } from '../../support/stores.js';

const MINUTE_US = 60_000_000;
const BATCHES = 80;
const PER_BATCH = 50;
const AGE_MINUTES = 10;

/** Some 2,500 bytes, of which every number is new and all else recurs. */
function bodyOf(seq: number): string {
  const member = (index: number): object => ({
    user: { id: String(80_000_000_000_000_000n + BigInt(seq * 31 + index)), username: `member ${seq % 97}` },
    roles: ['administrator', 'moderator', 'visitor'],
    joined_at: '2026-11-30T07:00:00.000000+00:00',
  });
  const d = {
    guild_id: '80000000000000001',
    members: Array.from({ length: 15 }, (_, index) => member(index)),
  };
  return JSON.stringify({ t: 'GUILD_MEMBERS_CHUNK', s: seq, op: 0, d });
}

it('packs what is old while the file grows, in full blocks, and everything is read as before', () => {
  const path = scratchFile();
  let nowUs = START_US;
  const store = openStore(path, { nowUs: () => nowUs, randomBytes });
  onTestFinished(() => store.close());
  store.beginCapture(captureInfo);
  store.append([opened()]);
  const bodies: string[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    nowUs += MINUTE_US;
    const records = Array.from({ length: PER_BATCH }, (_, index) => {
      const seq = batch * PER_BATCH + index + 1;
      bodies.push(bodyOf(seq));
      return frame({ frameNo: seq, seq, atUs: nowUs, body: Buffer.from(bodyOf(seq)) });
    });
    store.append(records);
    while (store.packOld(AGE_MINUTES * MINUTE_US));
  }
  store.close();
  const unpacked = rowsOf(path, 'SELECT min(frame_id) AS first, count(*) AS n FROM payload')[0]!;
  const newOnes = AGE_MINUTES * PER_BATCH;
  // The last block is not full yet.
  expect(Number(unpacked['n'])).toBeGreaterThanOrEqual(newOnes);
  expect(Number(unpacked['n'])).toBeLessThan(newOnes + 5 * PER_BATCH);
  expect(rowsOf(path, 'SELECT min(body_bytes) >= 524288 AS areFull FROM payload_block')).toEqual([
    { areFull: 1 },
  ]);
  const newBytes = newOnes * bodyOf(1).length;
  const oldBytes = bodies.reduce((sum, body) => sum + body.length, 0) - newBytes;
  expect(statSync(path).size).toBeLessThan(1.6 * newBytes + 0.25 * oldBytes);
  using reader = openReader(path);
  expect(Array.from(reader.frames(), ({ payloadText }) => payloadText)).toEqual(bodies);
  expectConsistent(path);
  expect(checkDatabase(path).faults).toEqual([]);
});

/** Records of `count` frames of two events in turns, the first of them larger; each text says which frame it is. */
function recordsOfTwoEvents(count: number): CaptureRecord[] {
  const frames = Array.from({ length: count }, (_, index) => {
    const event = index % 2 === 0 ? 'TYPING_START' : 'PRESENCE_UPDATE';
    const body = Buffer.from(
      JSON.stringify({
        t: event,
        s: index + 1,
        op: 0,
        d: { rest: 'x'.repeat(index % 2 === 0 ? index + 9 : index) },
      }),
    );
    return frame({ frameNo: index + 1, seq: index + 1, event, body });
  });
  return [opened(), ...frames];
}

it('puts bodies of one event next to each other, the rarest first, and leaves them so when some are taken out', () => {
  const path = storeRecords(recordsOfTwoEvents(40));
  const db = openForTest(path);
  new Compactor(db, PAYLOADS).step();
  const order = `SELECT frame_id AS id FROM packed_payload ORDER BY at_byte`;
  const [odd, even] = [1, 0].map((rest) =>
    Array.from({ length: 40 }, (_, index) => ({ id: index + 1 })).filter(({ id }) => id % 2 === rest),
  );
  expect(rowsOf(path, order)).toEqual([...even!, ...odd!]);
  new BlockRewriter(db, PAYLOADS).leaveOut('SELECT id FROM frame WHERE id <= 2 OR id = 40');
  expect(rowsOf(path, order)).toEqual([...even!.slice(1, -1), ...odd!.slice(1)]);
  expect(rowsOf(path, 'SELECT first_frame_id AS first, last_frame_id AS last FROM payload_block')).toEqual([
    { first: 3, last: 39 },
  ]);
});

it('reads what is in a block by now, though an earlier one of the same id was read', () => {
  const path = storeRecords(recordsOfTwoEvents(40));
  const db = openForTest(path);
  new Compactor(db, PAYLOADS).step();
  using reader = openReader(path);
  const texts = (): (string | null)[] => Array.from(reader.frames(), ({ payloadText }) => payloadText);
  const before = texts();
  new BlockRewriter(db, PAYLOADS).leaveOut('SELECT 7');
  expect(texts()).toEqual(before.map((text, index) => (index === 6 ? null : text)));
});

/** A handle that counts the rows that statements return one by one. */
function counting(db: Database): { readonly db: Database; readonly rows: () => number } {
  let rows = 0;
  const prepare = (sql: string): Statement => {
    const statement = db.prepare(sql);
    return new Proxy(statement, {
      get: (_, key) =>
        key === 'iterate'
          ? function* (...values: unknown[]) {
              for (const row of statement.iterate(...values)) {
                rows += 1;
                yield row;
              }
            }
          : (Reflect.get(statement, key) as unknown),
    });
  };
  const counted = new Proxy(db, {
    get: (_, key) => (key === 'prepare' ? prepare : (Reflect.get(db, key) as unknown)),
  });
  return { db: counted, rows: () => rows };
}

describe('bodies that are too large for a block', () => {
  const SIZES = [10, 900, 20, 900, 900, 900, 30];

  /** A compactor for a file of bodies of these sizes and of frames without any, where 500 bytes are too many. */
  function compactorOf(sizes: readonly number[]): {
    readonly step: (isFullOnly: boolean) => Compacted | null;
    readonly rows: () => number;
    readonly path: string;
  } {
    const frames = sizes.map((size, index) => {
      const body = Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(size) }));
      return frame({ frameNo: index + 1, seq: index + 1, body });
    });
    const path = storeRecords([opened(), ...frames]);
    const { db, rows } = counting(openForTest(path));
    const compactor = new Compactor(db, PAYLOADS, 0, 500);
    return {
      step: (isFullOnly) => compactor.step({ beforeUs: Infinity, isFullOnly, blocks: 4 }),
      rows,
      path,
    };
  }

  it('stay where they are, between others that are packed', () => {
    const { step, path } = compactorOf(SIZES);
    expect(step(false)).toMatchObject({ bodies: 3 });
    expect(step(false)).toBeNull();
    expect(rowsOf(path, 'SELECT frame_id AS id FROM packed_payload')).toEqual([
      { id: 1 },
      { id: 3 },
      { id: 7 },
    ]);
    expect(rowsOf(path, 'SELECT frame_id AS id FROM payload')).toEqual([2, 4, 5, 6].map((id) => ({ id })));
    expect(checkDatabase(path).faults).toEqual([]);
  });

  it('are looked at once, however many steps follow', () => {
    const { step, rows } = compactorOf([...Array<number>(50).fill(900), 10]);
    step(true);
    const first = rows();
    expect(first).toBeGreaterThanOrEqual(51);
    for (let round = 0; round < 10; round += 1) expect(step(true)).toBeNull();
    // Only the body that does not fill a block yet.
    expect(rows() - first).toBeLessThanOrEqual(10);
  });

  it('do not end the work, even if there are more of them than rows are read at a time', () => {
    const { step } = compactorOf([...Array<number>(4_001).fill(501), 10]);
    expect(step(false)).toMatchObject({ bodies: 1 });
  });
});
