/** Work on a disk that is nearly full. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { busyCapture } from '../support/capture/busy.js';
import { canFailDisks, FailingDisk } from '../support/disk-faults.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, rowsOf } from '../support/stores.js';

const KIB = 1024;

it.runIf(canFailDisks).each([false, true])(
  'prune works with 256 KiB left, in smaller steps: packed %j',
  async (isPacked) => {
    const db = scratchFile();
    busyCapture(db, { sessions: 1, minutes: 1, framesPerMinute: 3_000, bodyBytes: 400 });
    if (isPacked) await gatetape(['compact', '--db', db]);
    const disk = new FailingDisk(db, dirname(db));
    disk.fail('too full to grow a file', { calls: ['write', 'truncate', 'unlink'], room: 256 * KIB });
    const args = ['prune', '--db', db, '--older-than', new Date().toISOString()];
    expect(await gatetape(args, { env: disk.environment })).toMatchObject({ exitCode: 0 });
    expectConsistent(db);
    expect(rowsOf(db, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: 0 }]);
  },
);

it.runIf(canFailDisks).each([96, 16, 0])(
  'prune says how much room it needs, and leaves a sound file: %i KiB are left',
  async (room) => {
    const db = scratchFile();
    busyCapture(db, { sessions: 1, minutes: 1, framesPerMinute: 300, bodyBytes: 400 });
    const disk = new FailingDisk(db, dirname(db));
    disk.fail('too full to grow a file', { calls: ['write', 'truncate', 'unlink'], room: room * KIB });
    const args = ['prune', '--db', db, '--older-than', new Date().toISOString()];
    const { exitCode, stderr } = await gatetape(args, { env: disk.environment });
    expect(stderr).toBe(
      `gatetape: the database ${db} cannot be pruned any further: the disk is full: its log takes 256 KiB while frames are deleted: free that much, and prune again\n`,
    );
    expect(exitCode).toBe(3);
    expectConsistent(db);
    expect(await gatetape(args)).toMatchObject({ exitCode: 0 });
    expect(rowsOf(db, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: 0 }]);
  },
);

it.runIf(canFailDisks)('an import says in a line that the disk is full, and leaves nothing', async () => {
  const source = scratchFile();
  busyCapture(source, { sessions: 1, minutes: 1, framesPerMinute: 1_000, bodyBytes: 400 });
  const { stdout: lines } = await gatetape(['export', '--db', source, '--as', 'jsonl']);
  const file = scratchFile('capture.jsonl');
  writeFileSync(file, lines);
  const db = scratchFile();
  const disk = new FailingDisk(db, dirname(db));
  disk.fail('too full to grow a file', { calls: ['write', 'truncate', 'unlink'], room: 768 * KIB });
  const { exitCode, stderr } = await gatetape(['import', file, '--db', db], { env: disk.environment });
  expect(stderr).toBe(
    `gatetape: the database ${db} cannot grow: the disk is full: free some space, or name a file on another disk\n`,
  );
  expect([exitCode, existsSync(db)]).toEqual([3, false]);
});
