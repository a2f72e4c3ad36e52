/** The nice value of a thread, as Linux reports it. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const MODULE = new URL('../../dist/worker/thread-priority.js', import.meta.url).href;

/** A thread that lowers its priority twice, and reports its nice value before, between and after. */
const PROGRAM = `
import { readFileSync, readlinkSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { lowerPriority } from ${JSON.stringify(MODULE)};
const niceOf = (path) => Number(readFileSync(path, 'utf8').split(') ')[1].split(' ')[16]);
const own = '/proc/' + readlinkSync('/proc/thread-self') + '/stat';
const before = niceOf(own);
lowerPriority();
const once = niceOf(own);
lowerPriority();
parentPort.postMessage([before, once, niceOf(own)]);`;

const niceOfMain = (): number =>
  Number(readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]);

describe('lowering the priority', () => {
  it.runIf(process.platform === 'linux')(
    'is relative to what the process was given, has an end, and affects the calling thread only',
    async () => {
      const main = niceOfMain();
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`));
      // At the end of a thread its messages and its exit can come in the same turn.
      const exited = once(worker, 'exit');
      expect(await once(worker, 'message')).toEqual([
        [main, Math.min(main + 10, 19), Math.min(main + 20, 19)],
      ]);
      expect(niceOfMain()).toBe(main);
      await exited;
    },
  );
});
