/** A store whose file is taken away, replaced, locked, or read by somebody who does not end. */
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { WriteOrder } from '../../src/worker/boundary.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { closed, frame, opened, START_US } from '../support/records.js';
import { scratchFile } from '../support/scratch.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';
import { expectConsistent, expectSound, rowsOf, storeHost } from '../support/stores.js';

interface Steady {
  readonly store: SteadyStore;
  readonly path: string;
  readonly told: string[];
}

function setUp(meanwhile?: (path: string) => void, changes: Partial<WriteOrder> = {}): Steady {
  const path = scratchFile();
  const { watcher, told } = quietWatcher(() => meanwhile?.(path));
  const store = new SteadyStore(writeOrder(path, changes), storeHost, watcher);
  onTestFinished(() => store.letGo());
  return { store, path, told };
}

const SESSION: readonly CaptureRecord[] = [
  {
    type: 'session_facts',
    session: 1,
    atUs: START_US,
    alias: 'redacted:0123456789abcdef',
    userId: '42',
    shard: [0, 2],
    library: 'lib',
    intents: 513,
    tokenAlias: null,
  },
  { type: 'session_attached', session: 1, connection: 1, atUs: START_US, isResume: false },
];

const message = (frameNo: number): CaptureRecord =>
  frame({ frameNo, seq: frameNo, session: 1, atUs: START_US + frameNo });

const sessionsOf = (path: string): unknown =>
  rowsOf(path, 'SELECT user_id, shard_count, last_seq, connection_count FROM session_view');

describe('a database that is deleted or replaced', () => {
  it('keeps its key elsewhere where it did before', () => {
    const keptKey = Buffer.alloc(32, 7);
    const { store, path } = setUp(undefined, { keptKey });
    renameSync(path, `${path}.moved`);
    store.lookAfter();
    store.close();
    for (const file of [path, `${path}.moved`]) {
      expect(rowsOf(file, 'SELECT count(*) AS n FROM placeholder_key')).toEqual([{ n: 0 }]);
    }
    expect(rowsOf(path, 'SELECT digest FROM kept_key')).toEqual(
      rowsOf(`${path}.moved`, 'SELECT digest FROM kept_key'),
    );
  });

  it.each([
    ['deleted', (path: string) => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end))],
    ['deleted without its log', (path: string) => rmSync(path)],
    ['renamed', (path: string) => renameSync(path, `${path}.moved`)],
    [
      'replaced by an empty file',
      (path: string): void => {
        renameSync(path, `${path}.moved`);
        writeFileSync(path, '');
      },
    ],
  ])('%s: what follows has its rows in a new one', (_how, remove) => {
    const { store, path, told } = setUp();
    store.append([
      opened(),
      ...SESSION,
      message(1),
      opened({ connection: 2, atUs: START_US + 7 }),
      closed({ connection: 2 }),
    ]);
    store.append([message(2)]);
    remove(path);
    store.lookAfter();
    expect(told).toEqual([expect.stringMatching(/^warn: the database .+ was deleted or replaced/)]);
    store.append([message(3), message(4), closed()]);
    store.close();
    expectSound(path);
    expectConsistent(path);
    expect(rowsOf(path, 'SELECT frame_no, seq, connection_id FROM frame ORDER BY id')).toEqual([
      { frame_no: 3, seq: 3, connection_id: 1 },
      { frame_no: 4, seq: 4, connection_id: 1 },
    ]);
    expect(sessionsOf(path)).toMatchObject([
      { user_id: '42', shard_count: 2, last_seq: 4, connection_count: 1 },
    ]);
    expect(rowsOf(path, 'SELECT count(*) AS n FROM connection WHERE closed_at_us IS NOT NULL')).toEqual([
      { n: 1 },
    ]);
    expect(rowsOf(path, 'SELECT ended_at_us IS NOT NULL AS ended FROM capture')).toEqual([{ ended: 1 }]);
    expect(store.counters()).toMatchObject({ connections: 2, frames: 4 });
    const moved = readdirSync(dirname(path)).filter((name) => name.endsWith('.moved'));
    for (const name of moved) {
      // The renamed file has all that was written to it, and no end: the capture goes on elsewhere.
      const earlier = `${dirname(path)}/${name}`;
      expect(rowsOf(earlier, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: 2 }]);
      expect(rowsOf(earlier, 'SELECT ended_at_us FROM capture')).toEqual([{ ended_at_us: null }]);
    }
  });

  it('that comes back is gone on with: one capture, one row a connection', () => {
    const { store, path } = setUp((at) => renameSync(`${dirname(at)}.away`, dirname(at)));
    store.append([opened(), ...SESSION, message(1)]);
    renameSync(dirname(path), `${dirname(path)}.away`);
    store.lookAfter();
    store.append([message(2), closed()]);
    store.close();
    expectConsistent(path);
    expect(rowsOf(path, 'SELECT frame_no FROM frame ORDER BY id')).toEqual([
      { frame_no: 1 },
      { frame_no: 2 },
    ]);
    expect(rowsOf(path, 'SELECT count(*) AS n FROM connection')).toEqual([{ n: 1 }]);
    expect(rowsOf(path, 'SELECT count(*) AS n FROM session_connection')).toEqual([{ n: 1 }]);
    expect(rowsOf(path, 'SELECT ended_at_us IS NOT NULL AS ended FROM capture')).toEqual([{ ended: 1 }]);
  });
});

