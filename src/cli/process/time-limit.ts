/**
 * Time limit: an end for work that SQLite does in one go, which nothing in its own thread can interrupt.
 *
 * better-sqlite3 is built without SQLite's progress callback. So a thread of its own waits: it says what happened and ends
 * the process by SIGTERM, which the handle bears, as it only reads. Where rows come one by one, the limit is an error.
 */
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../../errors.js';

const WHAT = 'the statement took longer than --timeout allows';
const HINT = 'look at less, or allow more time';

/** How much later than the limit the process is ended, in ms: rows that come one by one see the limit first. */
const GRACE_MS = 250;

const WATCH = `
const { workerData } = require('node:worker_threads');
setTimeout(() => {
  require('node:fs').writeSync(2, workerData.line);
  process.kill(process.pid, 'SIGTERM');
}, workerData.afterMs);`;

/** Values of `rows`, until `limitMs` have passed since the first was asked for. Throws a UsageError then. */
export function* within<T>(limitMs: number, rows: Iterable<T>): Generator<T, void> {
  const endMs = performance.now() + limitMs;
  const watch = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { afterMs: limitMs + GRACE_MS, line: `gatetape: ${WHAT}: ${HINT}\n` },
  });
  watch.unref();
  try {
    for (const row of rows) {
      if (performance.now() > endMs) throw new UsageError(WHAT, HINT);
      yield row;
    }
  } finally {
    void watch.terminate();
  }
}
