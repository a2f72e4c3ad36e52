/** Drift between real databases and a tape. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareShapes } from '../../src/library/drift.js';
import { attached, frame, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

/** A database with one message per element of `contents`, a second apart. */
function messages(...contents: unknown[]): string {
  const path = scratchFile();
  recordingStore(path).append([
    opened(),
    attached(),
    ...contents.map((content, index) =>
      frame({
        frameNo: index + 1,
        session: 1,
        atUs: START_US + index * 1_000_000,
        body: Buffer.from(JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: index, d: { content } })),
      }),
    ),
  ]);
  return path;
}

describe('compareShapes', () => {
  it('compares databases, sessions, captures, and times within one', async () => {
    const db = messages('a', 'b', 3);
    const other = messages('a');
    const splitUs = START_US + 2_000_000;
    const found = { payloadsBefore: 2, payloadsAfter: 1, changes: [{ change: 'type', path: 'd.content' }] };
    expect(
      await compareShapes({ db, filter: { untilUs: splitUs } }, { db, filter: { sinceUs: splitUs } }),
    ).toMatchObject(found);
    expect(await compareShapes({ db: other }, { db, session: 'latest' })).toMatchObject({
      payloadsBefore: 1,
      payloadsAfter: 3,
      changes: [{ severity: 'error', change: 'type', path: 'd.content' }],
    });
    expect((await compareShapes({ db, capture: 1 }, { db, capture: 'latest' })).changes).toEqual([]);
  });

  it('compares a tape, and reports its progress', async () => {
    const tape = scratchFile('old.tape.ndjson');
    writeFileSync(
      tape,
      '{"tape":1,"shard":[0,1],"library":null,"transport":{"version":10,"encoding":"json","compress":"none"}}\n' +
        '{"atUs":0,"connection":1,"sender":"gateway","payload":{"op":0,"t":"MESSAGE_CREATE","s":1,"d":{"content":null}}}\n',
    );
    const counts: number[] = [];
    const drift = await compareShapes(
      { tape },
      { db: messages(...new Array<string>(4500).fill('x')) },
      (count) => counts.push(count),
    );
    expect(drift).toMatchObject({
      payloadsBefore: 1,
      payloadsAfter: 4500,
      changes: [{ severity: 'info', change: 'type' }],
    });
    expect(counts).toEqual([2001, 4001]);
  });
});
