/** A session over ETF, recorded through the proxy: every command prints the same before `compact` and after. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { startRecorder } from '../../src/index.js';
import { replaySession } from '../../src/library/replay.js';
import { formatTape, parseTape } from '../../src/replay/tape/tape.js';
import { runHere } from '../support/command-line.js';
import { serve } from '../support/mocks.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf } from '../support/stores.js';

const READING = [
  ['sql', 'SELECT frame_id, hex(bytes) FROM frame_bytes'],
  ['sql', 'SELECT id, hex(bytes) FROM frame LEFT JOIN frame_bytes ON frame_id = id'],
  ['sql', 'SELECT * FROM frame_view'],
  ['frames', '--format', 'ndjson'],
  ['show', '2', '--raw'],
  ['show', '4', '--raw'],
  ...['jsonl', 'csv', 'har'].map((form) => ['export', '--as', form]),
  ['export', '--as', 'tape', '--session', 'latest'],
  ['replay', '--session', 'latest', '--format', 'json'],
  ['stats', '--format', 'json'],
  ['check'],
];

async function recordedOverEtf(): Promise<string> {
  const transport = { version: 10, encoding: 'etf', compress: 'zlib-stream' } as const;
  const recording = { ...parseTape(readFileSync('tapes/demo.tape.ndjson', 'utf8')), transport };
  const [db, tape] = [scratchFile(), scratchFile('etf.tape.ndjson')];
  writeFileSync(tape, formatTape(recording));
  const mock = await serve(recording);
  await using recorder = await startRecorder({ db, listen: '127.0.0.1:0', upstream: mock.gatewayUrl });
  const against = `${recorder.gatewayUrl}/?v=10&encoding=etf&compress=zlib-stream`;
  expect(await replaySession({ tape, against, token: 'a token' })).toMatchObject({ equal: true });
  return db;
}

async function told(db: string): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const [command = '', ...args] of READING) {
    const answer = await runHere([command, ...args, '--db', db]);
    answers.push([command, args, { ...answer, stdout: answer.stdout.replaceAll(db, 'DB') }]);
  }
  return answers;
}

it('a compacted recording over ETF reads the same, and so does a copy of it', async () => {
  const db = await recordedOverEtf();
  const before = await told(db);
  for (const [command, args, answer] of before as [string, string[], object][])
    expect([command, args, answer]).toMatchObject([command, args, { stderr: '', exitCode: 0 }]);
  const [plain] = rowsOf(
    db,
    'SELECT count(*) AS n FROM frame_bytes WHERE substr(bytes, 1, 1) = ?',
    Buffer.of(131),
  );
  expect(plain!['n']).toBeGreaterThan(30);
  expect((await runHere(['compact', '--db', db])).exitCode).toBe(0);
  expect(rowsOf(db, 'SELECT * FROM frame_bytes')).toEqual([]);
  expect(await told(db)).toEqual(before);
  const copy = join(dirname(db), 'copy.sqlite');
  expect((await runHere(['backup', copy, '--db', db])).exitCode).toBe(0);
  expect(await told(copy)).toEqual(before);
});
