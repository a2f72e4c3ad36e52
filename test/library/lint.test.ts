/** Lint and stories from databases and tapes: what is read, in which order, and what is left out. */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importFile } from '../../src/library/import.js';
import {
  findRuleTexts,
  lintCapture,
  type LintFinding,
  tellStories,
  type ConnectionStory,
} from '../../src/library/lint.js';
import { openStore } from '../../src/store/store.js';
import { LINT_TOKEN, lintPlaybook, READY_LINES, storePlaybook } from '../support/lint-playbook.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, storeHost } from '../support/stores.js';

/** A session that is closed with 1000 and resumed, beside one that sends what it must not. */
const LINES = [
  '0 call GET /v10/gateway/bot 200 {} {"shards":1,"session_start_limit":{"total":1000,"remaining":9,"reset_after":90000000,"max_concurrency":1}}',
  ...READY_LINES,
  '1 < message_create 2',
  '2 > beat 2',
  '2.1 < ack',
  '3 > close 1000',
  '3.1 < close 1000',
  '3.2 end client 1000',
  '4 #2 open',
  '4.1 #2 < hello',
  '4.2 #2 > resume {"seq":2}',
  '4.3 #2 < invalid false',
  '4.5 #2 end client -',
  '9 #3 open',
  '9.1 #3 < hello',
  '9.2 #3 > identify {"shard":[1,2]}',
  '9.5 #3 < ready {"session_id":"session-2","shard":[1,2]}',
  '10 #3 > op 11',
  '11 #3 gap',
  '12 #3 < message_create 9',
];
/** The same lines, with these pauses, in seconds, before the second connection, the third, and what follows it. */
function stretch(
  lines: readonly string[],
  [second = 0, third = 0, after = 0]: readonly number[],
): readonly string[] {
  return lines.map((line) => {
    const [, seconds = '', rest = ''] = /^([\d.]+)(.*)$/.exec(line) ?? [];
    const at = Number(seconds);
    const later = (at >= 4 ? second : 0) + (at >= 9 ? third : 0) + (at >= 10 ? after : 0);
    return `${(at + later).toFixed(3)}${rest}`;
  });
}

const describePlace = ({ rule, connectionId, frameIds }: LintFinding): string =>
  JSON.stringify({ rule, connectionId, frameIds });

const names = (findings: readonly { readonly rule: string }[]): readonly string[] =>
  findings.map(({ rule }) => rule);

