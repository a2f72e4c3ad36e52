/** Pruning and compacting, judged by SQLite and by what a full scan says. */
import { statSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { checkDatabase } from '../../../src/store/upkeep/check.js';
import { openReadable } from '../../../src/store/database.js';
import { preparePackedBodies } from '../../../src/store/packed-functions.js';
import { openReader, type CaptureReader } from '../../../src/store/reader.js';
import { compact, prune, repair, vacuum, type PruneStep } from '../../../src/store/upkeep/upkeep.js';
import { busyCapture } from '../../support/capture/busy.js';
import { anyCapture } from '../../support/round-trips.js';
import { attached, closed, exchange, facts, frame, opened, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { expectConsistent, recordingStore, rowsOf, storeRecords } from '../../support/stores.js';

const MINUTE_US = 60_000_000;
const options = { nowUs: (): number => START_US + 3_600_000_000 };

/** Every body and the bytes beside it, by frame, as a reader returns them. */
function bodiesOf(path: string): readonly string[] {
  const reader = openReader(path);
  try {
    return [...reader.frames()].map(({ id, payloadText }) => {
      const bytes = reader.frameBytes(id);
      return JSON.stringify([payloadText, bytes && Buffer.from(bytes).toString('hex')]);
    });
  } finally {
    reader.close();
  }
}

/** Bytes that bodies take, packed or not. */
function storedBytes(path: string): number {
  const [row] = rowsOf(
    path,
    `SELECT (SELECT coalesce(sum(octet_length(body)), 0) FROM payload) + (SELECT coalesce(sum(length(bytes)), 0) FROM frame_bytes)
       + (SELECT coalesce(sum(length(bytes)), 0) FROM payload_block) AS bytes`,
  );
  return Number(row!['bytes']);
}

const countOf = (path: string, rest: string): unknown =>
  rowsOf(path, `SELECT count(*) AS n FROM ${rest}`)[0]!['n'];

function expectFaultless(path: string): void {
  expectConsistent(path);
  expect(checkDatabase(path).faults).toEqual([]);
}

describe('pruning by age', () => {
  it('leaves exactly the frames from that time on, whatever time it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 5 * MINUTE_US }), fc.boolean(), (offsetUs, isCompacted) => {
        const path = scratchFile();
        busyCapture(path, { isEtf: isCompacted });
        if (isCompacted) for (const step of compact(path, options)) expect(step.bodies).toBeGreaterThan(0);
        const beforeUs = START_US + offsetUs;
        const [all, kept] = ['TRUE', `at_us >= ${beforeUs}`].map((where) =>
          countOf(path, `frame WHERE ${where}`),
        );
        let frames = 0;
        for (const step of prune(path, { beforeUs }, options)) frames += step.frames;
        expect(frames).toBe(Number(all) - Number(kept));
        expect(countOf(path, 'frame')).toBe(kept);
        expect(countOf(path, `heartbeat WHERE sent_at_us < ${beforeUs}`)).toBe(0);
        expectFaultless(path);
      }),
      { numRuns: 6 },
    );
  });

  it('notes how much was deleted', () => {
    const path = scratchFile();
    busyCapture(path);
    const before = rowsOf(
      path,
      `SELECT count(*) AS n, sum(payload_bytes) AS bytes FROM frame WHERE at_us < ${START_US + MINUTE_US}`,
    )[0]!;
    Array.from(prune(path, { beforeUs: START_US + MINUTE_US }, options));
    expect(rowsOf(path, 'SELECT * FROM pruning')).toEqual([
      expect.objectContaining({
        at_us: options.nowUs(),
        reason: 'age',
        frame_count: before['n'],
        payload_bytes: before['bytes'],
        first_at_us: START_US,
        last_at_us: expect.any(Number) as number,
      }),
    ]);
    expect(checkDatabase(path).notes).toContainEqual({
      check: 'pruning',
      detail: `${String(before['n'])} frames were deleted, by age`,
    });
  });

  it('takes connections, sessions and captures with it of which nothing is left', () => {
    const path = scratchFile();
    busyCapture(path);
    Array.from(prune(path, { beforeUs: options.nowUs() }, options));
    vacuum(path, options);
    for (const table of [
      'frame',
      'connection',
      'session',
      'capture',
      'heartbeat',
      'payload',
      'session_connection',
    ])
      expect([table, countOf(path, table)]).toEqual([table, 0]);
    expectFaultless(path);
    expect(statSync(path).size).toBeLessThan(300_000);
  });
});

