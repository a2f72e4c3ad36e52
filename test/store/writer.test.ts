import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import {
  attached,
  bareFrame,
  closed,
  facts,
  frame,
  heartbeat,
  opened,
  START_US,
} from '../support/records.js';
import { scratchFile } from '../support/scratch.js';
import { expectSound, recordingStore, rowsOf } from '../support/stores.js';

const SUMS = 'frame_count, wire_bytes, payload_bytes, first_at_us, last_at_us';

/** What the roll-ups must say, by a scan of the frames; their id ranges may be wider. */
const SCAN = (bucketUs: number): string => `
  SELECT at_us / ${bucketUs} * ${bucketUs} AS bucket, connection_id, coalesce(session_id, 0) AS session_id, type_id,
    count(*) AS frame_count, sum(iif(status = 'partial', 0, wire_bytes)) AS wire_bytes,
    coalesce(sum(payload_bytes), 0) AS payload_bytes, min(at_us) AS first_at_us, max(at_us) AS last_at_us
  FROM frame JOIN frame_type ON frame_type.id = type_id
  GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;

/** Frames that the id range of their roll-up misses. */
const MISSED = (name: string, bucketUs: number): string => `
  SELECT frame.id FROM frame LEFT JOIN ${name}_rollup AS rollup
    ON rollup.${name}_at_us = at_us / ${bucketUs} * ${bucketUs} AND rollup.connection_id = frame.connection_id
      AND rollup.session_id = coalesce(frame.session_id, 0) AND rollup.type_id = frame.type_id
      AND frame.id BETWEEN first_frame_id AND last_frame_id
  WHERE rollup.type_id IS NULL`;

/** Fails unless both roll-up tables say what a scan says, and the file is sound. */
function expectConsistent(path: string): void {
  expectSound(path);
  for (const [name, us] of [
    ['minute', 60_000_000],
    ['hour', 3_600_000_000],
  ] as const) {
    const rollups = `SELECT ${name}_at_us AS bucket, connection_id, session_id, type_id, ${SUMS} FROM ${name}_rollup`;
    expect(rowsOf(path, `${rollups} ORDER BY 1, 2, 3, 4`)).toEqual(rowsOf(path, SCAN(us)));
    expect(rowsOf(path, MISSED(name, us))).toEqual([]);
  }
}

describe('frames', () => {
  it('are written with body, bytes and dictionary', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([
      opened(),
      frame({ frameNo: 1, body: Buffer.from('{"op":0}'), wireBytes: 5, payloadBytes: 9, seq: 7 }),
      bareFrame({ frameNo: 2, status: 'control', kind: 'close', raw: Buffer.from([3, 232]), wireBytes: 2 }),
      bareFrame({ frameNo: 3, status: 'inflate_failed', kind: 'binary', raw: Buffer.from([0, 255]) }),
      bareFrame({ frameNo: 4, status: 'partial', kind: 'binary', wireBytes: 3 }),
    ]);
    expect(
      rowsOf(path, 'SELECT frame_no, sender, kind, op, op_name, event, seq, wire_bytes, payload_bytes, status, payload FROM frame_view'),
    ).toEqual([
      { frame_no: 1, sender: 'gateway', kind: 'text', op: 0, op_name: 'DISPATCH', event: 'MESSAGE_CREATE', seq: 7, wire_bytes: 5, payload_bytes: 9, status: 'ok', payload: '{"op":0}' },
      { frame_no: 2, sender: 'gateway', kind: 'close', op: null, op_name: null, event: null, seq: null, wire_bytes: 2, payload_bytes: null, status: 'control', payload: null },
      { frame_no: 3, sender: 'gateway', kind: 'binary', op: null, op_name: null, event: null, seq: null, wire_bytes: 10, payload_bytes: null, status: 'inflate_failed', payload: null },
      { frame_no: 4, sender: 'gateway', kind: 'binary', op: null, op_name: null, event: null, seq: null, wire_bytes: 3, payload_bytes: null, status: 'partial', payload: null },
    ]); // prettier-ignore
    expect(rowsOf(path, 'SELECT hex(bytes) AS hex FROM frame_bytes')).toEqual([
      { hex: '03E8' },
      { hex: '00FF' },
    ]);
    expect(store.counters()).toEqual({
      connections: 1,
      frames: 4,
      payloads: 1,
      undecodable: 1,
      gaps: 0,
      wireBytes: 17,
      payloadBytes: 9,
    });
    expectConsistent(path);
  });

  it('keep extreme values', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const bodies = ['', '{"d":"\\ud800 lone"}', '{"d":"🛰️ é"}', 'a\0b', 'x'.repeat(8 * 1024 * 1024)];
    store.append([
      opened(),
      ...bodies.map((text, index) =>
        frame({
          frameNo: index + 1,
          body: Buffer.from(text),
          seq: Number.MAX_SAFE_INTEGER,
          op: index % 2 === 0 ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER,
          event: ['', null, '\ud800', '\udfff', 'A\0B'][index] ?? null,
        }),
      ),
    ]);
    const rows = rowsOf(path, 'SELECT op, seq, event, payload, typeof(payload) AS type FROM frame_view');
    expect(rows.map((row) => row['payload'] === bodies[rows.indexOf(row)])).toEqual(bodies.map(() => true));
    expect(rows.map((row) => row['event'])).toEqual(['', null, '\ufffd', '\ufffd', 'A\0B']);
    expect(new Set(rows.map((row) => row['type']))).toEqual(new Set(['text']));
    expect(new Set(rows.map((row) => row['seq']))).toEqual(new Set([Number.MAX_SAFE_INTEGER]));
    expect(rows.map((row) => row['op'])).toEqual(
      bodies.map((_, index) => (index % 2 === 0 ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER)),
    );
    // The same half of a pair again is the same type again.
    store.append([frame({ frameNo: 9, event: '\ud801', op: Number.MIN_SAFE_INTEGER })]);
    expectConsistent(path);
  });

  it('of many batches and minutes sum up in the roll-ups', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    let frameNo = 0;
    store.append([opened(), opened({ connection: 2 })]);
    for (const size of [1, 49, 50, 51, 130]) {
      const batch = Array.from({ length: size }, () => {
        frameNo += 1;
        return frame({
          frameNo,
          connection: 1 + (frameNo % 2),
          atUs: START_US + ((frameNo * 7_777_777) % 9_000_000_000),
          event: ['MESSAGE_CREATE', 'TYPING_START', 'PRESENCE_UPDATE'][frameNo % 3] ?? null,
          wireBytes: frameNo,
        });
      });
      store.append(batch);
    }
    expect(rowsOf(path, 'SELECT count(*) AS n FROM frame JOIN payload ON frame_id = id')).toEqual([
      { n: 281 },
    ]);
    expect(store.counters().frames).toBe(281);
    expectConsistent(path);
  });
});

describe('sessions', () => {
  const login: CaptureRecord[] = [
    opened(),
    frame({ frameNo: 1, op: 10, event: null, seq: null }),
    frame({ frameNo: 2, op: 2, event: null, seq: null, sender: 'client', session: 1 }),
    attached(),
    facts({ shard: [0, 2], library: 'lib 1' }),
    frame({ frameNo: 3, event: 'READY', seq: 1, session: 1 }),
    facts({ alias: 'redacted:a', userId: '80' }),
  ];

  it('get the frames that came before they were known, at once or later', () => {
    for (const batches of [[login], login.map((record) => [record])]) {
      const path = scratchFile();
      const store = recordingStore(path);
      for (const batch of batches) store.append(batch);
      expect(rowsOf(path, 'SELECT DISTINCT session_id FROM frame')).toEqual([{ session_id: 1 }]);
      expect(
        rowsOf(path, 'SELECT alias, user_id, shard_id, shard_count, library, last_seq FROM session'),
      ).toEqual([
        { alias: 'redacted:a', user_id: '80', shard_id: 0, shard_count: 2, library: 'lib 1', last_seq: 1 },
      ]);
      expectConsistent(path);
    }
  });

  it('leave the frames of other connections alone', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), opened({ connection: 2 }), frame(), frame({ connection: 2 })]);
    store.append([frame({ frameNo: 2 }), frame({ connection: 2, frameNo: 2 }), attached()]);
    expect(rowsOf(path, 'SELECT connection_id, session_id FROM frame')).toEqual([
      { connection_id: 1, session_id: 1 },
      { connection_id: 2, session_id: null },
      { connection_id: 1, session_id: 1 },
      { connection_id: 2, session_id: null },
    ]);
    expectConsistent(path);
  });

  const resume = (session: number): CaptureRecord[] => [
    opened({ atUs: START_US + 5e9 }),
    frame({ frameNo: 1, op: 10, event: null, seq: null, atUs: START_US + 5e9 }),
    frame({ frameNo: 2, op: 6, event: null, seq: null, sender: 'client', session, atUs: START_US + 5e9 }),
    attached({ session, isResume: true, atUs: START_US + 5e9 }),
    heartbeat({ session }),
    facts({ session, alias: 'redacted:a', atUs: START_US + 5e9 }),
    frame({ frameNo: 3, event: 'RESUMED', seq: 2, session, atUs: START_US + 5e9 }),
  ];

  it('resumed in a later capture join the earlier row, at once or later', () => {
    for (const split of [false, true]) {
      const path = scratchFile();
      const first = recordingStore(path);
      first.append(login);
      first.append([closed()]);
      first.close();
      const second = recordingStore(path);
      for (const batch of split ? resume(1).map((record) => [record]) : [resume(1)]) second.append(batch);
      expect(rowsOf(path, 'SELECT * FROM session_view')).toMatchObject([
        { id: 1, alias: 'redacted:a', connection_count: 2, resume_count: 1, frame_count: 6, last_seq: 2 },
      ]);
      expect(rowsOf(path, 'SELECT DISTINCT session_id FROM frame')).toEqual([{ session_id: 1 }]);
      expect(rowsOf(path, 'SELECT session_id FROM heartbeat')).toEqual([{ session_id: 1 }]);
      expectConsistent(path);
      second.append([frame({ frameNo: 4, session: 1, seq: 3 })]);
      expect(rowsOf(path, 'SELECT last_seq FROM session')).toEqual([{ last_seq: 3 }]);
      second.close();
    }
  });
});

describe('a batch that fails', () => {
  it('leaves nothing behind, on disk or in memory', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), frame({ frameNo: 1 })]);
    const before = store.counters();
    const bad = [
      frame({ frameNo: 2, event: 'NEW_EVENT' }),
      opened({ connection: 2 }),
      frame({ connection: 2, session: 5, event: 'NEW_EVENT' }),
      attached({ connection: 1, session: 6 }),
      facts({ session: 6, alias: 'redacted:x' }),
      frame({ frameNo: 0 }), // CHECK (frame_no >= 1)
    ];
    expect(() => store.append(bad)).toThrow(/CHECK constraint/);
    expect(store.counters()).toEqual(before);
    for (const table of ['frame', 'payload', 'connection', 'frame_type']) {
      expect(rowsOf(path, `SELECT count(*) AS n FROM ${table}`), table).toEqual([{ n: 1 }]);
    }
    expect(rowsOf(path, 'SELECT count(*) AS n FROM session')).toEqual([{ n: 0 }]);

    store.append(bad.slice(0, -1));
    expect(rowsOf(path, 'SELECT id, connection_id, session_id FROM frame')).toEqual([
      { id: 1, connection_id: 1, session_id: 2 },
      { id: 2, connection_id: 1, session_id: 2 },
      { id: 3, connection_id: 2, session_id: 1 },
    ]);
    expect(store.counters()).toMatchObject({ connections: 2, frames: 3 });
    expectConsistent(path);
  });

  it('names a connection that was never opened', () => {
    const store = recordingStore(scratchFile());
    expect(() => store.append([frame({ connection: 9 })])).toThrow(/connection 9/);
    store.append([opened(), frame(), closed()]);
    expect(() => store.append([frame()])).toThrow(/connection 1/);
  });
});

describe('heartbeats, observations, gaps and closes', () => {
  it('are written', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([
      opened(),
      attached(),
      heartbeat({ session: 1 }),
      heartbeat({ ackedAtUs: null }),
      {
        type: 'observation',
        connection: 1,
        session: 1,
        frameNo: 3,
        atUs: START_US,
        name: 'seq_gap',
        detail: 'd',
      },
      { type: 'gap', connection: 1, sender: 'client', fromUs: 1, untilUs: 2, bytes: 3 },
      closed({
        closeCode: 4000,
        closeReason: 'bye',
        closedBy: 'gateway',
        relayMode: 'converged',
        convergedFrameNo: 9,
      }),
    ]);
    expect(rowsOf(path, 'SELECT session_id, acked_at_us - sent_at_us AS rtt FROM heartbeat')).toEqual([
      { session_id: 1, rtt: 40_000 },
      { session_id: null, rtt: null },
    ]);
    expect(rowsOf(path, 'SELECT frame_no, name FROM observation')).toEqual([
      { frame_no: 3, name: 'seq_gap' },
    ]);
    expect(rowsOf(path, 'SELECT sender, from_us, until_us, bytes FROM gap')).toEqual([
      { sender: 'client', from_us: 1, until_us: 2, bytes: 3 },
    ]);
    expect(
      rowsOf(
        path,
        'SELECT close_code, close_reason, closed_by, relay_mode, converged_frame_no FROM connection',
      ),
    ).toEqual([
      {
        close_code: 4000,
        close_reason: 'bye',
        closed_by: 'gateway',
        relay_mode: 'converged',
        converged_frame_no: 9,
      },
    ]);
    expect(store.counters().gaps).toBe(1);
    expectSound(path);
  });
});
