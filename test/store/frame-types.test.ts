import type Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { FrameTypes } from '../../src/store/frame-types.js';
import { migrate } from '../../src/store/migrate.js';
import { bareFrame, frame } from '../support/capture/records.js';
import { openForTest } from '../support/stores.js';

function dictionary(): { db: Sqlite.Database; types: FrameTypes; count: () => unknown } {
  const db = openForTest();
  migrate(db, 'x', () => 0);
  return {
    db,
    types: new FrameTypes(db),
    count: () => db.prepare('SELECT count(*) FROM frame_type').pluck().get(),
  };
}

describe('frame types', () => {
  it('tell apart whatever differs in sender, kind, status, opcode or event', () => {
    const { types, count } = dictionary();
    const frames = [
      frame(),
      frame({ sender: 'client' }),
      frame({ kind: 'binary' }),
      frame({ event: 'READY' }),
      frame({ event: null }),
      frame({ event: '' }),
      frame({ op: -1, event: null }),
      bareFrame({ status: 'partial' }),
      bareFrame({ status: 'not_json' }),
    ];
    const ids = frames.map((record) => types.of(record).id);
    expect(new Set(ids).size).toBe(frames.length);
    expect(frames.map((record) => types.of(record).id)).toEqual(ids);
    expect(types.of(frame({ frameNo: 7, seq: 9, wireBytes: 1 })).id).toBe(ids[0]);
    expect(count()).toBe(frames.length);
  });

  it('are found again by another dictionary, and after forgetting', () => {
    const { db, types, count } = dictionary();
    const { id } = types.of(frame());
    expect(new FrameTypes(db).of(frame())).toMatchObject({
      id,
      status: 'ok',
      op: 0,
      event: 'MESSAGE_CREATE',
    });
    types.forget();
    expect(types.of(frame()).id).toBe(id);
    expect(count()).toBe(1);
  });

  it('stay bounded if a peer invents event names', () => {
    const { db, types, count } = dictionary();
    db.exec('BEGIN');
    const { id } = types.of(frame());
    for (let i = 0; i < 20_001; i++) types.of(frame({ event: `E${i}` }));
    expect(types.of(frame()).id).toBe(id);
    expect(types.of(frame({ event: 'E20000' })).id).toBe(20_002);
    expect(count()).toBe(20_002);
  });
});