describe('pruning a session', () => {
  it('leaves the others as they are', () => {
    const path = scratchFile();
    busyCapture(path, { isEtf: true });
    Array.from(compact(path, options));
    const others = rowsOf(path, 'SELECT * FROM frame WHERE session_id <> 2');
    Array.from(prune(path, { session: 2 }, options));
    expect(rowsOf(path, 'SELECT * FROM frame')).toEqual(others);
    expect(rowsOf(path, 'SELECT id FROM session')).toEqual([{ id: 1 }, { id: 3 }]);
    expect(rowsOf(path, 'SELECT id FROM connection')).toEqual([{ id: 1 }, { id: 3 }]);
    expectFaultless(path);
  });

  it('takes the REST calls of its client with it, and no others', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const begun = (key: number, fromUs: number, tokenAlias: string): CaptureRecord[] => [
      opened({ connection: key, atUs: fromUs }),
      attached({ session: key, connection: key, atUs: fromUs }),
      facts({ session: key, tokenAlias }),
      frame({ connection: key, session: key, atUs: fromUs }),
      closed({ connection: key, atUs: fromUs + MINUTE_US }),
    ];
    const call = (startedAtUs: number, tokenAlias: string): CaptureRecord =>
      exchange({ startedAtUs, endedAtUs: startedAtUs, tokenAlias });
    store.append([...begun(1, START_US, 'a'), ...begun(2, START_US, 'b'), ...begun(3, START_US + 9e8, 'a')]);
    store.append([call(START_US + 1, 'a'), call(START_US + 1, 'b'), call(START_US + 9e8, 'a')]);
    store.close();
    Array.from(prune(path, { session: 1 }, options));
    expect(rowsOf(path, 'SELECT id FROM exchange')).toEqual([{ id: 2 }, { id: 3 }]);
    expect(countOf(path, 'exchange_body')).toBe(2);
    expectFaultless(path);
  });

  it('leaves nothing of its bodies inside a block of packed ones', () => {
    const path = scratchFile();
    busyCapture(path, { sessions: 2, minutes: 1, framesPerMinute: 20, isEtf: true });
    Array.from(compact(path, options));
    const before = bodiesOf(path);
    Array.from(prune(path, { session: 1 }, options));
    const left = bodiesOf(path);
    expect(left.length).toBeGreaterThan(10);
    expect(left.every((body) => before.includes(body))).toBe(true);
    const sums = 'SELECT sum(body_bytes) AS bytes FROM';
    const named =
      '(SELECT body_bytes FROM packed_payload UNION ALL SELECT body_bytes FROM packed_frame_bytes)';
    expect(countOf(path, 'packed_frame_bytes')).toBeGreaterThan(10);
    expect(rowsOf(path, `${sums} payload_block`)).toEqual(rowsOf(path, `${sums} ${named}`));
  });
});