describe('a database that cannot be written', () => {
  it('is tried again until a lock is gone, and then has everything once', () => {
    let other: Sqlite.Database | null = null;
    const { store, path, told } = setUp(() => other?.close());
    store.append([opened(), message(1)]);
    other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    store.append([message(2)]);
    expect(other.open).toBe(false);
    expect(rowsOf(path, 'SELECT frame_no FROM frame ORDER BY id')).toEqual([
      { frame_no: 1 },
      { frame_no: 2 },
    ]);
    expect(told).toEqual([]);
  });
});

describe('a capture that another writer began', () => {
  it('is gone on with: its connections keep their rows, their frames count on', () => {
    const { store, path } = setUp();
    store.append([opened(), ...SESSION, message(1), message(2)]);
    const { capture: earlier } = store;
    store.letGo();
    const next = new SteadyStore(writeOrder(path, { earlier }), storeHost, quietWatcher().watcher);
    onTestFinished(() => next.letGo());
    next.append([
      opened({ isContinued: true }),
      opened({ isContinued: true, connection: 2, atUs: START_US + 5 }), // of which no row was written
      frame({ frameNo: 1 }),
      frame({ frameNo: 1, connection: 2 }),
      closed(),
    ]);
    next.close();
    expectConsistent(path);
    expect(rowsOf(path, 'SELECT connection_id AS c, frame_no AS f FROM frame ORDER BY id')).toEqual([
      { c: 1, f: 1 },
      { c: 1, f: 2 },
      { c: 1, f: 3 },
      { c: 2, f: 1 },
    ]);
    expect(rowsOf(path, 'SELECT count(*) AS n, max(ended_at_us IS NOT NULL) AS ended FROM capture')).toEqual([
      { n: 1, ended: 1 },
    ]);
  });
});

it('the next capture says how the one before it broke off, and the one after that does not', () => {
  const { store, path } = setUp();
  store.append([opened(), message(1)]);
  store.letGo();
  const saidBy = (): readonly string[] => {
    const { watcher, told } = quietWatcher();
    new SteadyStore(writeOrder(path), storeHost, watcher).close();
    return told;
  };
  expect(saidBy()).toEqual([
    expect.stringMatching(
      /: capture 1 of .+ has no end: it broke off with its last frame at .+ and 1 connections open$/,
    ),
  ]);
  expect(saidBy()).toEqual([]);
});

describe('a log that a reader keeps long', () => {
  it('is warned of, and short again once the reader is done', () => {
    const { store, path, told } = setUp(undefined, { maxDbSizeBytes: 2 ** 26 });
    store.append([opened()]);
    const reader = new Sqlite(path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM frame').get();
    const body = Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(2 ** 20) }));
    for (let frameNo = 1; frameNo <= 40; frameNo += 1) store.append([frame({ frameNo, body })]);
    store.lookAfter();
    expect(told).toEqual([
      expect.stringMatching(/^warn: the log .+-wal has grown to \d+ MiB, as a program keeps reading/),
    ]);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(2 ** 25);
    reader.close();
    store.lookAfter();
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(told.slice(1)).toEqual([expect.stringMatching(/^info: the log .+ is short again$/)]);
  });
});
