/** Searches of packed payloads: they find what they find where nothing is packed, and skip blocks without the text. */
import { copyFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilterFrame } from '../../src/filter/evaluate.js';
import { printFilter } from '../../src/filter/print.js';
import type { Database } from '../../src/store/database.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { planFrames } from '../../src/store/frame-plan.js';
import { FrameRows } from '../../src/store/frame-rows.js';
import { PAYLOADS } from '../../src/store/packed-bodies.js';
import { searchRanges, type SearchRange } from '../../src/store/packed-search.js';
import { openChecked, openReader } from '../../src/store/reader.js';
import { readSizeBins } from '../../src/store/stats/size-bins.js';
import { readTypeBins } from '../../src/store/stats/type-bins.js';
import { BlockRewriter } from '../../src/store/upkeep/block-rewriter.js';
import { Compactor } from '../../src/store/upkeep/compactor.js';
import { bareFrame, frame, opened } from '../support/capture/records.js';
import { FIRST_US } from '../support/filter-frames.js';
import { recordFrames, recordingArb } from '../support/filter-recordings.js';
import { filterArb } from '../support/filters.js';
import { scratchFile } from '../support/scratch.js';
import { openForTest, storeRecords } from '../support/stores.js';

const SECOND_US = 1_000_000;

/** Packs the payloads of a file whose frames come once a second; a block ends before each of the frames `ends`. */
function pack(path: string, ends: readonly number[]): void {
  const db = openForTest(path);
  const compactor = new Compactor(db, PAYLOADS);
  for (const end of ends.toSorted((a, b) => a - b)) {
    compactor.step({ beforeUs: FIRST_US + end * SECOND_US, isFullOnly: false, blocks: 1 });
  }
  db.close();
}

/** Takes the payload of a frame out of its block again. */
function unpack(path: string, { id, payloadText }: FilterFrame): void {
  if (payloadText === null) return;
  const db = openForTest(path);
  new BlockRewriter(db, PAYLOADS).leaveOut(`SELECT ${id}`);
  db.prepare('INSERT OR IGNORE INTO payload VALUES (?, ?)').run(id, payloadText);
  db.close();
}

/** All that the searches of a file answer, with the number of ids that they have looked at. */
function answer(db: Database, filter: FrameFilter): unknown {
  let searched = 0;
  const count = (ids: number): void => void (searched += ids);
  const rows = new FrameRows(db);
  const listed = [...rows.list(filter, count)];
  const newest = [...rows.list({ ...filter, limit: 2 })].map(({ id }) => id);
  const pages = [true, false].map((isBackwards) =>
    [...rows.pages(filter, { isBackwards, rowsAtMost: 3 })].flatMap((page) =>
      [...page.rows].map(({ id }) => id),
    ),
  );
  const sizes = readSizeBins(db, filter, count);
  const types = readTypeBins(db, filter, 3_600 * SECOND_US, count);
  const byType = types.toSorted((a, b) => a.binAtUs - b.binAtUs || a.type.id - b.type.id);
  return { listed, newest, pages, sizes, byType, searched };
}

it('finds what it finds where nothing is packed, in every direction', () => {
  fc.assert(
    fc.property(
      recordingArb,
      fc.array(filterArb, { minLength: 5, maxLength: 10 }),
      fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 }),
      fc.nat({ max: 39 }),
      (recording, filters, ends, unpackedIndex) => {
        const frames = recording.map((one, index) => ({ ...one, atUs: FIRST_US + index * SECOND_US }));
        const plain = scratchFile();
        recordFrames(plain, frames);
        const packed = scratchFile();
        copyFileSync(plain, packed);
        pack(packed, ends);
        unpack(packed, frames[unpackedIndex % frames.length]!);
        const [before, after] = [openChecked(plain), openChecked(packed)];
        for (const filter of filters) {
          expect(answer(after, { filter }), printFilter(filter)).toEqual(answer(before, { filter }));
        }
        before.close();
        after.close();
      },
    ),
    { numRuns: 12 },
  );
});

