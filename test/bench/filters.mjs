/**
 * Filters over a large database: how soon the first frame of a narrow one is there, and how fast bodies are searched.
 *
 *   node test/bench/fill-database.mjs FILE 10000000 100 700 && node test/bench/filters.mjs FILE
 *
 * A search is compared with SQLite reading the same bodies alone, in the same run. Seconds are of the processor, as the
 * machine may have other work. Uses the built program: run `npm run build` first.
 */
import console from 'node:console';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import Sqlite from 'better-sqlite3';
import { openReader } from '../../dist/store/reader.js';

const NARROW = [
  'event:GUILD_AUDIT_LOG_ENTRY_CREATE shard:3',
  'session:5 event:INVITE_CREATE',
  'op:HEARTBEAT connection:latest',
  'since:2026-08-01T12:00 until:2026-08-01T12:01 event:MESSAGE_CREATE d.x:!5',
  'id:9000000..9000100 "xxx"',
];
const WIDE = ['deploy', '/deploy(ed|ing)?/i', 'd.content:~deploy*'];

/** What `work` returns, and the seconds of the processor and of the clock that it took. */
function timed(work) {
  const [cpu, atMs] = [process.cpuUsage(), performance.now()];
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, cpuS: (user + system) / 1e6, clockS: (performance.now() - atMs) / 1e3 };
}

const [path] = process.argv.slice(2);
for (const filter of NARROW) {
  const { result, clockS, cpuS } = timed(() => {
    const reader = openReader(path);
    for (const { id } of reader.frames({ filter })) return id;
    return null;
  });
  console.log(
    `first frame of ${filter}: ${(clockS * 1e3).toFixed(0)} ms (${(cpuS * 1e3).toFixed(0)} ms of CPU), id ${result}`,
  );
}
const db = new Sqlite(path, { readonly: true });
const alone = timed(() => db.prepare('SELECT count(*), sum(length(body)) FROM payload').raw().get());
db.close();
const rate = (seconds) => Math.round(alone.result[0] / seconds);
const show = (name, { cpuS, clockS }) =>
  console.log(
    `${name}: ${rate(cpuS)} bodies a second of CPU (${rate(clockS)} by the clock), ${(alone.cpuS / cpuS).toFixed(2)} of SQLite alone`,
  );
show('SQLite alone', alone);
for (const filter of WIDE) {
  show(
    filter,
    timed(() => {
      const reader = openReader(path);
      return [...reader.frames({ filter })].length;
    }),
  );
}
