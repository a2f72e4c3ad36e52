/** The recorder threads from outside: real workers on a real database. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { End, Handshake } from '../../src/capture/tap.js';
import { StoreError } from '../../src/errors.js';
import { systemHost } from '../../src/host.js';
import { openSqlite } from '../../src/store/sqlite.js';
import type { StartOrder } from '../../src/worker/boundary.js';
import { openReader } from '../../src/store/reader.js';
import { RecorderThreads, type ErrorPolicy } from '../../src/worker/recorder-threads.js';
import { createSecretMemory } from '../../src/worker/secret-memory.js';
import { ThreadPair } from '../../src/worker/thread-pair.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';
import { writeOrder } from '../support/steady-stores.js';
import { expectSound, rowsOf } from '../support/stores.js';
import { handshake as handshakeWith, socketBytes } from '../support/capture/tap-events.js';

const handshake = handshakeWith({ atUs: 1_760_000_000_000_000 });
const message = Buffer.from('{"t":null,"s":null,"op":11,"d":null}');
const chunk = Buffer.concat([Buffer.of(0x81, message.length), message]);

function start(log: string[] = [], onRecordError: ErrorPolicy = 'pass', decoders = 1): RecorderThreads {
  const host = systemHost((level, line) => log.push(`${level} ${line}`));
  return new RecorderThreads({ host, onOverload: 'pause', onRecordError, queueBytes: 2 ** 18, decoders });
}

/** A handshake that the types forbid simulates an unknown bug. */
const POISON = null as unknown as Handshake;

const order = (db: string): StartOrder => ({
  ...writeOrder(db),
  redaction: 'secrets',
  maxPayloadBytes: 2 ** 20,
  maxBodyBytes: 2 ** 10,
});

/** Nice values of the threads of this process, by their ids. */
function readNiceValues(): ReadonlyMap<number, number> {
  const values = new Map<number, number>();
  for (const id of readdirSync('/proc/self/task').map(Number)) {
    try {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      values.set(id, Number(stat.split(') ')[1]!.split(' ')[16]));
    } catch {
      // The thread has ended since its folder was listed.
    }
  }
  return values;
}

