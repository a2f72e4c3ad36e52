/**
 * Lint thread: the entry point of the worker that lints while another thread records. It reads at intervals, with the lowest
 * priority, and ends with `finished` on request.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { FindingPace } from '../lint/finding-pace.js';
import { LINT_SEVERITIES } from '../lint/rule.js';
import { LOWEST_NICE_VALUE, lowerPriority } from '../worker/thread-priority.js';
import type { CompanionRequest } from './companion-thread.js';
import type { LintNotice, LiveLintOrder } from './live-lint.js';
import { LintFollower } from './lint-follower.js';

/** Time between two looks, in ms. */
const LOOK_MS = 200;
/** Time limit for reading the rest of a recording at its end, in ms. */
const REST_MS = 1000;

const order = workerData as LiveLintOrder;
const worst = LINT_SEVERITIES.slice(0, LINT_SEVERITIES.indexOf(order.severity) + 1);
const pace = new FindingPace();
const post = (notice: LintNotice): void => parentPort?.postMessage(notice);

const follower = new LintFollower(order, {
  onFinding: (finding) => {
    if (!worst.includes(finding.severity)) return;
    const leftOut = pace.take(finding.rule, performance.now());
    if (leftOut !== null) post({ type: 'finding', finding, leftOut });
  },
  onLoss: (line) => post({ type: 'loss', line }),
});

let timer: NodeJS.Timeout | null = null;

/** Reads again and again: at once if there is more. Requests are processed in between. */
function watch(): void {
  timer = setTimeout(watch, follower.look() ? 0 : LOOK_MS);
}

function finish(): void {
  const endMs = performance.now() + REST_MS;
  let hasMore = true;
  while (hasMore && performance.now() < endMs) hasMore = follower.look();
  follower.finish();
  post({ type: 'finished', leftOut: pace.countLeftOut(), isWhole: !hasMore });
}

parentPort?.on('message', (request: CompanionRequest) => {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  if (request === 'release') {
    follower.release();
    post({ type: 'released' });
    return;
  }
  if (request !== 'finish') {
    follower.moveTo(request.db);
    watch();
    return;
  }
  finish();
  parentPort?.close();
});

lowerPriority(LOWEST_NICE_VALUE);
watch();
