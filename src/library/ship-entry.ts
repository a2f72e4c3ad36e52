/**
 * Ship thread: the entry point of the worker that copies to a fleet what other threads record. It gives way to everything
 * else, and ends with `finished` on request.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LOWEST_NICE_VALUE, lowerPriority } from '../worker/thread-priority.js';
import type { CompanionRequest } from './companion-thread.js';
import type { ShipNotice, ShipWork } from './live-ship.js';
import { RecorderLoad } from './recorder-load.js';
import { ShipFollower } from './ship-follower.js';

/** Time between two reports of the figures, in ms. */
const REPORT_MS = 2_000;

const post = (notice: ShipNotice): void => parentPort?.postMessage(notice);
const { order, load } = workerData as ShipWork;
const follower = new ShipFollower(
  order,
  (level, line, event) => post({ type: 'log', level, line, event }),
  new RecorderLoad(load),
);
const report = (): void => post({ type: 'figures', figures: follower.figures() });
const timer = setInterval(report, REPORT_MS);

async function answer(request: CompanionRequest): Promise<void> {
  if (request === 'release') {
    await follower.release();
    post({ type: 'released' });
  } else if (request === 'finish') {
    clearInterval(timer);
    post({ type: 'finished', figures: await follower.finish() });
    parentPort?.close();
  } else follower.moveTo(request.db);
}

parentPort?.on('message', (request: CompanionRequest) => void answer(request));
lowerPriority(LOWEST_NICE_VALUE);
follower.start();
