/** The follower: what it says of a capture while that is recorded is what lint says of it afterwards. */
import { renameSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lintCapture, type LintFinding } from '../../src/library/lint.js';
import { LintFollower } from '../../src/library/lint-follower.js';
import { openStore, type CaptureStore } from '../../src/store/store.js';
import {
  LINT_EPOCH_US,
  playbookRecords,
  READY_LINES,
  readPlaybook,
  storePlaybook,
} from '../support/lint-playbook.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, recordingStore, storeHost } from '../support/stores.js';

/** Breaches of every kind of event: frames, closes, ends, REST calls, deadlines, and one connection beside another. */
const LINES = [
  '0 call GET /v10/gateway/bot 200 {} {"shards":1,"session_start_limit":{"total":1000,"remaining":9,"reset_after":90000000,"max_concurrency":1}}',
  ...READY_LINES,
  '1 > op 11',
  '1.5 call POST /v10/channels/1/messages 429 {} {"retry_after":5}',
  '2 call POST /v10/channels/1/messages 200',
  '2.5 < beat',
  '3 > close 1000',
  '3.1 < close 1000',
  '3.2 end client 1000',
  '4 #2 open',
  '4.1 #2 < hello',
  '4.2 #2 > resume {"seq":1}',
  '4.3 #2 < invalid false',
  '4.5 #2 end client -',
  '9 #3 open',
  '9.1 #3 < hello',
  '9.2 #3 > identify',
  '9.5 #3 < ready {"session_id":"session-2"}',
  '11 #4 open {"upgradeStatus":502}',
  '11.1 #4 end proxy -',
  '90 #3 < message_create 2',
  '91 #3 gap',
  '92 #3 < message_create 9',
  '93 #3 > op 11',
];

const describeAll = (findings: readonly LintFinding[]): readonly string[] =>
  findings
    .map(({ rule, severity, connectionId, frameIds, message }) =>
      JSON.stringify({ rule, severity, connectionId, frameIds, message }),
    )
    .sort();

/** A follower of `db`, with what it has said. */
function follow(db: string) {
  const findings: LintFinding[] = [];
  const losses: string[] = [];
  const follower = new LintFollower(
    { db, thresholds: {} },
    { onFinding: (finding) => findings.push(finding), onLoss: (line) => losses.push(line) },
  );
  return { follower, findings, losses };
}

const lookAtAll = (follower: LintFollower): void => {
  while (follower.look());
};

describe('a follower', () => {
  const records = playbookRecords(readPlaybook(LINES));

  it('says what lint says, in whatever pieces the recording comes', async () => {
    const { findings } = await lintCapture({ db: storePlaybook(LINES) });
    // Equal findings come one by one here.
    const expected = describeAll(findings);
    expect(findings.map(({ count }) => count)).toEqual(findings.map(() => 1));
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: records.length - 1 }), {
      maxLength: records.length,
    });
    fc.assert(
      fc.property(cuts, (places) => {
        const db = scratchFile();
        const store = recordingStore(db);
        const { follower, findings: seen, losses } = follow(db);
        lookAtAll(follower);
        const bounds = [0, ...places.sort((one, other) => one - other), records.length];
        for (const [index, from] of bounds.slice(0, -1).entries()) {
          store.append(records.slice(from, bounds[index + 1]));
          lookAtAll(follower);
        }
        follower.release();
        store.close();
        lookAtAll(follower);
        follower.finish();
        expect(describeAll(seen)).toEqual(expected);
        expect(losses).toEqual([]);
      }),
      { numRuns: 12, examples: [[records.slice(1).map((_, index) => index + 1)]] },
    );
  });

  it('reads a long recording in parts', () => {
    const db = scratchFile();
    const store = recordingStore(db);
    const many = Array.from(
      { length: 2500 },
      (_, index) => `${1 + index / 1000} < message_create ${index + 2}`,
    );
    store.append(playbookRecords(readPlaybook([...READY_LINES, ...many, '5 > op 11'])));
    const { follower, findings } = follow(db);
    const looks = [follower.look(), follower.look(), follower.look()];
    expect(looks).toEqual([true, true, false]);
    expect(findings.map(({ rule }) => rule)).toContain('tx-receive-only');
    follower.release();
  });

  it('says of an end what it knows, though nothing else is recorded after it', () => {
    const { follower, findings, store } = begin([...READY_LINES]);
    store.append(playbookRecords(readPlaybook(['1 end client -'])));
    // What came before an end is read after it has been seen.
    expect([follower.look(), findings]).toEqual([false, []]);
    lookAtAll(follower);
    expect(findings.map(({ rule, firstAtUs }) => [rule, firstAtUs])).toEqual([
      ['cl-no-frame', LINT_EPOCH_US + 1_000_000],
    ]);
    follower.release();
  });

  it('begins again where the recording goes on in a new file, having read the rest of the old one', () => {
    const { db, follower, findings, losses, store } = begin([...READY_LINES]);
    store.append(playbookRecords(readPlaybook(['1 > op 11'])));
    store.letGo();
    renameSync(db, `${db}.old`);
    for (const suffix of ['-wal', '-shm']) rmSync(`${db}${suffix}`, { force: true });
    lookAtAll(follower);
    expect(findings.map(({ rule }) => rule)).toEqual(['tx-receive-only']);
    // Until there is another file it waits.
    expect(follower.look()).toBe(false);
    expect(losses).toEqual([expect.stringContaining('there is no database')]);
    const next = openStore(db, { ...storeHost, nowUs: () => LINT_EPOCH_US });
    onTestFinished(() => next.close());
    next.beginCapture(captureInfo);
    next.append(playbookRecords(readPlaybook([...READY_LINES, '1 > op 10'])));
    lookAtAll(follower);
    expect(losses).toHaveLength(2);
    expect(losses[1]).toContain('lint begins again');
    expect(findings.map(({ rule }) => rule)).toEqual(['tx-receive-only', 'tx-receive-only']);
    follower.finish();
  });
});

function begin(lines: readonly string[]): ReturnType<typeof follow> & { db: string; store: CaptureStore } {
  const db = scratchFile();
  const store = recordingStore(db);
  store.append(playbookRecords(readPlaybook(lines)));
  const following = follow(db);
  lookAtAll(following.follower);
  return { ...following, db, store };
}