describe('recorder threads', () => {
  it.runIf(process.platform === 'linux')('give way to the relay, and they alone', async () => {
    const before = readNiceValues();
    const threads = start([], 'pass', 3);
    await threads.open(order(scratchFile()));
    const after = readNiceValues();
    // By their ids: threads of other tests in this process may end meanwhile, and new ids may be smaller than old ones.
    for (const [id, nice] of before) if (after.has(id)) expect(after.get(id)).toBe(nice);
    const lowered = Math.min(getPriority() + 10, 19);
    expect([...after].filter(([id, nice]) => nice === lowered && !before.has(id))).toHaveLength(2 + 3);
    await threads.close();
  });

  it('record data tapped before and after they opened, report figures, and sum up', async () => {
    const db = scratchFile();
    const threads = start();
    const connection = threads.tap.open(handshake);
    threads.tap.chunk(connection, 'gateway', handshake.atUs + 1, chunk);
    expect(threads.figures().queueBytes).toBeGreaterThan(chunk.length);
    await threads.open(order(db));
    threads.tap.chunk(connection, 'gateway', handshake.atUs + 2, chunk);
    threads.tap.end(connection, { atUs: handshake.atUs + 3, endedBy: 'client', relayMode: 'verbatim' });
    const summary = await threads.close();
    const sums = {
      connections: 1,
      frames: 2,
      payloads: 2,
      undecodable: 0,
      gaps: 0,
      unrecordedBytes: 0,
      restarts: 0,
    };
    expect(summary).toEqual({ ...sums, wireBytes: 2 * message.length, payloadBytes: 2 * message.length });
    expect(threads.figures()).toEqual({ ...summary, queueBytes: 0 });
    expect(rowsOf(db, 'SELECT mode, redaction, ended_at_us > started_at_us AS ended FROM capture')).toEqual([
      { mode: 'reverse', redaction: 'secrets', ended: 1 },
    ]);
    expect(rowsOf(db, 'SELECT count(*) AS count FROM frame')).toEqual([{ count: 2 }]);
  });

  it('make room by themselves: a relay that was asked to pause is resumed', async () => {
    const threads = start();
    await threads.open(order(scratchFile()));
    const connection = threads.tap.open(handshake);
    const many = Buffer.concat(Array.from({ length: 2000 }, () => chunk));
    let sent = 0;
    while (threads.tap.chunk(connection, 'gateway', handshake.atUs, many)) sent += 2000;
    await new Promise<void>((resolve) => threads.tap.whenDrained(resolve));
    const summary = await threads.close();
    expect(summary.frames).toBe(sent + 2000);
  });

  it('that cannot open their database say why, as the error it was', async () => {
    const db = scratchFile();
    writeFileSync(db, 'Dear diary, '.repeat(100));
    const log: string[] = [];
    const threads = start(log);
    const failure = threads.open(order(db));
    await expect(failure).rejects.toThrow(StoreError);
    await expect(failure).rejects.toMatchObject({ hint: expect.stringMatching(/\w/) as string });
    await threads.discard();
    expect(log).toEqual([]);
  });

  it('end by themselves if their database cannot be opened, so that the next ones need not wait', async () => {
    const db = scratchFile();
    writeFileSync(db, 'Dear diary, '.repeat(100));
    const nothing = (): undefined => undefined;
    const listener = {
      onRoom: nothing,
      onTrouble: nothing,
      onRecovery: nothing,
      onMoved: nothing,
      onRenamed: nothing,
      onReading: nothing,
      log: nothing,
    };
    const pair = new ThreadPair({ queueBytes: 2 ** 18, decoders: 3 }, createSecretMemory(), listener);
    await expect(pair.open(order(db), null)).rejects.toThrow(StoreError);
    expect(await pair.ended).toBeInstanceOf(StoreError);
  });

  it('that are discarded before they opened leave nothing', async () => {
    const db = scratchFile();
    const threads = start();
    await threads.discard();
    await expect(threads.open(order(db))).rejects.toThrow();
    expect(existsSync(db)).toBe(false);
  });

  it.each([
    ['recorder', 1],
    ['decoder', 3],
  ])('whose %s hits a bug start again: one capture, its connections go on, gaps', async (_, decoders) => {
    const db = scratchFile();
    const log: string[] = [];
    const threads = start(log, 'pass', decoders);
    await threads.open(order(db));
    const connection = threads.tap.open(handshake);
    threads.tap.chunk(connection, 'gateway', handshake.atUs, chunk);
    threads.tap.end(threads.tap.open({ ...handshake, atUs: handshake.atUs + 1 }), END);
    threads.tap.end(threads.tap.open(POISON), END);
    await until(() => log.length === 1);
    expect(threads.tap.chunk(connection, 'gateway', handshake.atUs + 2, chunk)).toBe(true);
    // They die again of an announced connection: first those that are open are left out, then those that have ended.
    await until(() => log.length === 8);
    const next = threads.tap.open({ ...handshake, atUs: handshake.atUs + 3 });
    threads.tap.chunk(next, 'gateway', handshake.atUs + 4, chunk);
    threads.tap.end(next, END);
    const { unrecordedBytes, ...summary } = await threads.close();
    expect(summary).toMatchObject({ restarts: 3, payloads: 2 });
    expect(unrecordedBytes).toBeGreaterThanOrEqual(chunk.length);
    expect(log).toEqual([
      expect.stringMatching(/^error recording broke off, traffic goes on without it: /),
      expect.stringMatching(
        /^warn recording goes on after [\d.]+ s: \d+ bytes have passed unrecorded so far$/,
      ),
      expect.stringMatching(/^error recording broke off, /),
      expect.stringMatching(/^warn recording broke off again at once: 1 connections/),
      expect.stringMatching(/^warn recording goes on after /),
      expect.stringMatching(/^error recording broke off, /),
      expect.stringMatching(/^warn recording broke off again at once: [12] connections/),
      expect.stringMatching(/^warn recording goes on after /),
    ]);
    expectSound(db);
    expect(rowsOf(db, 'SELECT ended_at_us IS NOT NULL AS ended FROM capture')).toEqual([{ ended: 1 }]);
    expect(rowsOf(db, 'SELECT count(*) AS n FROM connection')).toEqual([{ n: 3 }]);
    const frames =
      "SELECT count(*) AS n FROM frame JOIN frame_type ON frame_type.id = type_id WHERE status = 'ok'";
    expect(rowsOf(db, frames)).toEqual([{ n: 2 }]);
  });

  it('that are started again know what the ones before them learned to be secret', async () => {
    const db = scratchFile();
    const log: string[] = [];
    const threads = start(log);
    await threads.open(order(db));
    const token = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'notTheShape', 'ofAToken'].join('-');
    const connection = threads.tap.open(handshake);
    const identify = socketBytes('client', { op: 2, d: { token, properties: {}, intents: 0 } });
    threads.tap.chunk(connection, 'client', handshake.atUs + 1, identify);
    threads.tap.end(threads.tap.open(POISON), END);
    // They die again of the announced connection, which is left out once those that are open are.
    await until(() => log.length === 8);
    const next = threads.tap.open({ ...handshake, atUs: handshake.atUs + 3 });
    const said = socketBytes('gateway', { op: 0, t: 'X', s: 1, d: { content: `it is ${token}, says he` } });
    threads.tap.chunk(next, 'gateway', handshake.atUs + 4, said);
    threads.tap.end(next, END);
    expect((await threads.close()).restarts).toBeGreaterThan(0);
    using reader = openReader(db);
    const bodies = [...reader.frames({})].map(({ payloadText }) => String(payloadText));
    expect(bodies.filter((body) => body.includes(', says he'))).toHaveLength(1);
    expect(bodies.join('\n')).not.toContain(token);
  });

  it.each(['recorder bug', 'writer bug'])(
    'with the policy "stop" end at the first trouble (%s)',
    async (which) => {
      const db = scratchFile();
      const log: string[] = [];
      const threads = start(log, 'stop');
      await threads.open(order(db));
      if (which === 'recorder bug') threads.tap.open(POISON);
      else {
        spoil(db);
        threads.tap.chunk(threads.tap.open(handshake), 'gateway', handshake.atUs, chunk);
      }
      await threads.stopped;
      await expect(threads.close()).rejects.toMatchObject({ name: 'StoreError', exitCode: 3 });
      expect(log).toEqual([expect.stringMatching(/^error recording ends: /)]);
      expect(rowsOf(db, 'SELECT ended_at_us FROM capture')).toEqual([{ ended_at_us: null }]);
    },
  );

  it('that cannot be revived end with what they died of, and without an end of the capture', async () => {
    const db = scratchFile();
    const log: string[] = [];
    const threads = start(log);
    await threads.open(order(db));
    spoil(db);
    const connection = threads.tap.open(handshake);
    threads.tap.chunk(connection, 'gateway', handshake.atUs, chunk);
    await until(() => log.length > 0);
    expect(threads.tap.chunk(connection, 'gateway', handshake.atUs, chunk)).toBe(true);
    await expect(threads.close()).rejects.toThrow();
    expect(threads.figures()).toMatchObject({ frames: 0, unrecordedBytes: 2 * chunk.length });
    expect(log).toEqual([expect.stringMatching(/^error recording broke off, traffic goes on without it: /)]);
    expect(rowsOf(db, 'SELECT ended_at_us FROM capture')).toEqual([{ ended_at_us: null }]);
  });
});

const END: End = { atUs: handshake.atUs + 9, endedBy: 'client', relayMode: 'verbatim' };

/** What only a fault of ours could do: the next frame has a payload already, and the file cannot be opened again. */
function spoil(db: string): void {
  const other = openSqlite(db);
  other.pragma('foreign_keys = OFF');
  other.exec("INSERT INTO payload (frame_id, body) VALUES (1, '{}'); CREATE TABLE stranger (name)");
  other.close();
}
