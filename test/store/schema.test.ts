import { readFileSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { FRAME_STATUSES } from '../../src/capture/columns.js';
import { openReader } from '../../src/store/reader.js';
import { openStore } from '../../src/store/store.js';
import { closed } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { openForTest, recordingStore, rowsOf, storeHost } from '../support/stores.js';
import { TWO_SHARDS } from '../support/capture/samples.js';

const readme = readFileSync(new URL('../../migrations/README.md', import.meta.url), 'utf8');

function schema(): Sqlite.Database {
  const path = scratchFile();
  openStore(path, storeHost).close();
  return openForTest(path);
}

describe('migrations/README.md', () => {
  it('names every table, view and column', () => {
    const db = schema();
    const names = db
      .prepare<[], string>(
        `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'
         UNION SELECT column.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS column WHERE t.type = 'table'`,
      )
      .pluck()
      .all();
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every status', () => {
    expect(FRAME_STATUSES.filter((status) => !readme.includes(`\`${status}\``))).toEqual([]);
  });
});

describe('the schema', () => {
  it('takes every status, and no other', () => {
    const db = schema();
    const insert = db.prepare(
      "INSERT INTO frame_type (sender, kind, status, op) VALUES ('client', 'text', ?, ?)",
    );
    for (const status of FRAME_STATUSES) insert.run(status, status === 'ok' ? 1 : null);
    expect(() => insert.run('fine', null)).toThrow(/CHECK/);
    expect(() => insert.run('partial', 1)).toThrow(/CHECK/);
    expect(() => insert.run('ok', 1)).toThrow(/UNIQUE/);
  });

  it('has no index on the table of frames', () => {
    const db = schema();
    const indexed = db
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('frame', 'payload', 'frame_bytes')",
      )
      .all();
    expect(indexed).toEqual([]);
  });

  it('is strict in every table', () => {
    const db = schema();
    const loose = db
      .prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    expect(loose).toEqual([]);
  });
});

describe('the views', () => {
  it('say what the lists of sessions and connections say', () => {
    const path = scratchFile();
    recordingStore(path).append([
      ...TWO_SHARDS,
      closed({ connection: 2, closeCode: 4004, closeReason: 'no', closedBy: 'gateway' }),
    ]);
    using reader = openReader(path);
    const sessions = rowsOf(path, 'SELECT * FROM session_view');
    expect(sessions).toHaveLength(2);
    for (const [index, session] of reader.sessions().entries()) {
      expect(sessions[index]).toMatchObject({
        id: session.id,
        alias: session.sessionAlias,
        connection_count: session.connections,
        resume_count: session.resumes,
        frame_count: session.frames,
        close_code: session.closeCode,
        last_seq: session.lastSeq,
      });
    }
    const connections = rowsOf(path, 'SELECT * FROM connection_view');
    expect(connections.map((row) => row['close_name'])).toContain('AUTHENTICATION_FAILED');
    for (const [index, connection] of reader.connections().entries()) {
      expect(connections[index]).toMatchObject({
        id: connection.id,
        session_id: connection.sessionId,
        encoding: connection.transport.encoding,
        closed_by: connection.closedBy,
        frame_count: connection.frames,
        wire_bytes: connection.wireBytes,
        payload_bytes: connection.payloadBytes,
      });
    }
  });

  it('name opcode and event of every frame', () => {
    const path = scratchFile();
    recordingStore(path).append(TWO_SHARDS);
    using reader = openReader(path);
    const views = rowsOf(
      path,
      'SELECT id, sender, kind, op, op_name, event, seq, status, payload FROM frame_view',
    );
    const frames = [...reader.frames()].map(
      ({ id, sender, kind, op, opName, event, seq, status, payloadText }) => ({
        ...{ id, sender, kind, op, op_name: opName, event, seq, status, payload: payloadText },
      }),
    );
    expect(views).toEqual(frames);
  });
});
