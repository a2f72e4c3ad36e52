import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { openReader } from '../../src/store/reader.js';
import { attached, closed, facts, frame, heartbeat, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, recordingStore, rowsOf } from '../support/stores.js';

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

  it('are one for each IDENTIFY, whatever their alias, and a RESUME in a later capture joins the last', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append(login);
    const again = login.map((record) =>
      'connection' in record
        ? {
            ...record,
            connection: 2,
            ...('session' in record ? { session: record.session === null ? null : 2 } : {}),
          }
        : { ...record, ...(record.type === 'session_facts' ? { session: 2 } : {}) },
    ) as CaptureRecord[];
    store.append(again);
    store.close();
    const later = recordingStore(path);
    later.append(resume(1));
    expect(rowsOf(path, 'SELECT id, alias, connection_count, resume_count FROM session_view')).toEqual([
      { id: 1, alias: 'redacted:a', connection_count: 1, resume_count: 0 },
      { id: 2, alias: 'redacted:a', connection_count: 2, resume_count: 1 },
    ]);
    expectConsistent(path);
  });

  it('are not resumed by a RESUME that was refused, at once or later', () => {
    for (const split of [false, true]) {
      const path = scratchFile();
      const store = recordingStore(path);
      store.append(login);
      const refused: CaptureRecord[] = [
        opened({ connection: 2 }),
        frame({ connection: 2, frameNo: 1, op: 6, event: null, seq: null, sender: 'client', session: 1 }),
        attached({ connection: 2, isResume: true }),
        frame({ connection: 2, frameNo: 2, op: 9, event: null, seq: null, session: 1 }),
        { type: 'session_refused', connection: 2, session: 1, atUs: START_US },
      ];
      for (const batch of split ? refused.map((record) => [record]) : [refused]) store.append(batch);
      expect(rowsOf(path, 'SELECT connection_count, resume_count, frame_count FROM session_view')).toEqual([
        { connection_count: 1, resume_count: 0, frame_count: 5 },
      ]);
      expectConsistent(path);
    }
  });

  it('get the frames of a connection that ended before, where it was for them', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append(login);
    const turnedAway = { connection: 2, op: 7, event: null, seq: null };
    store.append([
      opened({ connection: 2 }),
      frame({ ...turnedAway, frameNo: 1 }),
      closed({ connection: 2 }),
    ]);
    store.append([
      opened({ connection: 3 }),
      frame({ connection: 3, frameNo: 1, op: 6, event: null, seq: null, sender: 'client', session: 1 }),
      attached({ connection: 3, isResume: true }),
      { type: 'session_returned', connection: 2, session: 1, atUs: START_US },
    ]);
    expect(rowsOf(path, 'SELECT DISTINCT session_id FROM frame')).toEqual([{ session_id: 1 }]);
    expectConsistent(path);
    store.close();
    const reader = openReader(path);
    onTestFinished(() => reader.close());
    expect([...reader.sessionSteps(1)].filter(({ type }) => type === 'close')).toMatchObject([
      { connectionId: 2 },
    ]);
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
