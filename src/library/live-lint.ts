/**
 * Live lint: findings while a recorder runs, from a thread of its own. Whatever goes wrong there is a line in the log.
 */
import type { Log } from '../host.js';
import type { LintFinding, LintSeverity } from '../lint/rule.js';
import { CompanionThread, type Released } from './companion-thread.js';
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
  | Released
  | { readonly type: 'finished'; readonly leftOut: number; readonly isWhole: boolean };

/** Receives findings and messages for the log. */
export interface LiveLintWatcher {
  readonly onFinding: (live: LiveFinding) => void;
  readonly log: Log;
}

/** Starts a thread that lints. */
export function startLiveLint(order: LiveLintOrder, watcher: LiveLintWatcher): CompanionThread<LintNotice> {
  return new CompanionThread({
    name: 'lint',
    order,
    hear: (notice) => hear(notice, watcher),
    onEnded: ({ message }) =>
      watcher.log('warn', `lint has ended, and recording goes on: ${message}`, 'lint_ended'),
  });
}

function hear(notice: Exclude<LintNotice, Released>, { onFinding, log }: LiveLintWatcher): void {
  if (notice.type === 'finding') onFinding(notice);
  else if (notice.type === 'loss') log('warn', notice.line, 'lint_loss');
  else {
    if (notice.leftOut > 0)
      log('info', `lint has left out ${notice.leftOut} more like these`, 'lint_left_out');
    if (!notice.isWhole)
      log('warn', 'lint has not come to the end of the recording: run gatetape lint', 'lint_loss');
  }
}
