/**
 * Demo: the whole loop on this machine, with no network and no token.
 *
 *   tape ─► scripted gateway ◄── recorder ◄── client          recorded
 *           database ─► mock gateway ◄─────── same client     replayed, and compared
 *
 * The database stays for the user to look at, unless the demo was stopped.
 */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { systemHost } from '../host.js';
import { serveRecordings } from '../mock/server.js';
import { Mask, VOLATILE_RULES } from '../replay/compare/mask.js';
import { diffPayloads, type Diff, type DiffItem } from '../replay/compare/payload-diff.js';
import type { Recording } from '../replay/recording.js';
import { parseTape } from '../replay/tape/tape.js';
import { APPLICATION_ID } from '../store/own-file.js';
import { loadSqlite, openSqlite } from '../store/sqlite.js';
import { guarded } from '../store/store-error.js';
import { findClient, type Addresses, type ClientKind } from './demo-client.js';
import { startMockGateway } from './mock.js';
import { startRecorder, type Summary } from './record.js';

const TAPE = new URL('../../tapes/demo.tape.ndjson', import.meta.url);
const FREE_LOOPBACK = { host: '127.0.0.1', port: 0 } as const;
/** Pace of the scripted gateway: quick, but slow enough for meaningful rates. */
const SPEED = 8;
/**
 * A client's first heartbeat comes after a random part of it, so that few fall into the demo's two seconds; a longer
 * one is a fault of a gateway (rule gw-hello-interval).
 */
const HEARTBEAT_INTERVAL_MS = 120_000;

/** Completed steps of the demo, in their order. */
export type DemoStep =
  | { readonly type: 'gateway' | 'recorder' | 'mock'; readonly url: string }
  | { readonly type: 'live' | 'replayed'; readonly client: string; readonly dispatches: number }
  | { readonly type: 'recorded'; readonly summary: Summary }
  | { readonly type: 'compared'; readonly diff: Diff };

/**
 * Records into a new database at `db`, replays it and compares. Throws the reason of `stop` when it aborts; the database
 * is removed then. Throws a UsageError if `db` is a file that gatetape did not make.
 */
export async function* playDemo(db: string, stop: AbortSignal): AsyncGenerator<DemoStep, void> {
  removeDatabase(db);
  const tape = parseTape(readFileSync(TAPE, 'utf8'), 'the demo tape');
  try {
    const client = await findClient(tape);
    const live = yield* recordTape(client, tape, db, stop);
    const replayed = yield* replayDatabase(client, db, live.at(-1)?.seq ?? 0, stop);
    yield { type: 'compared', diff: diffPayloads(live, replayed, new Mask(VOLATILE_RULES)) };
  } finally {
    if (stop.aborted) removeDatabase(db);
  }
}

/** Plays the tape to the client through a recorder, and returns the dispatches that the client got. */
async function* recordTape(
  client: ClientKind,
  tape: Recording,
  db: string,
  stop: AbortSignal,
): AsyncGenerator<DemoStep, readonly DiffItem[]> {
  await using gateway = await serveRecordings([tape], {
    host: systemHost(),
    listen: FREE_LOOPBACK,
    speed: SPEED,
    heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
  });
  yield { type: 'gateway', url: gateway.gatewayUrl };
  await using recorder = await startRecorder({
    listen: FREE_LOOPBACK,
    upstream: gateway.gatewayUrl,
    api: gateway.apiUrl,
    db,
  });
  yield { type: 'recorder', url: recorder.gatewayUrl };
  const dispatches = await playClient(client, recorder, findLastSeq(tape), stop);
  yield { type: 'live', client: client.name, dispatches: dispatches.length };
  yield { type: 'recorded', summary: await recorder.close() };
  return dispatches;
}

/** Plays the recording to the same client. */
async function* replayDatabase(
  client: ClientKind,
  db: string,
  lastSeq: number,
  stop: AbortSignal,
): AsyncGenerator<DemoStep, readonly DiffItem[]> {
  await using mock = await startMockGateway({ session: 'latest', db, speed: 'max', listen: FREE_LOOPBACK });
  yield { type: 'mock', url: mock.gatewayUrl };
  const dispatches = await playClient(client, mock, lastSeq, stop);
  yield { type: 'replayed', client: client.name, dispatches: dispatches.length };
  return dispatches;
}

/** Connects the client, and returns the dispatches that it got up to a sequence number. */
async function playClient(
  client: ClientKind,
  addresses: Addresses,
  lastSeq: number,
  stop: AbortSignal,
): Promise<readonly DiffItem[]> {
  const connected = await client.connect(addresses);
  try {
    return await connected.until(lastSeq, stop);
  } finally {
    await connected.close();
  }
}

function findLastSeq({ steps }: Recording): number {
  return Math.max(0, ...steps.map((step) => (step.type === 'payload' ? (step.payload.s ?? 0) : 0)));
}

/** Removes the database at `path` with its log and lock. Throws a UsageError if it is neither empty nor made by gatetape. */
export function removeDatabase(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const isEmpty = stat.isFile() && stat.size === 0;
  if (!isEmpty && readApplicationId(path) !== APPLICATION_ID) {
    throw new UsageError(`${path} is not a database of gatetape`, 'move it out of the way');
  }
  for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(path + suffix, { force: true });
}

/** Application id of the database at `path`; null if it is not a readable database. */
function readApplicationId(path: string): unknown {
  guarded(path, loadSqlite);
  try {
    const db = openSqlite(path, { readonly: true });
    try {
      return db.pragma('application_id', { simple: true });
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}
