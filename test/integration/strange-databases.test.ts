/**
 * Two hundred databases from a stranger, seeded: flipped, cut and filled pages, values of the wrong kind, numbers without
 * measure, bodies that are none. Every command ends in an answer or in one clear line, and never in a bug.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.js';
import { compact } from '../../src/store/upkeep/upkeep.js';
import { busyCapture } from '../support/capture/busy.js';
import { runHere } from '../support/command-line.js';
import { exchange } from '../support/capture/records.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { storeRecords } from '../support/stores.js';

/** Numbers from 0 to 1, the same for a seed (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

type Random = ReturnType<typeof numbersFrom>;

const ODD_VALUES = [
  'NULL',
  "'text'",
  "x'00ff'",
  '1.5',
  '-1',
  '0',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '1e300',
  "''",
  "'{'",
  "'[]'",
  "'null'",
  `'${'['.repeat(3000)}${']'.repeat(3000)}'`,
  `'{"op":0,"d":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}'`,
  "CAST(x'7bff7d' AS TEXT)",
];

function pick<T>(values: readonly T[], random: Random): T {
  return values[random(values.length)]!;
}

/** Puts values into columns that the schema would not take there, and leaves the schema as it was. */
function setOddValues(path: string, random: Random): void {
  const db = openSqlite(path);
  db.unsafeMode(true);
  const columns = db
    .prepare<[], { table: string; column: string }>(
      `SELECT tables.name AS "table", columns.name AS "column" FROM pragma_table_list AS tables
         JOIN pragma_table_info(tables.name) AS columns
       WHERE tables.schema = 'main' AND tables.type = 'table' AND tables.strict AND tables.name <> 'migration'`,
    )
    .all();
  db.pragma('foreign_keys = OFF');
  db.pragma('ignore_check_constraints = ON');
  db.pragma('writable_schema = ON');
  db.exec(`CREATE TEMP TABLE original AS SELECT rowid AS at, sql FROM sqlite_schema;
    UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, ') STRICT', ')'),
      'INTEGER NOT NULL', 'INTEGER'), 'TEXT NOT NULL', 'TEXT'), 'BLOB NOT NULL', 'BLOB')
    WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'`);
  db.pragma('writable_schema = RESET');
  for (let count = 1 + random(3); count > 0; count--) {
    const { table, column } = pick(columns, random);
    const where = random(2) === 0 ? '' : ` WHERE rowid % 2 = ${random(2)}`;
    try {
      db.exec(
        `UPDATE ${table} SET ${column} = ${pick(ODD_VALUES, random)}${table.endsWith('rollup') ? '' : where}`,
      );
    } catch {
      // Two rows of one key, or a key of another kind: SQLite keeps that out itself.
    }
  }
  db.pragma('writable_schema = ON');
  db.exec('UPDATE sqlite_schema SET sql = (SELECT sql FROM temp.original WHERE at = sqlite_schema.rowid)');
  db.close();
}

function damageBytes(path: string, random: Random): void {
  let bytes = Buffer.from(readFileSync(path));
  for (let count = 1 + random(6); count > 0; count--) {
    const at = random(8) === 0 ? random(200) : random(bytes.length);
    const damage = [
      () => (bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))),
      () => (bytes[at] = random(256)),
      () => bytes.fill(pick([0, 0xff, 0x7f, 0x80], random), at, at + random(64)),
      () => bytes.copyWithin(at, random(bytes.length), random(bytes.length)),
      () =>
        bytes.writeUInt32BE(
          pick([0xffffffff, 0x7fffffff, 0x10000000], random),
          Math.min(at, bytes.length - 4),
        ),
      () => (bytes = random(4) === 0 ? bytes.subarray(0, Math.max(100, at)) : bytes),
      () => bytes.write(pick(['SELECT', 'CREATE VIEW', '{"', '\u0000', '"]'], random), at),
    ];
    pick(damage, random)();
  }
  writeFileSync(path, bytes);
}

function commands(path: string, random: Random): readonly (readonly string[])[] {
  const db = ['--db', path];
  const all = [
    ['stats', ...db],
    ['stats', '--by', 'minute,session', ...db],
    ['sessions', '--format', 'json', ...db],
    ['sessions', ...db],
    ['connections', ...db],
    ['frames', '--format', 'ndjson', ...db],
    ['frames', '--session', 'latest', ...db],
    ['show', 'latest', ...db],
    ['show', '3', ...db],
    ['http', ...db],
    ['opcodes', ...db],
    ['sql', 'SELECT * FROM frame_view', ...db],
    ['export', '--session', 'latest', ...db],
    ['export', '--as', 'jsonl', ...db],
    ['export', '--as', 'har', ...db],
    ['export', '--as', 'csv', ...db],
    ['prune', '--older-than', '2026-09-01', '--dry-run', ...db],
    ['drift', '1', 'latest', ...db],
    ['replay', '--session', 'latest', '--speed', 'max', '--patience', '100ms', ...db],
    ['check', '--quick', ...db],
  ];
  return [pick(all, random), pick(all, random), ['check', ...db]];
}

/** Bytes of a database, made once. */
function once(make: () => string): () => Buffer {
  let bytes: Buffer | null = null;
  return () => (bytes ??= readFileSync(make()));
}

const small = once(() => {
  return storeRecords([exchange(), exchange({ status: null, fault: 'no_answer' })], sampleCapture());
});
const packed = once(() => {
  const path = scratchFile();
  busyCapture(path, { isEtf: true });
  Array.from(compact(path, { nowUs: () => 0 }));
  return path;
});

const KNOWN = [0, 1, 2, 3];
const FILES = 200;
const PARTS = 4;

describe('malformed databases', () => {
  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    'give an answer or a one-line error in every command (part %i)',
    async (part) => {
      const folder = dirname(scratchFile());
      // The most that the process has had, which other files may have raised before.
      const peakBefore = process.resourceUsage().maxRSS;
      for (let seed = part; seed < FILES; seed += PARTS) {
        const random = numbersFrom(seed);
        const path = join(folder, `${seed}.sqlite`);
        writeFileSync(path, seed % 3 === 0 ? packed() : small());
        if (seed % 2 === 0) damageBytes(path, random);
        else setOddValues(path, random);
        for (const args of commands(path, random)) {
          const { exitCode, stderr } = await runHere(args);
          expect(KNOWN, `seed ${seed}: ${args.join(' ')}\n${stderr}`).toContain(exitCode);
          if (Number(exitCode) >= 2)
            expect(stderr, `seed ${seed}: ${args.join(' ')}`).toMatch(/^gatetape: [^\n]+\n$/);
        }
        rmSync(path);
      }
      expect(process.resourceUsage().maxRSS - peakBefore).toBeLessThan(1024 * 1024);
    },
  );
});
