/** `frames`, of the built program: filters, formats, and following a capture while it grows. */
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { attached, bareFrame, frame, opened, START_US } from '../support/capture/records.js';
import { sampleCapture, STRANGE_TEXT } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

const idsOf = async (db: string, ...flags: string[]): Promise<number[]> => {
  const { stdout, stderr, exitCode } = await runHere(['frames', '--db', db, '--format', 'ndjson', ...flags]);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: number }).id);
};

describe('gatetape frames', () => {
  it('prints the JSON lines that scripts rely on, with the payload as it was recorded', async () => {
    const { stdout } = await gatetape(['frames', '--db', sampleCapture(), '--format', 'ndjson']);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[3]).toBe(
      `{"id":4,"connectionId":1,"frameNo":4,"atUs":${START_US + 3_000_000},"sender":"gateway","kind":"text","op":0,` +
        `"opName":"DISPATCH","event":"MESSAGE_CREATE","seq":2,"wireBytes":76,"payloadBytes":76,"status":"ok",` +
        `"payload":${STRANGE_TEXT}}`,
    );
    expect(JSON.parse(lines[5]!)).toMatchObject({ status: 'inflate_failed', op: null, payload: null });
  });

  it('prints one JSON array, and CSV with the same keys', async () => {
    const db = sampleCapture();
    const [json, csv] = await Promise.all([
      runHere(['frames', '--db', db, '--format', 'json']),
      runHere(['frames', '--db', db, '--format', 'csv']),
    ]);
    const rows = JSON.parse(json.stdout) as object[];
    expect(rows).toHaveLength(7);
    expect(csv.stdout.split('\n')[0]?.split(',')).toEqual(Object.keys(rows[0]!));
    expect(csv.stdout.trim().split('\n')).toHaveLength(8);
  });

  it('filters', async () => {
    const db = sampleCapture();
    expect(await idsOf(db, '--op', 'HELLO,99')).toEqual([1, 5]);
    expect(await idsOf(db, '--event', 'MESS*')).toEqual([4]);
    expect(await idsOf(db, '--event', 'mess*')).toEqual([4]);
    expect(await idsOf(db, '--sender', 'client')).toEqual([2]);
    expect(await idsOf(db, '--connection', 'latest')).toEqual([7]);
    expect(await idsOf(db, '--session', '1', '--limit', '2')).toEqual([4, 5]);
    expect(
      await idsOf(db, '--since', String(START_US + 4_000_000), '--until', '2026-08-01T00:00:06Z'),
    ).toEqual([5, 6]);
    expect(await idsOf(db, '--since', 'now')).toEqual([]);
  });

  it('prints a table that says what each frame was', async () => {
    const { stdout } = await runHere(['frames', '--db', sampleCapture()]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^ID {2}AT \(UTC\) +CONNECTION +NO +SENDER +KIND +OP +WHAT +SEQ +WIRE +PAYLOAD$/,
    );
    expect(lines.slice(1).map((line) => line.split(/ {2,}/).at(-4))).toEqual([
      'HELLO',
      'IDENTIFY',
      'READY',
      'MESSAGE_CREATE',
      'opcode 99',
      'inflate_failed',
      'ping',
    ]);
  });

  it.each([
    [['--connection', '77'], 'no connection 77'],
    [['--session', '9007199254740993'], '--session is "9007199254740993"'],
    [['--limit', '0'], '--limit is "0"'],
    [['--op', 'HALLO'], '--op is "HALLO"'],
    [['--follow', '--format', 'json'], '--format ndjson'],
  ])('refuses %j', async (flags, message) => {
    const { stdout, stderr, exitCode } = await runHere(['frames', '--db', sampleCapture(), ...flags]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('says how a connection was closed, and from where a RESUME goes on', async () => {
    const db = scratchFile();
    recordingStore(db).append([
      opened(),
      frame({
        sender: 'client',
        op: 6,
        event: null,
        seq: null,
        body: Buffer.from('{"op":6,"d":{"seq":1337}}'),
      }),
      bareFrame({ frameNo: 2, kind: 'close', status: 'control', raw: Buffer.from([0x0f, 0xa4]) }),
      bareFrame({ frameNo: 3, kind: 'close', status: 'control', raw: null }),
    ]);
    const { stdout } = await runHere(['frames', '--db', db]);
    const [, ...rows] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(rows[0]).toContain('1337');
    expect(rows.map((cells) => cells[7])).toEqual(['RESUME', 'close 4004', 'close']);
    const json = await runHere(['frames', '--db', db, '--format', 'json']);
    expect(json.stdout).not.toContain('closeCode');
  });

  it('explains what to do if there is no database', async () => {
    const { stderr, exitCode } = await runHere(['frames', '--follow', '--db', scratchFile('missing.sqlite')]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^gatetape: there is no database [^\n]+: record one first[^\n]*\n$/);
  });
});

describe('gatetape frames --follow', () => {
  it('prints recorded frames, then new ones, until it is stopped', async () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), attached(), frame({ frameNo: 1 }), frame({ frameNo: 2, event: 'TYPING_START' })]);
    const follower = new Gatetape([
      'frames',
      '--follow',
      '--event',
      'MESSAGE_*',
      '--format',
      'ndjson',
      '--db',
      path,
    ]);
    const next = async (): Promise<unknown> =>
      (JSON.parse(await follower.line()) as { frameNo: number }).frameNo;
    expect(await next()).toBe(1);
    store.append([frame({ frameNo: 3, event: 'TYPING_START' }), frame({ frameNo: 4 })]);
    expect(await next()).toBe(4);
    store.append([frame({ frameNo: 5 }), frame({ frameNo: 6 })]);
    expect(await next()).toBe(5);
    expect(await next()).toBe(6);
    follower.signal('SIGINT');
    expect(await follower.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('can be stopped while it still prints recorded frames', async () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const body = Buffer.from(JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d: 'x'.repeat(10_000) }));
    store.append([opened(), ...Array.from({ length: 500 }, (_, at) => frame({ frameNo: at + 1, body }))]);
    const follower = new Gatetape(['frames', '--follow', '--format', 'ndjson', '--db', path]);
    await follower.line();
    follower.signal('SIGINT');
    const { stdout, ...end } = await follower.ended();
    expect(end).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.endsWith('}\n')).toBe(true);
  });

  it('exits with 0 when its reader closes the pipe', async () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), frame({ frameNo: 1 })]);
    const follower = new Gatetape(['frames', '--follow', '--db', path]);
    await follower.line();
    follower.process.stdout.destroy();
    store.append([frame({ frameNo: 2 })]);
    expect(await follower.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
