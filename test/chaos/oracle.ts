/** Holds what the files of a recording have against what was sent, what had arrived, and what was said to be committed. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '../../src/store/sqlite.js';
import { runProgram, type Program } from './program.js';
import type { Lane, Leg } from './traffic.js';

/** How a recording ended, as far as this process knows. */
export interface End {
  /** When; `performance.now()`. */
  readonly atMs: number;
  readonly lanes: readonly Lane[];
  /** Last committed frame of each file, by its inode. */
  readonly acknowledged: ReadonlyMap<number, number>;
  /** Whether bytes can be missing in the middle, each in a gap. */
  readonly hasGaps?: boolean;
  /** Whether the oldest frames may have been deleted to make room, as the table `pruning` says. */
  readonly isPruned?: boolean;
}

/** What was found. */
export interface Verdict {
  /** Broken promises; empty if all are kept. */
  readonly faults: string[];
  /** Messages that had arrived at the other side and are in no file. */
  readonly lost: number;
  /** How long before the end the oldest of them had arrived; 0 if none is lost. */
  readonly oldestLostMs: number;
}

/** Recorded messages of a leg: their numbers, in order. */
interface Rows {
  /** The first message that was not deleted. */
  first: number;
  readonly numbers: number[];
  readonly frames: number[];
  gaps: number;
}

type Sender = 'client' | 'gateway';

/** Databases in `folder`, those that were put aside first, in their order. */
export function listDatabases(folder: string): string[] {
  const byAge = (one: string, other: string): number =>
    one.length === other.length ? one.localeCompare(other) : other.length - one.length;
  const names = readdirSync(folder).filter((name) => name.endsWith('.sqlite'));
  return names.sort(byAge).map((name) => join(folder, name));
}

/** Compares the newest capture of each file in `folder` with the traffic. */
export function judgeRecording(folder: string, end: End): Verdict {
  const faults: string[] = [];
  const rows = new Map<string, Rows>();
  const seen = new Set<number>();
  for (const file of listDatabases(folder)) {
    const { ino } = statSync(file);
    seen.add(ino);
    const last = readRows(file, rows);
    const promised = end.acknowledged.get(ino) ?? 0;
    if (last < promised) faults.push(`frames up to ${promised} were committed, but the last one is ${last}`);
  }
  if (end.isPruned === true) faults.push(...passDeleted(folder, rows));
  for (const inode of end.acknowledged.keys()) if (!seen.has(inode)) faults.push('a file is gone');
  let lost = 0;
  let oldestLostMs = 0;
  for (const { number, isCompressed, fromGateway, fromClient } of end.lanes) {
    for (const [sender, leg] of [
      ['gateway', fromGateway],
      ['client', fromClient],
    ] as const) {
      const found = rows.get(`${number} ${sender}`) ?? { first: 0, numbers: [], frames: [], gaps: 0 };
      faults.push(
        ...findHoles(found, sender, end.hasGaps === true).map((hole) => `lane ${number}, ${sender}: ${hole}`),
      );
      // A gap hides how many messages are in it: of such a leg only the end is judged.
      const recorded = end.hasGaps === true ? countUpTo(found) : found.first + found.numbers.length;
      if (recorded > leg.sent)
        faults.push(`lane ${number}: ${recorded} messages of the ${sender}, ${leg.sent} were sent`);
      // Nothing on a compressed leg is decoded after a gap.
      if (end.hasGaps === true && isCompressed && sender === 'gateway') continue;
      // Nor is it known how much of a leg was deleted that has no row.
      if (end.isPruned === true && found.numbers.length === 0) continue;
      lost += Math.max(0, countArrived(leg, end.atMs) - recorded);
      oldestLostMs = Math.max(oldestLostMs, end.atMs - (leg.arrivedAtMs[recorded] ?? Infinity));
    }
  }
  return { faults, lost, oldestLostMs };
}

function countArrived({ arrivedAtMs }: Leg, atMs: number): number {
  const later = arrivedAtMs.findIndex((time) => time > atMs);
  return later === -1 ? arrivedAtMs.length : later;
}

/** Number of the last message, as the traffic counts: HELLO and IDENTIFY are the first. */
function countUpTo({ numbers }: Rows): number {
  return (numbers.at(-1) ?? -1) + 1;
}

/** Begins each leg at its first row; as many messages must be away as were deleted. */
function passDeleted(folder: string, rows: ReadonlyMap<string, Rows>): string[] {
  let deleted = 0;
  for (const file of listDatabases(folder)) {
    const db = openAsAnyTool(file);
    deleted += Number(db.prepare('SELECT coalesce(sum(frame_count), 0) FROM pruning').pluck().get());
    db.close();
  }
  let away = 0;
  let hasEmptyLeg = false;
  for (const leg of rows.values()) {
    leg.first = leg.numbers[0] ?? 0;
    away += leg.first;
    hasEmptyLeg ||= leg.numbers.length === 0;
  }
  // Of a leg without a row it is not known how many were deleted.
  const agrees = away === deleted || (hasEmptyLeg && away < deleted);
  return agrees ? [] : [`${away} messages are away, and ${deleted} were deleted`];
}

