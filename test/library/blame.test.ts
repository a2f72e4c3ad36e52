/** Databases with values of kinds that no gatetape writes, read by the library: a StoreError in one line, and no bug. */
import { describe, expect, it } from 'vitest';
import { openCapture, startMockGateway, StoreError } from '../../src/index.js';
import { blameFile } from '../../src/library/blame.js';
import { compareShapes } from '../../src/library/drift.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { captureScript } from '../support/capture/script.js';

/** ETF, as its documents are kept as bytes beside the JSON. */
const CAPTURE = `
  open 1 etf
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  1 < MESSAGE_CREATE {"content":"hi"}
  end 1`;

/** A capture in which all values of a column are `value`, whatever the schema says of them. */
function damagedCapture(table: string, column: string, value: string): string {
  const path = captureScript(CAPTURE).database();
  const db = openSqlite(path);
  db.unsafeMode(true);
  db.pragma('ignore_check_constraints = ON');
  db.pragma('writable_schema = ON');
  db.exec(`CREATE TEMP TABLE original AS SELECT rowid AS at, sql FROM sqlite_schema;
    UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = '${table}'`);
  db.pragma('writable_schema = RESET');
  db.exec(`UPDATE ${table} SET ${column} = ${value}`);
  db.pragma('writable_schema = ON');
  db.exec('UPDATE sqlite_schema SET sql = (SELECT sql FROM original WHERE at = sqlite_schema.rowid)');
  db.close();
  return path;
}

describe('a damaged database', () => {
  it('is reported if bytes of frames are text', () => {
    using reader = openCapture(damagedCapture('frame_bytes', 'bytes', "'text'"));
    const ids = reader.sql('SELECT frame_id FROM frame_bytes LIMIT 1').rows;
    const id = Number([...ids][0]?.[0]);
    expect(() => reader.frameBytes(id)).toThrow(StoreError);
    expect(() => reader.frame(id)).toThrow(`is damaged (the bytes of frame ${id} are none)`);
  });

  it('is neither served nor compared if bodies are not JSON', async () => {
    const db = damagedCapture('payload', 'body', "'{'");
    await expect(startMockGateway({ session: 1, db })).rejects.toThrow(StoreError);
    await expect(compareShapes({ db }, { db })).rejects.toThrow(StoreError);
  });

  it('is named as the cause of an unexpected error; a sound one is not', () => {
    const bug = new TypeError('x is not a function');
    const db = damagedCapture('payload', 'body', "'{'");
    expect(blameFile(bug, db)).toMatchObject({ name: 'StoreError', cause: bug });
    expect(blameFile(bug, captureScript(CAPTURE).database())).toBe(bug);
  });
});
