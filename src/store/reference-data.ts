/**
 * Reference tables: opcodes and close codes, copied from the program's own tables into the database.
 *
 * They show names next to the numbers in other tools. A recorder writes them on opening the database if they differ, so
 * there is no second copy to keep in step.
 */
import { CLOSE_CODES } from '../gateway/close-codes.js';
import { OPCODES } from '../gateway/opcodes.js';
import type { Database } from './database.js';

/** Makes the tables `opcode` and `close_code` equal to this gatetape's. */
export function writeReferenceData(db: Database): void {
  const opcode = db.prepare(
    `INSERT INTO opcode (op, name, sent_by, status, description, other_names) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET name = excluded.name, sent_by = excluded.sent_by, status = excluded.status,
       description = excluded.description, other_names = excluded.other_names`,
  );
  const closeCode = db.prepare(
    `INSERT INTO close_code (code, name, description, is_reconnectable, is_resumable) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET name = excluded.name, description = excluded.description,
       is_reconnectable = excluded.is_reconnectable, is_resumable = excluded.is_resumable`,
  );
  db.transaction(() => {
    for (const row of OPCODES) {
      opcode.run(row.op, row.name, row.sentBy, row.status, row.description, JSON.stringify(row.otherNames));
    }
    for (const row of CLOSE_CODES) {
      closeCode.run(row.code, row.name, row.description, flag(row.isReconnectable), flag(row.isResumable));
    }
  }).immediate();
}

function flag(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}
