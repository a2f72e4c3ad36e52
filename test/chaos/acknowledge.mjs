/**
 * Preloaded into the program: after each commit writes, to a pipe that outlives the process, which file it was and the
 * last frame in it. CHAOS_CHECKPOINT_PAGES makes checkpoints as frequent as a test needs them, and CHAOS_SIZE_WEIGHT is what a
 * byte of the file counts against `--max-db-size`, whose least value is far above a test's files. CHAOS_THREAD names a recording
 * thread, such as `writer`, of which the newest ends at once when SIGURG comes.
 */
import { statSync, writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import BetterSqlite from 'better-sqlite3';

const PIPE = 3;
const pages = process.env.CHAOS_CHECKPOINT_PAGES;
const mortal = process.env.CHAOS_THREAD;
const seen = new WeakSet();

if (threads.isMainThread) {
  const { Worker } = threads;
  let newest;
  threads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, { ...options, execArgv: ['--import', import.meta.url] });
      if (options.name === `gatetape ${mortal}`) newest = this;
    }
  };
  if (mortal !== undefined) process.on('SIGURG', () => newest.terminate());
  syncBuiltinESMExports();
}

const { exec, prepare } = BetterSqlite.prototype;
const weight = process.env.CHAOS_SIZE_WEIGHT;
// What `--max-db-size` counts (src/store/upkeep/retention.ts).
const USED_BYTES = '(page_count - freelist_count) * page_size';
if (weight !== undefined) {
  BetterSqlite.prototype.prepare = function (sql) {
    return prepare.call(this, sql.replace(USED_BYTES, `${USED_BYTES} * ${weight}`));
  };
}
BetterSqlite.prototype.exec = function (sql) {
  const result = exec.call(this, sql);
  if (sql === 'COMMIT') acknowledge(this);
  return result;
};

function acknowledge(db) {
  const last = db.prepare('SELECT max(id) FROM frame').pluck().get() ?? 0;
  const file = statSync(db.name, { throwIfNoEntry: false });
  if (file !== undefined) writeSync(PIPE, `${file.ino} ${last}\n`);
  if (pages === undefined || seen.has(db)) return;
  seen.add(db);
  exec.call(db, `PRAGMA wal_autocheckpoint = ${pages}`);
}
