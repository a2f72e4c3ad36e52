import { describe, expect, it } from 'vitest';
import { attached, closed, facts, frame, heartbeat, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, expectSound, recordingStore, rowsOf } from '../support/stores.js';

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
