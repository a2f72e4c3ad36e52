/** Retention: a file that is recorded into without end stays below its size, and stays sound. */
import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { checkDatabase } from '../../../src/store/upkeep/check.js';
import { attached, exchange, frame, heartbeat, opened, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { expectConsistent, recordingStore, rowsOf } from '../../support/stores.js';

const MAX_BYTES = 64 * 2 ** 20;
const BATCHES = 120;
const PER_BATCH = 100;
// Above 1 MiB a batch; no two pages of it the same.
const body = (seq: number): Buffer =>
  Buffer.from(JSON.stringify({ op: 0, s: seq, d: `${seq} `.repeat(2000) }));
const size = (path: string): number =>
  ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

it('retention keeps file and log below the size during a recording, and keeps the newest frames', () => {
  const path = scratchFile();
  // A capture from before, of which nothing shall be left.
  const earlier = recordingStore(path);
  earlier.append([
    opened({ atUs: START_US - 1 }),
    frame({ atUs: START_US - 1 }),
    heartbeat({ sentAtUs: START_US - 1 }),
  ]);
  earlier.close();
  const store = recordingStore(path);
  const retention = store.retention(MAX_BYTES);
  store.append([opened(), attached()]);
  let [largest, seq] = [0, 0];
  for (let batch = 0; batch < BATCHES; batch++) {
    const records: CaptureRecord[] = [];
    for (let i = 0; i < PER_BATCH; i++) {
      seq += 1;
      // Minutes and hours pass.
      const atUs = START_US + batch * 100_000_000 + i;
      records.push(frame({ session: 1, frameNo: seq, seq, atUs, body: body(seq) }));
    }
    store.append(records);
    retention.step();
    largest = Math.max(largest, size(path));
  }
  expect(rowsOf(path, 'SELECT sum(length(body)) AS bytes FROM payload')[0]!['bytes']).toBeGreaterThan(
    20 * 2 ** 20,
  );
  store.close();
  expect(largest).toBeLessThan(MAX_BYTES);
  expect(largest).toBeGreaterThan(MAX_BYTES / 2);
  expect(size(path)).toBeLessThan(MAX_BYTES);
  const kept = rowsOf(path, 'SELECT count(*) AS n, min(seq) AS oldest, max(seq) AS newest FROM frame')[0]!;
  expect(kept).toEqual({
    n: seq - Number(kept['oldest']) + 1,
    oldest: expect.any(Number) as number,
    newest: seq,
  });
  expect(rowsOf(path, 'SELECT reason, frame_count FROM pruning')).toEqual([
    { reason: 'size', frame_count: Number(kept['oldest']) },
  ]);
  expect(rowsOf(path, 'SELECT id FROM connection')).toEqual([{ id: 2 }]);
  expectConsistent(path);
  expect(checkDatabase(path).faults).toEqual([]);
});

it('retention keeps a recording of REST calls only below the size, and keeps the newest calls', () => {
  const path = scratchFile();
  const store = recordingStore(path);
  const retention = store.retention(MAX_BYTES);
  let largest = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const calls = Array.from({ length: 8 }, (_, index) => {
      const startedAtUs = START_US + batch * 1_000_000 + index;
      const text = Buffer.from(`${startedAtUs} `.repeat(6_000));
      const response = { ...exchange().response, text };
      return exchange({ startedAtUs, endedAtUs: startedAtUs + 1, response });
    });
    store.append(calls);
    retention.step();
    largest = Math.max(largest, size(path));
  }
  store.close();
  expect(largest).toBeLessThan(MAX_BYTES);
  expect(largest).toBeGreaterThan(MAX_BYTES / 2);
  const [kept] = rowsOf(path, 'SELECT count(*) AS calls, max(started_at_us) AS newest FROM exchange');
  expect(kept!['newest']).toBe(START_US + (BATCHES - 1) * 1_000_000 + 7);
  expect(kept!['calls']).toBeLessThan(BATCHES * 8);
  expect(rowsOf(path, 'SELECT count(*) AS n FROM exchange_body')[0]!['n']).toBe(kept!['calls']);
  expect(checkDatabase(path).faults).toEqual([]);
});

it('retention keeps the newest frame, by which the recorder knows its file, whatever else fills it', () => {
  const path = scratchFile();
  const store = recordingStore(path);
  const retention = store.retention(MAX_BYTES);
  const userAgent = 'a'.repeat(MAX_BYTES / 32);
  for (let connection = 1; connection <= 32; connection += 1)
    store.append([opened({ connection, userAgent })]);
  for (let frameNo = 1; frameNo <= 3; frameNo += 1) {
    store.append([frame({ frameNo, seq: frameNo })]);
    retention.step();
    expect(rowsOf(path, 'SELECT seq FROM frame')).toEqual([{ seq: frameNo }]);
    expect(store.findDamage()).toBeNull();
  }
  store.close();
  expect(checkDatabase(path).faults).toEqual([]);
});
