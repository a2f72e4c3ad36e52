/** A store whose file is removed, replaced, locked, or read by a process that does not end. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { openSqlite } from '../../src/store/sqlite.js';
import type { WriteOrder } from '../../src/worker/boundary.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { closed, frame, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';
import { expectConsistent, expectSound, rowsOf, storeHost } from '../support/stores.js';

interface Steady {
  readonly store: SteadyStore;
  readonly path: string;
  readonly told: string[];
}

function setUp(
  meanwhile?: (path: string) => void,
  changes: Partial<WriteOrder> = {},
  isHurried = (): boolean => false,
): Steady {
  const path = scratchFile();
  const { watcher, told } = quietWatcher(() => meanwhile?.(path));
  const store = new SteadyStore(writeOrder(path, changes), storeHost, { ...watcher, isHurried });
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

const DIARY = 'Dear diary, '.repeat(900);

const { wireBytes } = frame();

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
    expect(told).toEqual([
      expect.stringMatching(
        /^warn: the database .+ was deleted or replaced: recording goes on in a new one, with gaps for the 88 bytes/,
      ),
    ]);
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
    // Two frames of 42 bytes and their headers.
    const lostBytes = 2 * (wireBytes + 2);
    expect(
      rowsOf(path, 'SELECT connection_id AS c, sender, from_us, until_us, bytes, frames FROM gap'),
    ).toEqual([
      { c: 1, sender: 'gateway', from_us: START_US + 1, until_us: START_US + 2, bytes: lostBytes, frames: 2 },
    ]);
    expect(store.counters()).toMatchObject({ connections: 1, frames: 2, gaps: 1, lostBytes });
    const moved = readdirSync(dirname(path)).filter((name) => name.endsWith('.moved'));
    for (const name of moved) {
      // The renamed file has all that was written to it, and no end: the capture goes on elsewhere.
      const earlier = `${dirname(path)}/${name}`;
      expect(rowsOf(earlier, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: 2 }]);
      expect(rowsOf(earlier, 'SELECT ended_at_us FROM capture')).toEqual([{ ended_at_us: null }]);
    }
  });

  it('again and again: each file has gaps for all that was in those before, closed connections too', () => {
    const { store, path } = setUp();
    const second = { connection: 2, atUs: START_US + 7 };
    store.append([opened(), message(1), opened(second), frame({ ...second, atUs: START_US + 8 })]);
    store.append([{ type: 'gap', connection: 1, sender: 'client', fromUs: 1, untilUs: 9, bytes: 100 }]);
    store.append([closed({ connection: 2, closeCode: 4000 })]);
    rmSync(path);
    store.append([message(2)]);
    rmSync(path);
    rmSync(`${path}-wal`);
    store.append([message(3)]);
    store.close();
    expectSound(path);
    expectConsistent(path);
    const one = wireBytes + 2;
    const gaps = `SELECT opened_at_us - ${START_US} AS at, sender, bytes, frames, close_code AS code
      FROM gap JOIN connection ON connection.id = connection_id ORDER BY at, sender`;
    expect(rowsOf(path, gaps)).toEqual([
      { at: 0, sender: 'client', bytes: 100, frames: 0, code: null },
      { at: 0, sender: 'gateway', bytes: 2 * one, frames: 2, code: null },
      { at: 7, sender: 'gateway', bytes: one, frames: 1, code: 4000 },
    ]);
    expect(store.counters()).toMatchObject({ connections: 2, frames: 1, gaps: 3, lostBytes: 3 * one });
  });

  it('by a copy of itself: what came after the copy is a gap', () => {
    const { store, path } = setUp();
    store.append([opened(), message(1)]);
    const copy = openSqlite(path);
    copy.exec(`VACUUM INTO '${path}.copy'`);
    copy.close();
    store.append([message(2)]);
    renameSync(`${path}.copy`, path);
    store.append([message(3)]);
    store.close();
    expectSound(path);
    expect(rowsOf(path, 'SELECT frames FROM gap')).toEqual([{ frames: 2 }]);
    expect(rowsOf(path, 'SELECT seq FROM frame ORDER BY id')).toEqual([{ seq: 1 }, { seq: 3 }]);
  });

  it.each([
    ['no database', (path) => writeFileSync(path, DIARY), (kept) => readFileSync(kept, 'utf8') === DIARY],
    [
      'a database of another program',
      (path) => openSqlite(path).exec('CREATE TABLE diary (text)').close(),
      (kept) => rowsOf(kept, 'SELECT * FROM diary').length === 0,
    ],
    [
      'a recording with another key',
      (path: string): void => {
        const other = `${path}.other`;
        const { watcher } = quietWatcher();
        new SteadyStore(writeOrder(other), { ...storeHost, randomBytes }, watcher).close();
        renameSync(other, path);
      },
      (kept) => rowsOf(kept, 'SELECT ended_at_us FROM capture').length === 1,
    ],
  ] as [string, (path: string) => void, (kept: string) => boolean][])(
    'by %s: the replacement is renamed, and a new file begun',
    (_what, write, isStillThere) => {
      const { store, path, told } = setUp();
      store.append([opened(), message(1)]);
      renameSync(path, `${path}.moved`);
      write(path);
      store.append([message(2)]);
      store.close();
      expect(isStillThere(`${path}.set-aside-1`)).toBe(true);
      expect(told).toEqual([
        expect.stringMatching(/^warn: .+, and is kept as .+\.set-aside-1: recording goes on/),
      ]);
      expectSound(path);
      expect(rowsOf(path, 'SELECT frames FROM gap')).toEqual([{ frames: 1 }]);
    },
  );

  it('behind a symbolic link: the new one takes the place of the link’s target', () => {
    const target = scratchFile('target.sqlite');
    const path = scratchFile();
    writeFileSync(target, '');
    symlinkSync(target, path);
    const store = new SteadyStore(writeOrder(path), storeHost, quietWatcher().watcher);
    onTestFinished(() => store.letGo());
    store.append([opened(), message(1)]);
    rmSync(target);
    store.append([message(2)]);
    store.close();
    expectSound(path);
    expect(rowsOf(target, 'SELECT frames FROM gap')).toEqual([{ frames: 1 }]);
  });

  it('that comes back is continued: one capture, one row per connection', () => {
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

describe('a database that another program writes to', () => {
  /** Overwrites half of each page from the second one on, as `disk.mjs` of a bad program would. */
  const scribble = (path: string): void => {
    const file = openSync(path, 'r+');
    const { size } = fstatSync(file);
    for (let at = 8192; at < size; at += 4096) writeSync(file, Buffer.alloc(2048, 0xa5), 0, 2048, at);
    closeSync(file);
  };

  /** A store whose file has many pages, some of them only in the log. */
  function fill(changes: Partial<WriteOrder> = {}): Steady {
    const steady = setUp(undefined, changes);
    const body = Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(5000) }));
    steady.store.append([opened()]);
    for (let batch = 0; batch < 10; batch += 1)
      steady.store.append(
        Array.from({ length: 200 }, (_, at) => frame({ frameNo: batch * 200 + at + 1, body })),
      );
    return steady;
  }

  it('a file that is set aside replaces no other file and no link', () => {
    const { store, path } = fill();
    writeFileSync(`${path}.set-aside-1.wal`, DIARY);
    symlinkSync(`${path}.nowhere`, `${path}.set-aside-2`);
    scribble(path);
    store.lookAfter();
    store.close();
    expect(readFileSync(`${path}.set-aside-1.wal`, 'utf8')).toBe(DIARY);
    expect(readlinkSync(`${path}.set-aside-2`)).toBe(`${path}.nowhere`);
    expect(existsSync(`${path}.set-aside-3`)).toBe(true);
  });

  it.each([
    ['the file scribbled on', scribble],
    ['the file cut', (path: string) => truncateSync(path, 40_960)],
    ['the file emptied', (path: string) => truncateSync(path, 0)],
    ['the file written over by a text', (path: string) => writeFileSync(path, DIARY)],
    ['the log emptied', (path: string) => truncateSync(`${path}-wal`, 0)],
    ['the log scribbled on', (path: string) => scribble(`${path}-wal`)],
  ])('(%s): the next look notices it, keeps the file, and begins a new one', (_what, damage) => {
    const { store, path, told } = fill();
    // So that the log has what the file has not.
    store.append([frame({ frameNo: 2001 })]);
    damage(path);
    const left = readFileSync(path);
    store.lookAfter();
    expect(told).toEqual([
      expect.stringMatching(
        /^warn: .+ was overwritten by another program, and is kept as .+: recording goes on in a new/,
      ),
    ]);
    // The log of a file that was emptied is the only thing that its content could be read from.
    if (left.length > 0) expect(readFileSync(`${path}.set-aside-1`).equals(left)).toBe(true);
    store.append([frame({ frameNo: 2002 })]);
    store.close();
    expectSound(path);
    expectConsistent(path);
    expect(rowsOf(path, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: 1 }]);
    expect(rowsOf(path, 'SELECT frames FROM gap')).toEqual([{ frames: 2001 }]);
  });

  it.each([
    ['a new time of change', (path: string) => utimesSync(path, 1, 1)],
    ['a checkpoint', (path: string) => void openSqlite(path).exec('PRAGMA wal_checkpoint(TRUNCATE)').close()],
    ['a log that is deleted', (path: string) => rmSync(`${path}-wal`)],
    ['an index of the log that is deleted', (path: string) => rmSync(`${path}-shm`)],
  ])('without damage (%s) costs nothing', (_what, touch) => {
    const { store, path } = fill();
    touch(path);
    store.lookAfter();
    store.append([frame({ frameNo: 2001 })]);
    store.close();
    expectSound(path);
    expectConsistent(path);
    expect(rowsOf(path, 'SELECT count(*) AS n, (SELECT count(*) FROM gap) AS gaps FROM frame')).toEqual([
      { n: 2001, gaps: 0 },
    ]);
  });

  it('that was emptied and whose log has all of it is whole again', () => {
    const { store, path, told } = setUp();
    store.append([opened(), message(1)]);
    truncateSync(path, 0);
    store.append([message(2)]);
    store.close();
    expect(told).toEqual([]);
    expectSound(path);
    expect(rowsOf(path, 'SELECT seq FROM frame ORDER BY id')).toEqual([{ seq: 1 }, { seq: 2 }]);
  });
});