describe('lintCapture', () => {
  it('says of a database what it says of its events', async () => {
    const { findings, checked, skipped } = await lintCapture({ db: storePlaybook(LINES) });
    const direct = lintPlaybook(LINES);
    const plain = ({ rule, severity, frameIds, count, message }: (typeof findings)[number]) => ({
      ...{ rule, severity, frameIds, count, message },
    });
    expect(findings.map(plain)).toEqual(direct.findings.map(plain));
    expect(names(findings)).toContain('cl-kills-session');
    expect(checked).toMatchObject({ frames: direct.checked.frames, connections: 3, sessions: 3 });
    expect(skipped).toContainEqual({
      rule: 'hb-late',
      reason: 'on 1 of 3 connections the recording has a gap',
    });
    expect(skipped).toContainEqual({ rule: 'vc-version', reason: 'the voice gateway is not recorded' });
  });

  it('says of one session or connection what concerns it, and knows what was before', async () => {
    const db = storePlaybook(LINES);
    expect(names((await lintCapture({ db, session: 2, severity: 'error' })).findings)).toEqual([
      'cl-kills-session',
    ]);
    expect(names((await lintCapture({ db, connection: 3, severity: 'error' })).findings)).toEqual([
      'tx-receive-only',
    ]);
    expect(names((await lintCapture({ db, session: 1, severity: 'error' })).findings)).toEqual([]);
    await expect(lintCapture({ db, session: 9 })).rejects.toThrow('has no session 9');
  });

  it('says of one session and connection nothing that is not said of the whole, however long ago the rest was', async () => {
    const pauses = fc.array(fc.constantFrom(0, 1, 700, 9000), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(pauses, async (given) => {
        const db = storePlaybook(stretch(LINES, given));
        const whole = new Set((await lintCapture({ db })).findings.map(describePlace));
        for (const only of [1, 2, 3].flatMap((id) => [{ session: id }, { connection: id }])) {
          const { findings } = await lintCapture({ db, ...only });
          expect(findings.map(describePlace).filter((finding) => !whole.has(finding))).toEqual([]);
        }
      }),
      { numRuns: 12, examples: [[[0, 9000, 0]], [[9000, 700, 9000]]] },
    );
  });

  it('knows of a session and of its limits, however long ago they came', async () => {
    const db = storePlaybook([
      '0 call GET /v10/gateway/bot 200 {} {"shards":2,"session_start_limit":{"total":1000,"remaining":900,"reset_after":90000000,"max_concurrency":2}}',
      ...READY_LINES.map((line) => line.replace('identify', 'identify {"shard":[0,2]}')),
      '9000 < message_create 2',
      '9000.5 end gateway -',
      '9001 #2 open',
      '9001.1 #2 < hello',
      '9001.2 #2 > resume {"seq":5}',
      '9001.3 #2 < resumed 3',
      '9001.5 #3 open',
      '9001.6 #3 < hello',
      '9001.7 #3 > identify {"shard":[1,2]}',
      '9001.8 #4 open',
      '9001.9 #4 < hello',
      '9002 #4 > identify {"shard":[1,2]}',
    ]);
    const of = async (connection: number): Promise<readonly string[]> =>
      (await lintCapture({ db, connection, severity: 'warning' })).findings.map(
        ({ severity, rule }) => `${severity} ${rule}`,
      );
    expect(await of(2)).toEqual(['error rs-seq-high']);
    // Known, it is an error; without `max_concurrency` it would be a warning, for connection 3 as well.
    expect(await of(3)).toEqual([]);
    expect(await of(4)).toContain('error id-concurrency');
  });

  it('leaves out rules, and says which there are', async () => {
    const db = storePlaybook(LINES);
    expect(names((await lintCapture({ db, rules: ['cl-*'], severity: 'error' })).findings)).toEqual([
      'cl-kills-session',
    ]);
    const ignored = await lintCapture({ db, ignore: ['cl-*', 'tx-receive-only'], severity: 'error' });
    expect(ignored.findings).toEqual([]);
    await expect(lintCapture({ db, rules: ['cl-kill-session'] })).rejects.toMatchObject({
      hint: expect.stringContaining('cl-kills-session') as string,
    });
    expect(findRuleTexts('vc-*')).toHaveLength(8);
  });

  it('takes thresholds', async () => {
    const db = storePlaybook([...READY_LINES, '5 < beat', '8 < message_create 2', '9 > beat 2']);
    const rules = ['hb-request-ignored'];
    expect((await lintCapture({ db, rules })).findings).toEqual([]);
    expect((await lintCapture({ db, rules, thresholds: { beatRequestMs: 1000 } })).findings).toHaveLength(1);
  });

  it('reads each capture in its own time, and carries nothing over', async () => {
    const db = storePlaybook([...READY_LINES, '1 < close 4004', '1.1 end gateway 4004']);
    // A second run of the recorder, which is older, as an import can be.
    const store = openStore(db, storeHost);
    store.beginCapture(captureInfo);
    store.append([
      opened({ connection: 1 }),
      ...[
        { op: 10, d: { heartbeat_interval: 41_250 } },
        { op: 2, d: { token: LINT_TOKEN, intents: 1, properties: { os: 'a', browser: 'b', device: 'c' } } },
      ].map((payload, index) =>
        frame({
          ...{
            frameNo: index + 1,
            op: payload.op,
            event: null,
            seq: null,
            sender: index === 0 ? 'gateway' : 'client',
          },
          body: Buffer.from(JSON.stringify(payload)),
        }),
      ),
    ]);
    store.close();
    const { findings, checked } = await lintCapture({ db, severity: 'error' });
    expect(findings).toEqual([]);
    expect(checked).toMatchObject({ frames: 6, connections: 2 });
  });

  it('reads a tape, by its lines', async () => {
    const tape = scratchFile('a.tape.ndjson');
    const payload = (atUs: number, sender: string, content: object): string =>
      JSON.stringify({ atUs, connection: 1, sender, payload: content });
    writeFileSync(
      tape,
      [
        '{"tape":1,"shard":[0,1],"library":null,"transport":{"version":10,"encoding":"json","compress":"zlib-stream"}}',
        payload(0, 'gateway', { op: 10, d: { heartbeat_interval: 1000 }, s: null, t: null }),
        payload(1000, 'client', {
          op: 2,
          d: { token: 'redacted:0123456789abcdef', intents: 1, properties: {} },
        }),
        payload(2000, 'gateway', {
          op: 0,
          t: 'READY',
          s: 1,
          d: { session_id: 'a', user: { id: '1', bot: true } },
        }),
        payload(9_000_000, 'client', { op: 7, d: null }),
      ].join('\n') + '\n',
    );
    const { findings, skipped } = await lintCapture({ tape, severity: 'error' });
    expect(findings.map(({ rule, frameIds }) => ({ rule, frameIds }))).toEqual([
      { rule: 'tx-receive-only', frameIds: [5] },
    ]);
    expect(skipped).toContainEqual({ rule: 'hb-first-late', reason: 'the tape has no heartbeats' });
    const db = scratchFile();
    importFile({ file: tape, db, redact: 'secrets', maxPayloadBytes: 1 << 20 });
    const imported = await lintCapture({ db, severity: 'error' });
    expect(names(imported.findings)).toEqual(names(findings));
  });
});

