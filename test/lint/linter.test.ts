/** The linter: what it knows and does not know, folding, skipping, and that a part of a clean recording is clean. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Linter } from '../../src/lint/linter.js';
import type { LintFinding } from '../../src/lint/rule.js';
import { RULES } from '../../src/lint/rules.js';
import {
  giveStep,
  lintPlaybook,
  lintSteps,
  LINT_EPOCH_US,
  READY_LINES,
  readPlaybook,
  type LintStep,
} from '../support/lint-playbook.js';

const errors = (findings: readonly LintFinding[]): readonly string[] =>
  findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);

/** Beats with their acknowledgements, and dispatches in between, on one connection. */
function traffic(connection: number, from: number, until: number, firstSeq: number): readonly string[] {
  const lines: string[] = [];
  let seq = firstSeq;
  for (let at = from; at < until; at += 40) {
    const head = (after: number): string => `${(at + after).toFixed(3)} #${connection}`;
    lines.push(`${head(0)} > beat ${seq}`, `${head(0.1)} < ack`);
    for (const after of [1, 2, 3]) lines.push(`${head(after)} < message_create ${(seq += 1)}`);
    lines.push(`${head(4)} > op 3 {"since":null,"activities":[],"status":"online","afk":false}`);
  }
  return lines;
}

const open = (connection: number, at: number, fields = ''): readonly string[] => [
  `${at} #${connection} open ${fields}`.trim(),
  `${at}.1 #${connection} < hello`,
];
const byTime = (one: string, other: string): number =>
  Number(one.split(' ')[0]) - Number(other.split(' ')[0]);

/** Two shards; one gets RECONNECT, loses a connection and a session, and identifies twice on one socket. */
const CLEAN: readonly string[] = [
  '0 call GET /v10/gateway/bot 200 {} {"shards":2,"session_start_limit":{"total":1000,"remaining":900,"reset_after":90000000,"max_concurrency":1}}',
  ...open(1, 1),
  '1.2 #1 > identify {"shard":[0,2]}',
  '1.5 #1 < ready {"shard":[0,2]}',
  ...traffic(1, 5, 180, 1),
  ...open(2, 8),
  '8.2 #2 > identify {"shard":[1,2]}',
  '8.5 #2 < ready {"shard":[1,2],"session_id":"session-2"}',
  ...traffic(2, 10, 420, 1),
  '190 #1 < reconnect',
  '190.5 #1 > close 4200',
  '190.6 #1 < close 4200',
  '190.7 #1 end client 4200',
  ...open(3, 192, '{"path":"/r/a.discord.gg?v=10"}'),
  '192.2 #3 > resume {"seq":16}',
  '192.3 #3 < message_create 17',
  '192.4 #3 < resumed 18',
  ...traffic(3, 195, 300, 18),
  '310 #3 end gateway -',
  ...open(4, 312, '{"path":"/r/a.discord.gg?v=10"}'),
  '312.2 #4 > resume {"seq":27}',
  '312.3 #4 < invalid false',
  '315 #4 > identify {"shard":[0,2]}',
  '315.5 #4 < ready {"shard":[0,2],"session_id":"session-3"}',
  ...traffic(4, 320, 420, 1),
].sort(byTime);