describe('a database that cannot be written', () => {
  it('is tried again until a lock is gone, and then has everything once', () => {
    let other: Sqlite.Database | null = null;
    const { store, path, told } = setUp(() => other?.close());
    store.append([opened(), message(1)]);
    other = openSqlite(path);
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

describe('threads that die before a connection has its session', () => {
  it('leave its frames to the session all the same, with their sums', () => {
    const { store, path } = setUp();
    store.append([opened(), frame({ frameNo: 1, session: null })]);
    const { capture: earlier } = store;
    store.letGo();
    const next = new SteadyStore(writeOrder(path, { earlier }), storeHost, quietWatcher().watcher);
    onTestFinished(() => next.letGo());
    next.append([opened({ isContinued: true }), ...SESSION, message(1), closed()]);
    next.close();
    expectConsistent(path);
    expect(rowsOf(path, 'SELECT DISTINCT session_id IS NULL AS loose FROM frame')).toEqual([{ loose: 0 }]);
  });
});

it('new threads continue the capture in the file that came after a lost one', () => {
  const path = scratchFile();
  let earlier: WriteOrder['earlier'] = null;
  const watcher = {
    ...quietWatcher().watcher,
    onMoved: (capture: WriteOrder['earlier']): void => void (earlier = capture),
  };
  const store = new SteadyStore(writeOrder(path), { ...storeHost, nowUs: () => Date.now() }, watcher);
  store.append([opened(), message(1)]);
  renameSync(path, `${path}.moved`);
  store.lookAfter();
  store.letGo();
  const next = new SteadyStore(writeOrder(path, { earlier }), storeHost, watcher);
  next.append([opened({ isContinued: true }), message(1), closed()]);
  next.close();
  expect(rowsOf(path, 'SELECT count(*) AS n FROM capture')).toEqual([{ n: 1 }]);
  expect(rowsOf(path, 'SELECT count(*) AS n FROM connection')).toEqual([{ n: 1 }]);
});

it('the capture after a broken one reports how it broke off, and the following one does not', () => {
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

describe('a recording that broke off while its file was put aside', () => {
  const startAt = (path: string): readonly string[] => {
    const { watcher, told } = quietWatcher();
    new SteadyStore(writeOrder(path), storeHost, watcher).close();
    return told;
  };

  it('is reported if the file still has its place', () => {
    const { store, path } = setUp();
    store.append([opened(), message(1)]);
    const file = store.rotate()!;
    store.close();
    rmSync(path);
    renameSync(file, path);
    expect(startAt(path)).toEqual([
      expect.stringMatching(/: capture 1 of .+ was to be put aside as .+, and was not: it broke off$/),
    ]);
    expect(startAt(path)).toEqual([]);
  });

  it('is reported if no file continues it', () => {
    const { store, path } = setUp();
    store.append([opened(), message(1)]);
    const file = store.rotate()!;
    store.close();
    rmSync(path);
    expect(startAt(path)).toEqual([
      `warn: ${path}: no file continues the recording that was put aside as ${file}: it broke off`,
    ]);
    expect(startAt(path)).toEqual([]);
    rmSync(path);
    rmSync(file);
    expect(startAt(path)).toEqual([]);
  });
});

describe('a log that a reader keeps long', () => {
  it('is warned of, and short again once the reader is done', () => {
    const { store, path, told } = setUp(undefined, { maxDbSizeBytes: 2 ** 26 });
    store.append([opened()]);
    const reader = openSqlite(path, { readonly: true });
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

it('deletes nothing for the size of the file once the end of the process waits', () => {
  let isHurried = false;
  const { store, path } = setUp(undefined, { maxDbSizeBytes: 2 ** 20 }, () => isHurried);
  store.append([opened()]);
  const body = Buffer.alloc(2 ** 20, '{"op":0,"d":"a long payload"} ');
  const deleted = (): unknown => rowsOf(path, 'SELECT sum(frame_count) AS n FROM pruning')[0]?.['n'];
  const fill = (from: number): void => {
    for (let no = from; no < from + 32; no += 1) {
      store.append([frame({ frameNo: no, seq: no, body })]);
      store.makeRoom();
    }
  };
  fill(1);
  const before = Number(deleted());
  isHurried = true;
  fill(33);
  expect([before > 0, deleted()]).toEqual([true, before]);
  store.close();
  expectSound(path);
});

describe('packing', () => {
  const AGE_US = 600_000_000;
  const body = Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(320_000) }));
  const old = (frameNo: number): CaptureRecord =>
    frame({ frameNo, seq: frameNo, atUs: START_US - AGE_US - 1, body });
  const blocks = (path: string): unknown => rowsOf(path, 'SELECT count(*) AS n FROM payload_block')[0]?.['n'];

  it('packs old bodies, in full blocks', () => {
    const { store, path } = setUp();
    store.append([opened(), old(1), old(2), old(3), old(4), old(5), frame({ frameNo: 6, seq: 6, body })]);
    expect([store.packOld(AGE_US), store.packOld(AGE_US), store.packOld(AGE_US)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(blocks(path)).toBe(2);
    store.close();
    expectSound(path);
  });

  it('packs nothing once the end of the process waits', () => {
    const { store, path } = setUp(undefined, {}, () => true);
    store.append([opened(), old(1), old(2), old(3)]);
    expect([store.packOld(AGE_US), blocks(path)]).toEqual([false, 0]);
  });

  it('does not wait for a file that is lost', () => {
    let waits = 0;
    const { store, path, told } = setUp(() => (waits += 1));
    store.append([opened(), old(1), old(2), old(3)]);
    rmSync(path);
    expect(store.packOld(AGE_US)).toBe(false);
    store.append([frame({ frameNo: 9, seq: 9 })]);
    expect(told).toContainEqual(expect.stringContaining('recording goes on in a new one'));
    expect(waits).toBe(0);
  });
});