/** A file of 200 frames in blocks of 50, of which the frames `ids` have the text `needle`; every tenth has no payload. */
function packedFile(ids: readonly number[], ends: readonly number[] = [50, 100, 150, 200]): string {
  const frames = Array.from({ length: 200 }, (_, index) => {
    const [frameNo, atUs] = [index + 1, FIRST_US + index * SECOND_US];
    if (frameNo % 10 === 0) return bareFrame({ frameNo, atUs, status: 'control', kind: 'ping' });
    const event = frameNo % 25 === 1 ? 'RARE' : 'MESSAGE_CREATE';
    const content = ids.includes(frameNo) ? 'a Needle' : 'hay';
    const body = Buffer.from(JSON.stringify({ op: 0, t: event, s: frameNo, d: { content } }));
    return frame({ frameNo, atUs, event, seq: frameNo, body });
  });
  const path = storeRecords([opened({ atUs: FIRST_US }), ...frames]);
  pack(path, ends);
  return path;
}

function rangesOf(path: string, filter: FrameFilter, isBackwards = false): readonly SearchRange[] {
  const db = openChecked(path);
  try {
    return [...searchRanges(db, planFrames(db, filter), { isBackwards })];
  } finally {
    db.close();
  }
}

describe('a search of packed payloads', () => {
  it('looks at no frame of a block without the text', () => {
    const path = packedFile([]);
    const ranges = rangesOf(path, { text: 'needle' });
    expect(ranges.every(({ isSkipped }) => isSkipped)).toBe(true);
    expect(ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)).toBe(200);
    expect(ranges.length).toBeLessThanOrEqual(4);
  });

  it('looks at the frames around those that have it, in both directions', () => {
    const path = packedFile([60, 61, 140, 199]);
    const found = [61, 199].map((id) => ({ first: id, last: id, isSkipped: false }));
    for (const filter of [
      { text: 'NEEDLE' },
      { filter: 'd.content:~*needle* needle' },
      { filter: 'needle or "needle h"' },
    ]) {
      expect(rangesOf(path, filter).filter(({ isSkipped }) => !isSkipped)).toEqual(found);
    }
    const forwards = rangesOf(path, { text: 'needle' });
    expect(rangesOf(path, { text: 'needle' }, true)).toEqual(forwards.toReversed());
  });

  it('looks at every frame for a condition that a payload without any text can meet', () => {
    const path = packedFile([61]);
    for (const filter of ['-needle', '/needle/', 'needle or event:RARE', '', 'op:DISPATCH']) {
      expect(
        rangesOf(path, { filter }).every(({ isSkipped }) => !isSkipped),
        filter,
      ).toBe(true);
    }
  });

  it('leaves blocks alone of which few frames can pass by their type', () => {
    const path = packedFile([1]);
    expect(rangesOf(path, { filter: 'needle event:RARE' })).toEqual([
      { first: 1, last: 176, isSkipped: false },
    ]);
    expect([...openReader(path).frames({ filter: 'needle event:RARE' })].map(({ id }) => id)).toEqual([1]);
  });

  it('goes on while payloads are packed, and packed again without some of them', () => {
    const ids = [5, 45, 61, 99, 141, 198, 199];
    const path = packedFile(ids, [50]);
    const found = openReader(path).frames({ text: 'needle' });
    const next = (): number | undefined => {
      const result = found.next();
      return result.done === true ? undefined : result.value.id;
    };
    expect([next(), next()]).toEqual([5, 45]);
    pack(path, [100, 150, 200]);
    expect([next(), next()]).toEqual([61, 99]);
    const db = openForTest(path);
    new BlockRewriter(db, PAYLOADS).leaveOut('SELECT id FROM frame WHERE id IN (101, 198)');
    expect([...found].map(({ id }) => id)).toEqual([141, 199]);
  });

  it('takes the text of the payload that is shown, if a damaged file has two', () => {
    const path = packedFile([]);
    const db = openForTest(path);
    const body = JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 75, d: { content: 'needle' } });
    db.prepare('INSERT INTO payload VALUES (75, ?)').run(body);
    expect([...openReader(path).frames({ text: 'needle' })].map(({ id }) => id)).toEqual([75]);
  });
});
