/** The short version of `npm run chaos`: a run of some cells, and an oracle that notices what is missing. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.js';
import { canFailDisks } from '../support/disk-faults.js';
import { scratchFile } from '../support/scratch.js';
import { runCell } from './cell.js';
import { CELLS } from './cells.js';
import { connectAll, startRecording } from './kill-cells.js';
import { judgeRecording } from './oracle.js';
import { Traffic } from './traffic.js';

const SHORT = ['kill, bursts', 'kill in a rotation', 'recorder thread, trickle'];

describe('a recorder', () => {
  it.concurrent.each(CELLS.filter(({ name }) => SHORT.includes(name)))(
    'keeps its promises: $name',
    async (cell) => {
      if (cell.needsCompiler === true && !canFailDisks) return;
      // Ages are for a machine at rest.
      const { faults } = await runCell(cell, { runs: 1, seed: 6, say: () => undefined });
      expect(faults).toEqual([]);
    },
  );
});

it('the oracle notices frames that are missing, in the middle and at the end, and what was promised', async () => {
  const db = scratchFile();
  const files = dirname(db);
  await using traffic = await Traffic.start();
  const program = startRecording(files, traffic.url);
  const listening = await program.listening();
  await connectAll(traffic, listening?.gatewayUrl ?? '');
  for (const lane of traffic.lanes) lane.dispatch(20);
  await traffic.isDelivered();
  program.kill('SIGTERM');
  expect(await program.ended()).toBe(0);
  const { lanes } = traffic;
  const judge = (last = 0): ReturnType<typeof judgeRecording> =>
    judgeRecording(files, {
      atMs: performance.now(),
      lanes,
      acknowledged: new Map([[statSync(db).ino, last]]),
    });
  const whole = program.acknowledged.get(statSync(db).ino) ?? 0;
  expect(judge(whole)).toMatchObject({ faults: [], lost: 0 });
  expect(judge(whole + 1).faults).toEqual([
    `frames up to ${whole + 1} were committed, but the last one is ${whole}`,
  ]);
  const file = openSqlite(db);
  file.pragma('foreign_keys = OFF');
  file.exec('DELETE FROM frame WHERE id = (SELECT max(id) FROM frame WHERE connection_id = 1)');
  expect(judge()).toMatchObject({ faults: [], lost: 1 });
  file.exec('DELETE FROM frame WHERE seq = 5 AND connection_id = 2');
  file.close();
  expect(judge().faults).toEqual(['lane 1, gateway: message 6 is in the place of 5']);
});