/** Messages have the numbers 0, 1, 2 …: HELLO and IDENTIFY have none and are 0. */
function findHoles({ first, numbers, frames, gaps }: Rows, sender: Sender, mayHaveGaps: boolean): string[] {
  const faults: string[] = [];
  const wrong = numbers.findIndex((number, index) => number !== first + index);
  const backwards = numbers.findIndex((number, index) => index > 0 && number <= numbers[index - 1]!);
  if (!mayHaveGaps && wrong !== -1)
    faults.push(`message ${numbers[wrong]} is in the place of ${first + wrong}`);
  if (!mayHaveGaps && gaps > 0) faults.push(`${gaps} gaps`);
  if (backwards !== -1) faults.push(`message ${numbers[backwards]} is after ${numbers[backwards - 1]}`);
  if (mayHaveGaps && wrong !== -1 && gaps === 0) faults.push(`message ${wrong} is missing, without a gap`);
  if (sender === 'gateway' && frames.some((frame, index) => index > 0 && frame <= frames[index - 1]!))
    faults.push('frame numbers do not rise');
  return faults;
}

/** Adds the rows of the newest capture, by lane and sender; returns the last frame of the file. */
function readRows(file: string, rows: Map<string, Rows>): number {
  const db = openAsAnyTool(file);
  try {
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'frame'").get() === undefined) return 0;
    const capture = db.prepare('SELECT max(id) FROM capture').pluck().get();
    const connections = db
      .prepare('SELECT id, path FROM connection WHERE capture_id = ? ORDER BY id')
      .all(capture);
    for (const { id, path } of connections as { id: number; path: string }[]) {
      for (const sender of ['gateway', 'client'] as const) {
        const key = `${/lane=(\d+)/.exec(path)?.[1] ?? ''} ${sender}`;
        const found = rows.get(key) ?? { first: 0, numbers: [], frames: [], gaps: 0 };
        rows.set(key, found);
        const messages = db.prepare(
          `SELECT frame_no AS frame, coalesce(seq, iif(op = 1, body ->> '$.d', 0)) AS number
           FROM frame JOIN frame_type ON frame_type.id = type_id LEFT JOIN payload ON payload.frame_id = frame.id
           WHERE connection_id = ? AND sender = ? AND status = 'ok' ORDER BY frame.id`,
        );
        for (const row of messages.iterate(id, sender) as IterableIterator<{
          frame: number;
          number: number;
        }>) {
          found.numbers.push(row.number);
          found.frames.push(row.frame);
        }
        const gaps = db.prepare('SELECT count(*) FROM gap WHERE connection_id = ? AND sender = ?').pluck();
        found.gaps += Number(gaps.get(id, sender));
      }
    }
    return Number(db.prepare('SELECT max(id) FROM frame').pluck().get());
  } finally {
    db.close();
  }
}

/** Gaps of the newest file lie in the time of the fault, and their sums are those of the line at the end. */
export function judgeGaps(
  folder: string,
  { stopped }: Program,
  { fromUs, untilUs }: { readonly fromUs: number; readonly untilUs: number },
): string[] {
  const db = openSqlite(listDatabases(folder).at(-1)!, { readonly: true });
  const gaps = db.prepare('SELECT from_us AS fromUs, until_us AS untilUs, bytes FROM gap').all() as {
    fromUs: number;
    untilUs: number;
    bytes: number;
  }[];
  db.close();
  const bytes = gaps.reduce((sum, gap) => sum + gap.bytes, 0);
  const faults = gaps
    .filter((gap) => gap.untilUs < gap.fromUs || gap.fromUs < fromUs || gap.untilUs > untilUs)
    .map((gap) => `a gap from ${gap.fromUs} to ${gap.untilUs}, and the fault from ${fromUs} to ${untilUs}`);
  if (stopped?.['gaps'] !== gaps.length || stopped['unrecordedBytes'] !== bytes)
    faults.push(`${gaps.length} gaps of ${bytes} bytes, and the last line says ${JSON.stringify(stopped)}`);
  return faults;
}

/** A file that was being changed when its program was killed, or its disk full, needs a writer, which takes that back. */
export function openAsAnyTool(file: string): ReturnType<typeof openSqlite> {
  const db = openSqlite(file, { readonly: true });
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code !== 'SQLITE_READONLY_ROLLBACK') throw error;
    return openSqlite(file);
  }
}

/** What `check` has to say against the files, or those with frames that were `acknowledged`; empty if they are sound. */
export async function findUnsound(
  folder: string,
  acknowledged?: ReadonlyMap<number, number>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const file of listDatabases(folder)) {
    if (acknowledged?.has(statSync(file).ino) === false) continue;
    const check = await runProgram(['check', '--db', file]);
    if (check.process.exitCode !== 0) faults.push(`check: ${check.stdout}${check.stderr}`.slice(0, 600));
  }
  return faults;
}

/** What is wrong with how a run ended: with a stack, or in a way that no command ends. */
export function findUnorderly({
  process: { exitCode, signalCode },
  stderr,
}: {
  readonly process: { readonly exitCode: number | null; readonly signalCode: string | null };
  readonly stderr: string;
}): string[] {
  const isOrderly = exitCode === 0 || exitCode === 2 || exitCode === 3;
  const faults = isOrderly ? [] : [`ended with ${exitCode ?? signalCode}: ${stderr.slice(0, 900)}`];
  if (/^\s+at .*:\d+:\d+/m.test(stderr)) faults.push(`a stack: ${stderr.slice(-600)}`);
  return faults;
}
