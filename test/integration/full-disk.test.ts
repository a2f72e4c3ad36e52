/** Deleting frames where that is needed most: on a disk that is nearly full. */
import { expect, it } from 'vitest';
import { busyCapture } from '../support/busy-capture.js';
import { canFailDisks, FailingDisk } from '../support/disk-faults.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, rowsOf } from '../support/stores.js';

const KIB = 1024;

it.runIf(canFailDisks)('prune works with 256 KiB left, in smaller steps', async () => {
  const db = scratchFile();
  busyCapture(db, { sessions: 1, minutes: 1, framesPerMinute: 3_000, bodyBytes: 400 });
  const disk = new FailingDisk(db);
  disk.fail('too full to grow a file', { calls: ['write', 'truncate', 'unlink'], room: 256 * KIB });
  const args = ['prune', '--db', db, '--older-than', new Date().toISOString()];
  expect(await gatetape(args, { env: disk.environment })).toMatchObject({ exitCode: 0 });
  expectConsistent(db);
  expect(rowsOf(db, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: 0 }]);
});
