/** `lint --from`: the rules of efficiency over a fleet, equal to those over the file, whatever happens on its connections. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintCapture } from '../../src/library/lint.js';
import { lintFleet } from '../../src/library/lint-fleet.js';
import type { Thresholds } from '../../src/lint/thresholds.js';
import {
  askInProcess,
  FleetServer,
  isFleetInstalled,
  runWithFleet,
  shipInProcess,
} from '../support/fleet.js';
import { gatetape } from '../support/gatetape.js';
import { storePlaybook } from '../support/lint-playbook.js';

/** So small that an event now and then breaks each rule. */
const THRESHOLDS: Partial<Thresholds> = {
  intentUnusedMs: 3_000,
  costBytes: 200,
  membersAgainMs: 3_000,
  plainBytesPerMinute: 400,
  slowReadyMs: 1_000,
};
const OPTIONS = { rules: ['ef-*'], thresholds: THRESHOLDS };
const LONG = `{"x":"${'x'.repeat(150)}"}`;
const ASK = '> op 8 {"guild_id":"7","query":"","limit":0}';

const eventArb = fc.constantFrom(
  ...[
    '< hello 41250',
    '> identify {"intents":2560}',
    '> identify {"intents":33281}',
    '< ready',
    '< invalid true',
  ],
  ...['> beat 1', '< ack', `< message_create 2 ${LONG}`, `< presence_update 3 ${LONG}`, '< typing_start 4'],
  ...[ASK, ASK, '< broken not_json text', '< partial', '> close 4000', 'gap', 'remark undelivered_bytes'],
  ...['end client 4000', 'call GET /users/7 200', 'remark seq_gap'],
);

/** Breaks each of the rules. */
const ALL_BROKEN = [
  ...[
    '0 open',
    '0.1 < hello 41250',
    '0.2 > identify {"intents":2560}',
    '2 < ready',
    '3 > beat 1',
    '3.1 < ack',
  ],
  ...[
    `4 < message_create 2 ${LONG}`,
    `5 < message_create 3 ${LONG}`,
    `6 ${ASK}`,
    `7 ${ASK}`,
    '9 end gateway -',
  ],
];

/** Playbooks of two connections, the second of which opens later. */
const playbookArb = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.nat({ max: 2_500 }), eventArb), {
    minLength: 5,
    maxLength: 40,
  })
  .map((events) => {
    let atMs = 0;
    const later = events.map(
      ([connection, afterMs, event]) => `${(atMs += afterMs) / 1_000} #${connection} ${event}`,
    );
    return ['0 open', '0 < hello 41250', '0 > identify {"intents":2560}', '0 #2 open', ...later];
  });

describe.skipIf(!isFleetInstalled('rules over ClickHouse'))('lint of a fleet', () => {
  it('finds what it finds in the file', async () => {
    const server = await FleetServer.start();
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(playbookArb, async (lines) => {
        const db = storePlaybook(lines);
        const recorder = await shipInProcess(server, db, { hasFrames: true, hasBodies: true });
        const expected = await lintCapture({ ...OPTIONS, db });
        for (const { rule } of expected.findings) seen.add(rule);
        await askInProcess(server, recorder, async (fleet) => {
          expect((await lintFleet(fleet, OPTIONS)).map(({ report }) => report)).toEqual([expected]);
        });
      }),
      { numRuns: 15, examples: [[ALL_BROKEN]] },
    );
    expect([...seen].sort()).toEqual([
      'ef-intent-cost',
      'ef-intent-unused',
      'ef-members-again',
      'ef-no-compression',
      'ef-slow-start',
    ]);
  });

  it('says what it needs, in the words of the command', async () => {
    const server = await FleetServer.start();
    const db = storePlaybook(['0 open', '0 < hello 41250', '0.2 > identify', '11 < ready', '12 > op 8 {}']);
    const lint = (...args: readonly string[]) => runWithFleet(['lint', '--from', server.url, ...args]);
    await runWithFleet(['ship', '--to', server.url, '--db', db]);
    expect((await lint()).stderr).toMatch(/the fleet has no frames of .*: ship them: gatetape ship --frames/);
    await runWithFleet(['ship', '--to', server.url, '--db', db, '--frames', '--bodies']);
    const json = ['--rules', 'efficiency', '--format', 'json', '--fail-on', 'info'];
    const found = await lint(...json);
    expect(found).toEqual(await gatetape(['lint', '--db', db, ...json]));
    expect(found.exitCode).toBe(1);
    expect((await lint('--rule', 'hb-*')).stderr).toMatch(
      /judged by the rules of efficiency, and hb-\S+ is not one: choose them with --rule 'ef-\*'/,
    );
    for (const args of [
      ['--session', '1'],
      ['--context', '2'],
      ['--filter', 'op:8'],
      ['--tape', 'a.ndjson'],
    ]) {
      const { stderr, exitCode } = await lint(...args);
      expect({ stderr, exitCode }).toEqual({
        stderr: `gatetape: ${args[0] ?? ''} and --from exclude each other: leave one of them out, or lint the files with --db\n`,
        exitCode: 2,
      });
    }
    expect((await gatetape(['lint', '--rules', 'efficency', '--db', db])).stderr).toMatch(
      /there is no family of rules efficency: did you mean efficiency\?/,
    );
  });
});
