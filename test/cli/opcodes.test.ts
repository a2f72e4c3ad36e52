/** `opcodes`, with and without a database. */
import { describe, expect, it } from 'vitest';
import { OPCODES } from '../../src/gateway/opcodes.js';
import { listOpcodes, type OpcodeRow } from '../../src/library/queries.js';
import { captureScript } from '../support/capture/script.js';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const CAPTURE = `
  open 1
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  1 < MESSAGE_CREATE
  1 < op99
  end 1`;

describe('listOpcodes', () => {
  it('has every opcode of the table, uncounted without a database', () => {
    const rows = listOpcodes(null);
    expect(rows.map(({ op }) => op)).toEqual(OPCODES.map(({ op }) => op));
    expect(new Set(rows.map(({ count }) => count))).toEqual(new Set([null]));
  });

  it('counts, and lists recorded opcodes that are unknown', () => {
    const rows = listOpcodes(
      new Map([
        [10, 7],
        [4242, 1],
        [99, 2],
      ]),
    );
    expect(rows.find(({ op }) => op === 10)?.count).toBe(7);
    expect(rows.find(({ op }) => op === 0)?.count).toBe(0);
    expect(rows.slice(-2).map(({ op, name, count }) => [op, name, count])).toEqual([
      [99, null, 2],
      [4242, null, 1],
    ]);
  });
});

describe('gatetape opcodes', () => {
  it('counts where there is a database', async () => {
    const { stdout } = await gatetape([
      'opcodes',
      '--db',
      captureScript(CAPTURE).database(),
      '--format',
      'json',
    ]);
    const rows = JSON.parse(stdout) as OpcodeRow[];
    expect(rows[0]).toMatchObject({ op: 0, name: 'DISPATCH', sentBy: 'gateway', count: 2 });
    expect(rows.at(-1)).toMatchObject({ op: 99, name: null, count: 1 });
  });

  it('shows who sends each, how well it is documented, and since when', async () => {
    const { stdout } = await runHere(['opcodes', '--db', captureScript(CAPTURE).database()]);
    const line = (op: number): string =>
      stdout.split('\n').find((row) => row.trim().startsWith(`${op} `)) ?? '';
    expect(line(1)).toMatch(/ HEARTBEAT +client\/gateway +official +2016-03 /);
    expect(line(14)).toMatch(/ GUILD_SUBSCRIPTIONS +client +community, deprecated +2023-05 /);
    expect(line(16)).toMatch(/ LOBBY_DISCONNECT +client +removed +2023-05 /);
    expect(line(40)).toMatch(/ QOS_HEARTBEAT +client +community +2025-07 /);
    expect(line(43)).toMatch(/ REQUEST_CHANNEL_INFO +client +official +2025-09 /);
  });

  it('needs no database unless one was named', async () => {
    const missing = scratchFile('missing.sqlite');
    const [silent, named] = await Promise.all([
      runHere(['opcodes', '--format', 'csv'], { env: { GATETAPE_DB: missing } }),
      runHere(['opcodes', '--db', missing]),
    ]);
    expect(silent.exitCode).toBe(0);
    expect(silent.stdout.split('\n')[1]).toBe(
      '0,DISPATCH,gateway,official,An event was dispatched.,[],,gateway to client,false,2016-03,2016-03',
    );
    expect(named.exitCode).toBe(3);
  });
});
