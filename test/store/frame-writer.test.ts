import { describe, expect, it } from 'vitest';
import { bareFrame, frame, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, recordingStore, rowsOf } from '../support/stores.js';

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
      lostBytes: 0,
      wireBytes: 17,
      payloadBytes: 9,
    });
    expectConsistent(path);
  });

  it('show in the view what a payload is about', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const bodies = [
      '{"t":"MESSAGE_CREATE","s":1,"op":0,"d":{"guild_id":"1","channel_id":"2","author":{"id":"3"},"nonce":"4"}}',
      '{"t":"GUILD_CREATE","s":2,"op":0,"d":{"id":"5"}}',
      '{"t":"THREAD_CREATE","s":3,"op":0,"d":{"id":"6","guild_id":"7"}}',
      '{"t":"PRESENCE_UPDATE","s":4,"op":0,"d":{"user":{"id":"8"}}}',
      '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}',
      '{"t":null,"s":null,"op":9,"d":false}',
    ];
    store.append([
      opened(),
      ...bodies.map((text, index) => {
        const { op, t } = JSON.parse(text) as { op: number; t: string | null };
        return frame({ frameNo: index + 1, body: Buffer.from(text), op, event: t });
      }),
    ]);
    const columns = 'guild_id, channel_id, user_id, nonce, heartbeat_interval_ms';
    expect(
      rowsOf(path, `SELECT ${columns} FROM frame_view ORDER BY id`).map((row) => Object.values(row)),
    ).toEqual([
      ['1', '2', '3', '4', null],
      ['5', null, null, null, null],
      ['7', '6', null, null, null],
      [null, null, '8', null, null],
      [null, null, null, null, 41250],
      [null, null, null, null, null],
    ]);
    expect(rowsOf(path, "SELECT guild_id FROM frame_view WHERE channel_id = '6'")).toEqual([
      { guild_id: '7' },
    ]);
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