describe('compacting', () => {
  it('keeps every body byte for byte, for every way to read it', () => {
    const data = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.string({ minLength: 70_000, maxLength: 70_100 }),
    );
    const body = fc
      .tuple(data, fc.constantFrom('', ' ', '\n'))
      .map(([d, space]) => `${space}${JSON.stringify({ d })}`);
    const bodies = fc.array(body, { minLength: 1, maxLength: 20 });
    const kept = fc.array(fc.option(fc.uint8Array({ maxLength: 40 })), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(bodies, kept, (texts, bytes) => {
        const path = scratchFile();
        const store = recordingStore(path);
        store.close();
        const db = openSqlite(path);
        db.exec(`INSERT INTO connection VALUES (1, 1, 0, 0, '', '', 10, 'json', 'none', NULL, NULL, 0, 0, 101, NULL, NULL,
          NULL, NULL, NULL, 0); INSERT INTO frame_type VALUES (1, 'gateway', 'text', 'ok', 0, 'X')`);
        for (const [index, text] of texts.entries()) {
          db.prepare('INSERT INTO frame VALUES (?, 1, NULL, 1, ?, 5, NULL, 1, 1)').run(index + 1, index + 1);
          db.prepare('INSERT INTO payload VALUES (?, ?)').run(index + 1, text);
          if (bytes[index] != null)
            db.prepare('INSERT INTO frame_bytes VALUES (?, ?)').run(index + 1, bytes[index]);
        }
        db.close();
        repair(path, options);
        const before = bodiesOf(path);
        Array.from(compact(path, options));
        expect([countOf(path, 'payload'), countOf(path, 'frame_bytes')]).toEqual([0, 0]);
        expect(bodiesOf(path)).toEqual(before);
        expectFaultless(path);
      }),
      { numRuns: 6 },
    );
  });

  it.each([false, true])('takes far less room, and leaves what is read as it was (ETF: %s)', (isEtf) => {
    const path = scratchFile();
    busyCapture(path, { framesPerMinute: 400, bodyBytes: 700, isEtf });
    const views = ['frame_view', 'opcode_stats', 'session_view', 'payload'].map((view) => `* FROM ${view}`);
    const told = (): unknown[] => {
      const db = openReadable(path);
      preparePackedBodies(db);
      try {
        return [...views, 'frame_id, hex(bytes) FROM frame_bytes'].map((rows) =>
          db.prepare(`SELECT ${rows}`).all(),
        );
      } finally {
        db.close();
      }
    };
    const before = told();
    const plain = storedBytes(path);
    let [bodyBytes, packedBytes] = [0, 0];
    for (const step of compact(path, options)) {
      bodyBytes += step.bodyBytes;
      packedBytes += step.packedBytes;
    }
    expect([bodyBytes, packedBytes]).toEqual([plain, storedBytes(path)]);
    expect(packedBytes).toBeLessThan(0.35 * plain);
    expect(told()).toEqual(before);
    expectFaultless(path);
  });

  it('writes bodies that any program can read with zlib', () => {
    const path = scratchFile();
    busyCapture(path, { isEtf: true });
    const before = rowsOf(path, 'SELECT frame_id, bytes FROM frame_bytes');
    Array.from(compact(path, options));
    const packed = rowsOf(
      path,
      `SELECT frame_id, at_byte, packed_frame_bytes.body_bytes, bytes
       FROM packed_frame_bytes JOIN payload_block ON payload_block.id = block_id ORDER BY frame_id`,
    );
    const unpacked = packed.map(({ frame_id, at_byte, body_bytes, bytes }) => ({
      frame_id,
      bytes: inflateSync(bytes as Uint8Array).subarray(Number(at_byte), Number(at_byte) + Number(body_bytes)),
    }));
    expect(unpacked.length).toBeGreaterThan(100);
    expect(unpacked).toEqual(before);
  });

  it('goes on where it stopped', () => {
    const path = scratchFile();
    busyCapture(path, { framesPerMinute: 600, bodyBytes: 1200 });
    const before = bodiesOf(path);
    for (const step of compact(path, options)) {
      expect(step.bodies).toBeGreaterThan(0);
      break;
    }
    expect(countOf(path, 'payload')).toBeGreaterThan(0);
    expect(bodiesOf(path)).toEqual(before);
    expectFaultless(path);
    Array.from(compact(path, options));
    expect(countOf(path, 'payload')).toBe(0);
    expect(bodiesOf(path)).toEqual(before);
  });
});

describe('upkeep', () => {
  it('is refused while another process records', () => {
    const path = scratchFile();
    recordingStore(path);
    for (const work of [
      () => Array.from(compact(path, options)),
      () => Array.from(prune(path, { session: 1 }, options)),
      () => repair(path, options),
    ])
      expect(work).toThrow(/another gatetape is writing to/);
  });

  it('creates no database', () => {
    expect(() => Array.from(compact(scratchFile(), options))).toThrow(/there is no database/);
  });
});

/** Sums over all steps. */
function summed(steps: Iterable<PruneStep>): PruneStep {
  const sums = { frames: 0, wireBytes: 0, payloadBytes: 0, exchanges: 0, connections: 0, sessions: 0 };
  for (const step of steps)
    for (const key of Object.keys(sums) as (keyof PruneStep)[]) sums[key] += step[key];
  return sums;
}

describe('a dry run of prune', () => {
  it('counts what prune deletes, which statistics then report', () => {
    const scope = fc.oneof(
      fc.nat(7_200).map((seconds) => ({ beforeUs: START_US + seconds * 1_000_000 })),
      fc.integer({ min: 1, max: 2 }).map((session) => ({ session })),
    );
    fc.assert(
      fc.property(anyCapture, scope, (records, chosen) => {
        const path = storeRecords(records);
        const tables = ['frame', 'exchange', 'connection', 'session'];
        const before = tables.map((table) => countOf(path, table));
        const plan = withReader(path, (reader) => reader.prunePlan(chosen));
        const gone = summed(prune(path, chosen, options));
        expect(gone).toEqual(plan);
        expect([gone.frames, gone.exchanges, gone.connections, gone.sessions]).toEqual(
          tables.map((table, at) => Number(before[at]) - Number(countOf(path, table))),
        );
        const { frames, wireBytes, payloadBytes } = gone;
        const { pruned } = withReader(path, (reader) => reader.stats());
        expect(pruned).toMatchObject({ frames, wireBytes, payloadBytes });
        expectConsistent(path);
      }),
      { numRuns: 40 },
    );
  });
});

function withReader<T>(path: string, ask: (reader: CaptureReader) => T): T {
  using reader = openReader(path);
  return ask(reader);
}
