import { describe, expect, it } from 'vitest';
import { OPCODES } from '../../src/gateway/opcodes.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { openStore } from '../../src/store/store.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf, storeHost } from '../support/stores.js';

describe('reference data', () => {
  it('puts the opcode table into the database, and corrects it', () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const db = openSqlite(path);
    db.exec("UPDATE opcode SET name = 'WRONG' WHERE op = 10");
    db.close();
    openStore(path, storeHost).close();
    expect(rowsOf(path, 'SELECT op, name FROM opcode')).toEqual(
      OPCODES.map(({ op, name }) => ({ op, name })),
    );
    expect(rowsOf(path, 'SELECT name, is_resumable FROM close_code WHERE code = 4004')).toEqual([
      { name: 'AUTHENTICATION_FAILED', is_resumable: 0 },
    ]);
  });
});
