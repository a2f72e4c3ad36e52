/** That the space for new objects stays small, in a process of its own: V8's flags are those of a whole process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MODULE = new URL('../../../dist/cli/process/steady-heap.js', import.meta.url);
const cwd = fileURLToPath(new URL('../../..', import.meta.url));

/** What a thread takes for new objects, in MB, once 300,000 of them outlive it. */
const MEASURE = `
  const kept = Array.from({ length: 3e5 }, (_, index) => ({ index, list: [index] }));
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  const takenMb = space.space_size / 2 ** 20 + (kept.length > 0 ? 0 : 1);`;
const WORKER = `
  const { getHeapSpaceStatistics } = require('node:v8');
  const { parentPort } = require('node:worker_threads');
  parentPort.once('message', () => {${MEASURE} parentPort.postMessage(takenMb); });
  parentPort.postMessage('ready');`;
const MAIN = `
  import { once } from 'node:events';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { Worker } from 'node:worker_threads';
  const START = async () => {
    const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 12 } });
    await once(worker, 'message');
    return worker;
  };
  const worker = await (RUN);
  worker.postMessage('measure');
  const [threadMb] = await once(worker, 'message');
  await worker.terminate();
  ${MEASURE}
  console.log(JSON.stringify({ takenMb, threadMb }));`;

async function taken(run: string): Promise<{ readonly takenMb: number; readonly threadMb: number }> {
  const script = `import { withSteadyHeap } from ${JSON.stringify(MODULE)};${MAIN.replace('RUN', run)}`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    { cwd },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Awaited<ReturnType<typeof taken>>;
}

it('the young generation keeps its size, in the process and in its threads', async () => {
  const { takenMb, threadMb } = await taken('withSteadyHeap(START)');
  expect(takenMb).toBeLessThanOrEqual(4);
  expect(threadMb).toBeLessThanOrEqual(8);
  // What it is there for: V8 by itself takes several times as much.
  expect((await taken('START()')).takenMb).toBeGreaterThan(8);
});
