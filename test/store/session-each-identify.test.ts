/** Databases of a time when every IDENTIFY that was given the same session_id was one session, brought up to date. */
import { describe, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../src/store/migrate.js';
import { openReader } from '../../src/store/reader.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { openStore } from '../../src/store/store.js';
import { checkDatabase } from '../../src/store/upkeep/check.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, rowsOf, storeHost } from '../support/stores.js';

const HOUR = 3_600_000_000;

/** One frame of the old file, and the words of its payload. */
type OldFrame = readonly [
  connection: number,
  atUs: number,
  sender: string,
  op: number,
  event: string | null,
  seq: number | null,
  d?: object,
];

/** A file with the schema before the split, all of whose frames are of session 1. */
function oldDatabase(
  frames: readonly OldFrame[],
  links: readonly (readonly [connection: number, atUs: number, isResume: number])[],
): string {
  const path = scratchFile();
  const db = openSqlite(path);
  migrate(db, path, () => 1, readMigrations().slice(0, 5));
  db.pragma('foreign_keys = OFF');
  db.exec(`INSERT INTO capture (id, started_at_us, mode, upstream, api, redaction) VALUES (1, 0, 'reverse', 'wss://u', 'https://a', 'secrets');
    INSERT INTO session (id, alias, started_at_us, user_id, library, intents, last_seq, token_alias)
    VALUES (1, 'redacted:of-the-token', 10, '80', 'last', 7, 9, 'redacted:token'), (2, 'redacted:other', 5, '81', NULL, NULL, 1, NULL)`);
  for (const id of new Set(frames.map(([connection]) => connection))) {
    db.prepare(
      `INSERT INTO connection (id, capture_id, opened_at_us, path, upstream_url, is_client_tls, is_upstream_tls, upgrade_status, encoding, compress)
      VALUES (?, 1, 0, '/', 'wss://u', 0, 0, 101, 'json', 'none')`,
    ).run(id);
  }
  frames.forEach(([connection, atUs, sender, op, event, seq, d = {}], index) => {
    const type = db.prepare(
      'INSERT INTO frame_type (sender, kind, status, op, event) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    type.run(sender, 'text', 'ok', op, event);
    const typeId = db
      .prepare('SELECT id FROM frame_type WHERE sender = ? AND op = ? AND event IS ?')
      .pluck()
      .get(sender, op, event);
    const id = index + 1;
    db.prepare('INSERT INTO frame VALUES (?, ?, 1, ?, ?, ?, ?, 10, 20)').run(
      id,
      connection,
      typeId,
      id,
      atUs,
      seq,
    );
    db.prepare('INSERT INTO payload VALUES (?, ?)').run(id, JSON.stringify({ op, t: event, s: seq, d }));
    for (const [name, us] of [
      ['minute', 60_000_000],
      ['hour', HOUR],
    ] as const) {
      db.prepare(
        `INSERT INTO ${name}_rollup VALUES (?, ?, 1, ?, 1, 10, 20, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET frame_count = frame_count + 1,
        wire_bytes = wire_bytes + 10, payload_bytes = payload_bytes + 20, last_at_us = excluded.last_at_us, last_frame_id = excluded.last_frame_id`,
      ).run(atUs - (atUs % us), connection, typeId, atUs, atUs, id, id);
    }
  });
  for (const link of links)
    db.prepare(
      'INSERT INTO session_connection (session_id, connection_id, at_us, is_resume) VALUES (1, ?, ?, ?)',
    ).run(...link);
  db.exec(`INSERT INTO heartbeat (connection_id, session_id, sent_at_us) VALUES (1, 1, 30), (2, 1, ${HOUR + 60});
    INSERT INTO observation (connection_id, session_id, frame_no, at_us, name, detail) VALUES (2, 1, 1, ${HOUR + 50}, 'x', 'x')`);
  db.close();
  return path;
}

const says = (browser: string): object => ({ properties: { browser }, intents: browser.length });

describe('sessions that an older version merged', () => {
  it('are split by the migration, with their frames, sums and facts', () => {
    const path = oldDatabase(
      [
        [1, 9, 'gateway', 10, null, null],
        [1, 10, 'client', 2, null, null, says('first')],
        [1, 20, 'gateway', 0, 'READY', 1],
        [2, HOUR + 40, 'gateway', 10, null, null],
        [1, HOUR + 41, 'gateway', 0, 'MESSAGE_CREATE', 2],
        [2, HOUR + 50, 'client', 2, null, null, says('second')],
        [2, HOUR + 51, 'gateway', 0, 'READY', 1],
        [1, HOUR + 52, 'gateway', 0, 'MESSAGE_CREATE', 3],
        [3, HOUR + 60, 'client', 6, null, null],
        [3, HOUR + 61, 'gateway', 9, null, null],
        [3, HOUR + 70, 'client', 2, null, null, says('third')],
        [3, HOUR + 71, 'gateway', 0, 'READY', 1],
      ],
      [
        [1, 10, 0],
        [2, HOUR + 50, 0],
        [3, HOUR + 60, 1],
        [3, HOUR + 70, 0],
      ],
    );

    expect(() => openReader(path)).toThrow('schema version 5');
    openStore(path, storeHost).close();
    expect(rowsOf(path, 'SELECT * FROM session ORDER BY id')).toMatchObject([
      {
        id: 1,
        alias: 'redacted:of-the-token',
        started_at_us: 10,
        user_id: '80',
        library: 'first',
        intents: 5,
        last_seq: 3,
      },
      { id: 2, alias: 'redacted:other', library: null, last_seq: 1 },
      {
        id: 3,
        alias: 'redacted:of-the-token',
        started_at_us: HOUR + 50,
        library: 'second',
        intents: 6,
        last_seq: 1,
      },
      {
        id: 4,
        alias: 'redacted:of-the-token',
        started_at_us: HOUR + 70,
        library: 'third',
        token_alias: 'redacted:token',
      },
    ]);
    expect(
      rowsOf(path, 'SELECT session_id AS session, group_concat(id) AS frames FROM frame GROUP BY 1'),
    ).toEqual([
      { session: 1, frames: '1,2,3,5,8' },
      { session: 3, frames: '4,6,7,9,10' },
      { session: 4, frames: '11,12' },
    ]);
    expect(rowsOf(path, 'SELECT session_id FROM session_connection ORDER BY id')).toEqual(
      [1, 3, 3, 4].map((session_id) => ({ session_id })),
    );
    expect(rowsOf(path, 'SELECT session_id FROM heartbeat')).toEqual([{ session_id: 1 }, { session_id: 3 }]);
    expect(rowsOf(path, 'SELECT session_id FROM observation')).toEqual([{ session_id: 3 }]);
    expectConsistent(path);
    expect(checkDatabase(path).faults).toEqual([]);
  });

  it('stay one session if it was resumed', () => {
    const resumed = oldDatabase(
      [
        [1, 10, 'client', 2, null, null, says('only')],
        [1, 20, 'gateway', 0, 'READY', 1],
        [2, HOUR + 50, 'client', 6, null, null],
        [2, HOUR + 51, 'gateway', 0, 'RESUMED', 2],
      ],
      [
        [1, 10, 0],
        [2, HOUR + 50, 1],
      ],
    );
    openStore(resumed, storeHost).close();
    expect(rowsOf(resumed, 'SELECT count(*) AS count FROM session')).toEqual([{ count: 2 }]);
    expect(
      rowsOf(
        resumed,
        'SELECT id, connection_count, resume_count, frame_count FROM session_view WHERE id = 1',
      ),
    ).toEqual([{ id: 1, connection_count: 2, resume_count: 1, frame_count: 4 }]);
    expectConsistent(resumed);
  });
});
