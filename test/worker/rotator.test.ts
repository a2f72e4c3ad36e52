/** Rotation by the writer thread: what is in which file, which files are deleted, and what happens where it cannot be done. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { LogLevel } from '../../src/host.js';
import { openReader } from '../../src/store/reader.js';
import { findRotatedName, listRotatedFiles } from '../../src/store/rotated-files.js';
import { ShipNotes } from '../../src/store/shipping/ship-notes.js';
import { openSqlite } from '../../src/store/sqlite.js';
import type { StoreHost } from '../../src/store/store.js';
import { Rotator } from '../../src/worker/rotator.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { attached, closed, facts, frame, heartbeat, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { NO_ROTATION, quietWatcher, writeOrder } from '../support/steady-stores.js';
import { expectConsistent, expectSound, rowsOf, storeHost } from '../support/stores.js';

interface Steady {
  readonly store: SteadyStore;
  readonly path: string;
  readonly told: string[];
}

function setUp(host: StoreHost = storeHost, path = scratchFile()): Steady {
  const { watcher, told } = quietWatcher();
  const store = new SteadyStore(writeOrder(path), host, watcher);
  onTestFinished(() => store.letGo());
  return { store, path, told };
}

const message = (frameNo: number, connection = 1): CaptureRecord =>
  frame({ connection, frameNo, seq: frameNo, session: 1, atUs: START_US + frameNo });

const BEGINNING: readonly CaptureRecord[] = [
  opened(),
  attached({ session: 1 }),
  facts({ session: 1, alias: 'redacted:0123456789abcdef', userId: '42', shard: [1, 2] }),
  message(1),
  message(2),
];

describe('a rotated store', () => {
  it('has every record in one of two sound files, and a new row for what goes on', () => {
    const { store, path, told } = setUp();
    store.append([...BEGINNING, opened({ connection: 2, atUs: START_US + 1 }), closed({ connection: 2 })]);
    const file = store.rotate() ?? '';
    store.append([
      message(3),
      heartbeat({ session: 1, sentAtUs: START_US, ackedAtUs: START_US + 9 }),
      opened({ connection: 3, atUs: START_US + 10 }),
      message(1, 3),
      closed(),
    ]);
    expect(store.counters()).toMatchObject({ connections: 3, frames: 4, gaps: 0, lostBytes: 0 });
    store.close();
    for (const each of [file, path]) {
      expectSound(each);
      expectConsistent(each);
      expect(rowsOf(each, 'SELECT * FROM gap')).toEqual([]);
    }
    const frames = 'SELECT frame_no, connection_id, session_id FROM frame ORDER BY id';
    expect(rowsOf(file, frames).map((row) => row['frame_no'])).toEqual([1, 2]);
    expect(rowsOf(path, frames)).toEqual([
      { frame_no: 3, connection_id: 1, session_id: 1 },
      { frame_no: 1, connection_id: 2, session_id: 1 },
    ]);
    const who = 'SELECT alias, user_id, shard_id, last_seq FROM session';
    expect(rowsOf(path, who)).toEqual([{ ...rowsOf(file, who)[0], last_seq: 3 }]);
    expect(rowsOf(path, 'SELECT opened_at_us, closed_at_us FROM connection WHERE id = 1')).toEqual([
      { opened_at_us: START_US, closed_at_us: closed().atUs },
    ]);
    expect(rowsOf(file, 'SELECT closed_at_us FROM connection ORDER BY id')).toEqual([
      { closed_at_us: null },
      { closed_at_us: closed().atUs },
    ]);
    expect(rowsOf(path, 'SELECT key FROM placeholder_key')).toEqual(
      rowsOf(file, 'SELECT key FROM placeholder_key'),
    );
    expect(
      rowsOf(file, 'SELECT ended_at_us NOTNULL AS ended, put_aside_as FROM capture JOIN rotation'),
    ).toEqual([{ ended: 1, put_aside_as: basename(file) }]);
    expect(rowsOf(path, 'SELECT continues_file, put_aside_as FROM rotation')).toEqual([
      { continues_file: basename(file), put_aside_as: null },
    ]);
    expect(told).toEqual([]);
  });

  it('loses only what its last file had, if that is lost', () => {
    const { store, path } = setUp();
    store.append(BEGINNING);
    store.rotate();
    store.append([message(3)]);
    renameSync(path, `${path}.moved`);
    store.lookAfter();
    store.append([message(4)]);
    expect(store.counters()).toMatchObject({ frames: 3, gaps: 1 });
    expect(rowsOf(path, 'SELECT frames FROM gap')).toEqual([{ frames: 1 }]);
    store.close();
  });

  it('leaves the file to a reader that has it open', () => {
    const { store, path } = setUp();
    store.append(BEGINNING);
    using reader = openReader(path);
    expect([...reader.frames({})]).toHaveLength(2);
    const file = store.rotate() ?? '';
    store.append([message(3)]);
    expect([...reader.frames({})]).toHaveLength(2);
    expectSound(file);
    store.close();
    expectSound(path);
    expect(rowsOf(path, 'SELECT frame_no FROM frame')).toEqual([{ frame_no: 3 }]);
  });

  it('goes on in the same file where that cannot be renamed, says so, and can be rotated later', () => {
    const path = scratchFile();
    let calls = -Infinity;
    // The time of the end is read after the new name was found to be free.
    const nowUs = (): number => {
      calls += 1;
      if (calls === 2) mkdirSync(findRotatedName(path, START_US));
      return START_US;
    };
    const { store, told } = setUp({ ...storeHost, nowUs }, path);
    store.append(BEGINNING);
    calls = 0;
    expect(store.rotate()).toBeNull();
    expect(told).toEqual([expect.stringMatching(/^warn: the database .+ is not renamed: /)]);
    store.append([message(3)]);
    expect(store.counters()).toMatchObject({ frames: 3, gaps: 0, connections: 1 });
    expect(rowsOf(path, 'SELECT ended_at_us, put_aside_as FROM capture JOIN rotation')).toEqual([
      { ended_at_us: null, put_aside_as: null },
    ]);
    const file = store.rotate() ?? '';
    expect(rowsOf(file, 'SELECT frame_no FROM frame')).toHaveLength(3);
    store.close();
  });

  it('makes way for another recorder, goes on with the same capture under another name, and can come back', () => {
    const { store, path, told } = setUp();
    store.append(BEGINNING);
    expect(store.makeWay()).toMatch(/capture\.\d{8}T\d{9}Z\.sqlite$/);
    expect(existsSync(path)).toBe(false);
    store.append([message(3)]);
    // What the other one has begun.
    writeFileSync(path, 'begun');
    expect(store.moveBack()).toBe(path);
    expect(readFileSync(`${path}.set-aside-1`, 'utf8')).toBe('begun');
    store.append([message(4)]);
    expect(rowsOf(path, 'SELECT put_aside_as FROM rotation')).toEqual([{ put_aside_as: null }]);
    const again = store.makeWay() ?? '';
    const other = new SteadyStore({ ...writeOrder(path), after: again }, storeHost, quietWatcher().watcher);
    expect(other.placeholderKey).toEqual(store.placeholderKey);
    other.append([opened(), frame({ frameNo: 5, seq: 5 })]);
    store.append([message(6)]);
    // The name belongs to the other one now, and no file that is recorded into is one of those that may be deleted.
    expect(store.moveBack()).toBeNull();
    expect(told).toEqual([expect.stringContaining('another gatetape is writing to')]);
    expect(listRotatedFiles(path)).toEqual([]);
    store.append([message(7), closed()]);
    store.close();
    other.close();
    expect(listRotatedFiles(path)).toEqual([again]);
    const frames = (each: string): unknown[] =>
      rowsOf(each, 'SELECT frame_no FROM frame').map((row) => row['frame_no']);
    expect([frames(again), frames(path)]).toEqual([[1, 2, 3, 4, 6, 7], [5]]);
    for (const each of [again, path]) expectConsistent(each);
    expect(rowsOf(again, 'SELECT ended_at_us NOTNULL AS ended FROM capture')).toEqual([{ ended: 1 }]);
    expect(rowsOf(path, 'SELECT continues_file FROM rotation')).toEqual([
      { continues_file: basename(again) },
    ]);
  });

  it('is rotated before the next batch when it is asked to, or too large or too old, once', () => {
    let nowUs = START_US;
    const { store, path } = setUp({ ...storeHost, nowUs: () => nowUs });
    store.append(BEGINNING);
    const rotated: (string | null)[] = [];
    let isAsked = false;
    const rotator = (limit: Partial<typeof NO_ROTATION>): Rotator =>
      new Rotator({
        store,
        order: { ...NO_ROTATION, ...limit },
        takeRequest: () => (isAsked ? 'rotate' : null),
        onRenamed: (file) => rotated.push(file),
        log: () => undefined,
      });
    rotator({ ageUs: 1000 }).step(0);
    rotator({ bytes: 2 ** 40 }).step(0);
    expect(rotated).toEqual([]);
    nowUs += 1000;
    const old = rotator({ ageUs: 1000 });
    old.step(0);
    old.step(1);
    expect(rotated).toHaveLength(1);
    rotator({ bytes: 1 }).step(0);
    isAsked = true;
    rotator({}).step(0);
    expect(rotated).toHaveLength(3);
    expect(listRotatedFiles(path)).toEqual(rotated);
    store.close();
  });

  it('keeps as many files as its order says, and every file that is not one of its own', () => {
    const { store, path } = setUp();
    const log: string[] = [];
    const folder = dirname(path);
    const stem = basename(path, '.sqlite');
    const rotator = new Rotator({
      store,
      order: { ...NO_ROTATION, keep: 2 },
      takeRequest: () => 'rotate',
      onRenamed: () => undefined,
      log: (level: LogLevel, line) => log.push(`${level}: ${line}`),
    });
    store.append(BEGINNING);
    rotator.step(0);
    const [first = ''] = listRotatedFiles(path);
    // The user's: a copy under another name, a text, a database of another program, a file with another ending.
    const own = ['19990101T000000000Z', '19990102T000000000Z', '19990103T000000000Z'].map((time) =>
      join(folder, `${stem}.${time}.sqlite`),
    );
    copyFileSync(first, own[0]!);
    writeFileSync(own[1]!, 'notes');
    openSqlite(own[2]!).exec('CREATE TABLE mine (x)').close();
    writeFileSync(`${own[0]!}.bak`, '');
    for (const frameNo of [3, 4, 5]) {
      store.append([message(frameNo)]);
      rotator.step(0);
    }
    expect(listRotatedFiles(path)).toHaveLength(2);
    for (const file of [...own, `${own[0]!}.bak`]) expect(existsSync(file)).toBe(true);
    expect(log.filter((line) => line.includes('was deleted'))).toHaveLength(2);
    const left = listRotatedFiles(path).flatMap((file) => rowsOf(file, 'SELECT frame_no FROM frame'));
    expect(left).toEqual([{ frame_no: 4 }, { frame_no: 5 }]);
    store.close();
  });
});

describe('a rotator beside which files are shipped', () => {
  it('deletes none of them until there are ten too many, and says what was not shipped', () => {
    const { store, path } = setUp();
    const log: string[] = [];
    const rotator = new Rotator({
      store,
      order: { ...NO_ROTATION, keep: 2, shipped: { hasFrames: true, hasBodies: false } },
      takeRequest: () => 'rotate',
      onRenamed: () => undefined,
      log: (level: LogLevel, line, event) => log.push(`${level} ${event}: ${line}`),
    });
    store.append(BEGINNING);
    rotator.step(0);
    const [first = ''] = listRotatedFiles(path);
    const frames = rowsOf(first, 'SELECT * FROM frame').length;
    for (let frameNo = 3; frameNo <= 13; frameNo += 1) {
      store.append([message(frameNo)]);
      rotator.step(0);
    }
    expect(listRotatedFiles(path)).toHaveLength(12);
    // All of the second file is on a server, but for a tier that is not asked for.
    const second = listRotatedFiles(path)[1] ?? '';
    const notes = new ShipNotes(second);
    for (const tier of ['rollups', 'frames'] as const) {
      const { version, untilFrameId } = notes.begin('a fleet', tier);
      notes.commit('a fleet', tier, version, { throughId: untilFrameId, throughChangeId: 0 });
    }
    notes.close();
    for (const frameNo of [14, 15]) {
      store.append([message(frameNo)]);
      rotator.step(0);
    }
    store.close();
    expect(log.filter((line) => line.includes('was deleted'))).toEqual([
      `warn rotated_file_unshipped: ${first} was deleted, as --keep 2 says: ${frames} of its frames were not shipped`,
      `info rotated_file_deleted: ${second} was deleted, as --keep 2 says`,
    ]);
  });
});

describe('names of rotated files', () => {
  it('sort by time, whatever the clock does', () => {
    const path = scratchFile();
    const names: string[] = [];
    for (const atUs of [START_US, START_US + 5_000_000, START_US - 3_600_000_000, START_US]) {
      const name = findRotatedName(path, atUs);
      writeFileSync(name, '');
      names.push(name);
    }
    expect([...names].sort()).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    expect(basename(names[0]!)).toMatch(/\.20260801T000000000Z\.sqlite$/);
  });
});