describe('a clean recording', () => {
  const steps = readPlaybook(CLEAN);

  it('yields no error and no warning', () => {
    expect(lintSteps(steps).findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it('yields no error without any beginning and any end of it', () => {
    fc.assert(
      fc.property(fc.nat(steps.length), fc.nat(steps.length), (from, until) => {
        expect(errors(lintSteps(steps.slice(from, until)).findings)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('yields no error where frames are missing, or bytes in a gap', () => {
    const missing = fc.uniqueArray(fc.nat(steps.length - 1), { minLength: 1, maxLength: 12 });
    const each = steps.map((_, index): [number[]] => [[index]]);
    fc.assert(
      fc.property(missing, (lost) => {
        const isLost = (step: LintStep, index: number): boolean =>
          step.type === 'frame' && lost.includes(index);
        // A last frame leaves no hole in the numbers; what is missing there is a gap.
        const isMissed = (step: LintStep, index: number): boolean =>
          isLost(step, index) && steps.slice(index + 1).some((other) => isOfConnection(other, step));
        expect(errors(lintSteps(steps.filter((step, index) => !isMissed(step, index))).findings)).toEqual([]);
        const withGaps = steps.flatMap((step, index): readonly LintStep[] =>
          isLost(step, index) && step.type === 'frame' ? [gapAt(step.frame)] : [step],
        );
        expect(errors(lintSteps(withGaps).findings)).toEqual([]);
      }),
      { examples: each, numRuns: each.length + 60 },
    );
  });

  it('yields no error where a compression context was lost', () => {
    const frames = steps.flatMap((step, index) =>
      step.type === 'frame' && step.frame.sender === 'gateway' ? [index] : [],
    );
    fc.assert(
      fc.property(fc.constantFrom(...frames), (from) => {
        const lost = steps[from];
        const connection = lost?.type === 'frame' ? lost.frame.connectionId : 0;
        const undecoded = steps.map((step, index): LintStep => {
          if (step.type !== 'frame' || step.frame.connectionId !== connection || index < from) return step;
          if (step.frame.sender === 'client') return step;
          const nothing = { op: null, event: null, seq: null, payloadBytes: null, payloadText: null };
          return { type: 'frame', frame: { ...step.frame, ...nothing, status: 'context_lost' } };
        });
        expect(errors(lintSteps(undecoded).findings)).toEqual([]);
      }),
    );
  });
});

describe('findings', () => {
  it('say once what is equal, with the first frames and both times', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `${1 + index} > op 99`);
    const { findings } = lintPlaybook([...READY_LINES, ...lines]);
    const [unknown] = findings.filter(({ rule }) => rule === 'tx-unknown-op');
    expect(unknown).toMatchObject({
      count: 20,
      connectionId: 1,
      frameIds: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
      firstAtUs: LINT_EPOCH_US + 1_000_000,
      lastAtUs: LINT_EPOCH_US + 20_000_000,
    });
  });

  it('of one rule stay bounded, however many connections break it', () => {
    const lines = Array.from({ length: 500 }, (_, index) => [
      `${index} #${index + 1} open`,
      `${index}.1 #${index + 1} > op 11`,
    ]);
    const { findings } = lintPlaybook(lines.flat());
    const own = findings.filter(({ rule }) => rule === 'tx-receive-only');
    expect(own).toHaveLength(200);
    expect(own.reduce((sum, { count }) => sum + count, 0)).toBe(500);
  });

  it('are shown one by one to who watches', () => {
    const seen: LintFinding[] = [];
    const linter = new Linter({ rules: RULES, watch: (finding) => seen.push(finding) });
    for (const step of readPlaybook([...READY_LINES, '1 > op 11', '2 > op 11'])) {
      giveStep(linter, step);
    }
    expect(seen.map(({ rule, count }) => [rule, count])).toEqual([
      ['tx-receive-only', 1],
      ['tx-receive-only', 1],
    ]);
  });

  it('leave out the rules that are not wanted', () => {
    const linter = new Linter({ rules: RULES, isWanted: ({ id }) => id === 'hb-late' });
    for (const step of readPlaybook([...READY_LINES, '1 > op 11'])) {
      giveStep(linter, step);
    }
    const { findings, checked } = linter.finish();
    expect(findings).toEqual([]);
    expect(checked).toEqual({ frames: 4, connections: 1, sessions: 0, rules: 1 });
  });
});

describe('what is not known', () => {
  it('is said, with the rules that were not judged', () => {
    const { skipped } = lintPlaybook([...READY_LINES, '1 gap', ...['2 #2 open', '2.1 #2 < hello']]);
    expect(skipped).toContainEqual({
      rule: 'hb-late',
      reason: 'on 1 of 2 connections the recording has a gap',
    });
    expect(skipped.map(({ rule }) => rule)).not.toContain('tx-size');
  });

  it('is not carried from one capture into the next', () => {
    const other = '{"captureId":2}';
    const { findings } = lintPlaybook([
      ...READY_LINES,
      '2 < close 4004',
      '2.1 end gateway 4004',
      `3 #2 open ${other}`,
      '3.1 #2 < hello',
      '3.2 #2 > identify',
    ]);
    expect(findings.map(({ rule }) => rule)).not.toContain('cl-fatal-retry');
  });

  it('times that go back do not matter', () => {
    const back = lintPlaybook([...READY_LINES, '9 < message_create 2', '8.9 < message_create 3']);
    expect(errors(back.findings)).toEqual([]);
  });

  it('thresholds can be set', () => {
    const lines = [...READY_LINES, '5 < beat', '8 < message_create 2'];
    const rules = (given: object): readonly string[] =>
      lintPlaybook(lines, given).findings.map(({ rule }) => rule);
    expect(rules({})).not.toContain('hb-request-ignored');
    expect(rules({ beatRequestMs: 1000 })).toContain('hb-request-ignored');
  });

  it('strange payloads of any kind do not make it throw', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constant(null), fc.integer());
    const op = fc.integer({ min: -1, max: 44 });
    const side = fc.constantFrom('>', '<');
    const payload = fc.record({ side, op, d: value });
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 30 }), (payloads) => {
        const lines = payloads.map(({ side: who, op: code, d }, index) =>
          who === '>'
            ? `${index} > op ${code} ${JSON.stringify(d)}`
            : `${index} < op ${code} ${JSON.stringify({ d, s: index, t: 'READY' })}`,
        );
        lintPlaybook(['0 open', ...lines, '40 end client -']);
      }),
    );
  });
});

function isOfConnection(step: LintStep, other: LintStep): boolean {
  if (step.type !== 'frame' || other.type !== 'frame') return false;
  return step.frame.connectionId === other.frame.connectionId;
}

function gapAt({ connectionId, atUs }: { readonly connectionId: number; readonly atUs: number }): LintStep {
  return { type: 'gap', connection: connectionId, atUs, name: '' };
}
