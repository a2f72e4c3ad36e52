/** `check`, `backup`, `prune` and `compact`, of the built program, beside a recorder in a process of its own too. */
import { statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMigrations } from '../../src/store/migrate.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { busyCapture } from '../support/capture/busy.js';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';

const version = readMigrations().length;

function alter(path: string, sql: string): void {
  const db = openSqlite(path);
  db.exec(sql);
  db.close();
}

describe('gatetape check', () => {
  it('reports a sound file as text and as JSON', async () => {
    const db = sampleCapture();
    expect(await gatetape(['check', '--db', db])).toEqual({
      stdout: `${db}: sound (schema version ${version})\n`,
      stderr: '',
      exitCode: 0,
    });
    const { stdout } = await runHere(['check', '--db', db, '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: version,
      pendingMigrations: [],
      isBeingWritten: false,
      faults: [],
      notes: [],
      db,
    });
  });

  it('exits with 1 for faults and 3 for unreadable files, and repairs sums on request', async () => {
    const db = sampleCapture();
    alter(db, 'UPDATE hour_rollup SET frame_count = 9');
    const { stdout, exitCode } = await gatetape(['check', '--db', db]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/not sound .*\n {2}fault {4}rollups: the sums of the hour/);
    expect((await runHere(['check', '--db', db, '--quick'])).exitCode).toBe(0);
    expect((await runHere(['check', '--db', db, '--repair'])).exitCode).toBe(0);
    writeFileSync(db, 'x'.repeat(9000));
    const broken = await runHere(['check', '--db', db]);
    expect([broken.exitCode, broken.stdout]).toEqual([3, '']);
    expect(broken.stderr).toMatch(/^gatetape: the database .* is not a database: .*\n$/);
  });
});

describe('gatetape prune', () => {
  it('deletes older frames, but not on a dry run', async () => {
    const db = sampleCapture();
    const args = ['prune', '--older-than', '2026-08-01T00:00:03Z', '--db', db];
    const planned = JSON.parse((await runHere([...args, '--dry-run'])).stdout) as object;
    expect(planned).toMatchObject({ event: 'pruned', frames: 3, dryRun: true });
    const { stdout, exitCode } = await gatetape([...args, '--vacuum']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ...planned, dryRun: false });
    const left = await runHere(['frames', '--db', db, '--format', 'ndjson']);
    expect(left.stdout.trim().split('\n')).toHaveLength(4);
    expect((await runHere(['check', '--db', db])).stdout).toContain('pruning: 3 frames were deleted, by age');
  });

  it('refuses to run without a selection', async () => {
    const { stderr, exitCode } = await runHere(['prune', '--db', sampleCapture()]);
    expect([stderr, exitCode]).toEqual([
      'gatetape: nothing was chosen to delete: give --older-than 30d or --session ID\n',
      2,
    ]);
  });
});

describe('gatetape compact', () => {
  it('makes a file smaller, and its frames print the same', async () => {
    const db = scratchFile();
    busyCapture(db, { framesPerMinute: 100, bodyBytes: 800 });
    const frames = ['frames', '--db', db, '--format', 'ndjson', '--limit', '20'];
    const before = await runHere(frames);
    const size = statSync(db).size;
    const compacted = await runHere(['compact', '--db', db]);
    const figures = JSON.parse(compacted.stdout) as Record<string, number>;
    expect(figures['fileBytes']).toBe(statSync(db).size);
    expect(compacted.stderr).toMatch(
      /^\S+ takes .* KiB are free for the next recording; gatetape compact --vacuum --db /,
    );
    const { stdout, stderr, exitCode } = await gatetape(['compact', '--vacuum', '--db', db]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    // What was promised is what it takes, within a page or two of the file's tail.
    const after = figures['fileBytes']! - figures['freeBytes']!;
    expect(Math.abs(statSync(db).size - after) / after).toBeLessThan(0.1);
    expect(JSON.parse(stdout)).toMatchObject({ bodies: 0, freeBytes: 0, fileBytes: statSync(db).size });
    const { bodyBytes, packedBytes } = figures;
    expect(packedBytes!).toBeLessThan(0.35 * bodyBytes!);
    expect(statSync(db).size).toBeLessThan(size / 2);
    expect((await runHere(frames)).stdout).toBe(before.stdout);
    const found = await runHere(['frames', '--db', db, '--grep', 'edsger', '--limit', '1']);
    expect(found.stdout).toContain('MESSAGE_CREATE');
  });
});

describe('a file that is being recorded', () => {
  it('can be checked and copied, and nothing else may write to it', async () => {
    const db = scratchFile();
    const recorder = new Gatetape(['record', '--listen', ':0', '--db', db]);
    await recorder.line();
    const copy = join(dirname(db), 'copy.sqlite');
    const [check, backup, ...others] = await Promise.all(
      [
        ['check'],
        ['backup', copy],
        ['compact'],
        ['prune', '--older-than', '1d'],
        ['check', '--repair'],
        ['record', '--listen', ':0'],
      ].map((args) => runHere([...args, '--db', db])),
    );
    expect(check!.stdout).toMatch(
      /: sound .*being written to\)\n {2}note {5}recovery: capture 1 is running\n$/,
    );
    expect(JSON.parse(backup!.stdout)).toMatchObject({ event: 'backed_up', db, file: copy });
    for (const other of others) {
      expect(other.stderr).toBe(
        `gatetape: another gatetape is writing to ${db}: stop it first, or name another file with --db\n`,
      );
      expect(other.exitCode).toBe(3);
    }
    recorder.signal('SIGINT');
    expect((await recorder.ended()).exitCode).toBe(0);
    expect((await runHere(['check', '--db', copy])).exitCode).toBe(0);
  });
});
