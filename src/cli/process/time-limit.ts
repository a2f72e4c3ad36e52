/**
 * Time limit for a statement, which its own thread cannot interrupt while SQLite executes it.
 *
 * better-sqlite3 is built without SQLite's progress callback. So another thread waits, prints the error and ends the
 * process by SIGTERM, which is safe because the handle only reads. Between two rows, the limit is an exception.
 */
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../../errors.js';

const WHAT = 'the statement took longer than --timeout allows';
const HINT = 'look at less, or allow more time';

/** Time after the limit when the process is ended, in ms, so that the exception between two rows comes first. */
const GRACE_MS = 250;

const WATCH = `
const { workerData } = require('node:worker_threads');
setTimeout(() => {
  require('node:fs').writeSync(2, workerData.line);
  process.kill(process.pid, 'SIGTERM');
}, workerData.afterMs);`;

/** Values of `rows`, until `limitMs` have passed since the first was asked for. Then it throws a UsageError. */
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