describe('tellStories', () => {
  async function stories(db: string): Promise<readonly ConnectionStory[]> {
    const told: ConnectionStory[] = [];
    for await (const batch of tellStories({ db })) told.push(...batch);
    return told;
  }

  it('reports how each connection began and ended, and why', async () => {
    const [first, second, third] = await stories(storePlaybook(LINES));
    expect(first).toMatchObject({
      connectionId: 1,
      starts: [{ asked: 'IDENTIFY', awayUs: null, answer: 'READY' }],
      end: {
        closeCode: 1000,
        closedBy: 'client',
        inWords: 'the client closed with 1000, which ends the session',
      },
      lastClientFrames: [{ what: 'op 2 (IDENTIFY)' }, { what: 'op 1 (HEARTBEAT)' }, { what: 'close 1000' }],
      findings: [],
    });
    expect(second).toMatchObject({
      starts: [{ asked: 'RESUME', seq: 2, awayUs: 1_000_000, answer: 'INVALID_SESSION false', replayed: 0 }],
      end: { inWords: 'the client ended it without a close frame, so the session survives' },
      findings: [{ rule: 'cl-kills-session' }, { rule: 'cl-no-frame' }],
    });
    expect(third).toMatchObject({ end: null, starts: [{ asked: 'IDENTIFY' }] });
  });

  it('counts what was replayed and what was lost', async () => {
    const [, second] = await stories(
      storePlaybook([
        ...READY_LINES,
        ...[
          '1 < message_create 2',
          '2 end gateway -',
          '3 #2 open',
          '3.1 #2 < hello',
          '3.2 #2 > resume {"seq":2}',
        ],
        ...[
          '3.3 #2 < message_create 5',
          '3.3 #2 < message_create 6',
          '3.4 #2 < resumed 7',
          '9 #2 < close 4004',
          '9 #2 end gateway 4004',
        ],
      ]),
    );
    expect(second).toMatchObject({
      starts: [{ answer: 'RESUMED', replayed: 2, lost: 2, awayUs: 1_200_000 }],
      end: { inWords: expect.stringContaining('AUTHENTICATION_FAILED') as string },
      findings: [{ rule: 'rs-replay-gap' }],
    });
  });
});
