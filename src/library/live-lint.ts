/**
 * Live lint: findings while a recorder runs, from a thread of its own that reads what was recorded.
 *
 * It never delays the recorder and never ends it: whatever goes wrong here is a line in the log.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Log } from '../host.js';
import type { LintFinding, LintSeverity } from '../lint/rule.js';
import type { FollowOrder } from './lint-follower.js';

/** A finding when it happens. */
export interface LiveFinding {
  readonly finding: LintFinding;
  /** Breaches of the same rule that were left out since the last finding: one a minute is passed on. */
  readonly leftOut: number;
}

/** What to lint while it is recorded. */
export interface LiveLintOrder extends FollowOrder {
  /** Findings of this severity and worse. */
  readonly severity: LintSeverity;
}

/** Messages of the thread. */
export type LintNotice =
  | ({ readonly type: 'finding' } & LiveFinding)
  | { readonly type: 'loss'; readonly line: string }
  | { readonly type: 'released' }
  | { readonly type: 'finished'; readonly leftOut: number; readonly isWhole: boolean };

/** Requests to the thread: to close the file, to go on in the one at a path, or to read the rest and end. */
export type LintRequest = 'release' | 'finish' | { readonly db: string };

/** Receives findings and messages for the log. */
export interface LiveLintWatcher {
  readonly onFinding: (live: LiveFinding) => void;
  readonly log: Log;
}

/** Heap of the thread, in MB: beyond it the thread ends, and recording goes on. */
const HEAP_MB = 512;

// Resolved by name, so that the sources find the compiled thread too; a worker does not run TypeScript.
const require = createRequire(import.meta.url);

/** A running thread that lints. */
export class LiveLint {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #onReleased: () => void = () => undefined;
  readonly #watcher: LiveLintWatcher;

  constructor(order: LiveLintOrder, watcher: LiveLintWatcher) {
    this.#watcher = watcher;
    const worker = new Worker(require.resolve('#lint-thread'), {
      name: 'gatetape lint',
      workerData: order,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (notice: LintNotice) => {
      if (notice.type === 'released') this.#onReleased();
      else this.#hear(notice);
    });
    worker.on('error', (error) =>
      watcher.log('warn', `lint has ended, and recording goes on: ${error.message}`, 'lint_ended'),
    );
  }

  /** Resolves when the thread has closed the file. */
  async release(): Promise<void> {
    const released = new Promise<void>((resolve) => (this.#onReleased = resolve));
    this.#ask('release');
    await Promise.race([released, this.#exited]);
  }

  /** Goes on after `release`, with the same recording in the file at `db`. */
  goOn(db: string): void {
    this.#ask({ db });
  }

  /** Resolves when the thread has read the rest of the recording, or has given up after a second. */
  async finish(): Promise<void> {
    this.#ask('finish');
    await this.#exited;
  }

  #ask(request: LintRequest): void {
    this.#worker.postMessage(request);
  }

  #hear(notice: Exclude<LintNotice, { readonly type: 'released' }>): void {
    const { onFinding, log } = this.#watcher;
    if (notice.type === 'finding') onFinding(notice);
    else if (notice.type === 'loss') log('warn', notice.line, 'lint_loss');
    else {
      if (notice.leftOut > 0)
        log('info', `lint has left out ${notice.leftOut} more like these`, 'lint_left_out');
      if (!notice.isWhole)
        log('warn', 'lint has not come to the end of the recording: run gatetape lint', 'lint_loss');
    }
  }
}
