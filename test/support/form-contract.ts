/** What holds of every form that keeps everything: the same rows and the same file again. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FormName } from '../../src/library/forms/form.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { compact, prune } from '../../src/store/upkeep/upkeep.js';
import { busyCapture } from './capture/busy.js';
import { START_US } from './capture/records.js';
import { anyCapture, contentOf, exportedAs, importedAs } from './round-trips.js';
import { scratchFile } from './scratch.js';
import { expectConsistent, storeRecords } from './stores.js';

/** Tests of form `as`, in the caller's `describe`. `findDefects`: what an independent judge has to say of a file. */
export function itComesBack(
  as: FormName,
  { numRuns, faultsOf = () => [] }: { numRuns: number; faultsOf?: (text: string) => readonly unknown[] },
): void {
  it('gives the same rows and the same file again, whatever was recorded', () => {
    fc.assert(
      fc.property(anyCapture, (records) => {
        const db = storeRecords(records);
        const text = exportedAs(as, db);
        expect(faultsOf(text)).toEqual([]);
        const copy = importedAs(as, text, scratchFile(), 'none');
        expect(contentOf(copy)).toEqual(contentOf(db));
        expect(exportedAs(as, copy)).toBe(text);
        expect(exportedAs('jsonl', copy)).toBe(exportedAs('jsonl', db));
      }),
      { numRuns },
    );
  });

  it.each<FrameFilter>([
    { connection: 2 },
    { session: 2 },
    { ops: [10], statuses: ['ok'] },
    { sinceUs: START_US + 90_000_000 },
  ])('keeps its ids when it is chosen by %j', (filter) => {
    const db = scratchFile();
    busyCapture(db);
    const text = exportedAs(as, db, filter);
    expect(faultsOf(text)).toEqual([]);
    const copy = importedAs(as, text);
    expect(exportedAs(as, copy)).toBe(text);
    expectConsistent(copy);
  });

  it('comes out of a database that was compacted and pruned', () => {
    const db = scratchFile();
    busyCapture(db);
    const nowUs = (): number => START_US;
    expect([...prune(db, { beforeUs: START_US + 61_000_000 }, { nowUs })].length).toBeGreaterThan(0);
    const text = exportedAs(as, db);
    expect([...compact(db, { nowUs })].length).toBeGreaterThan(0);
    expect(exportedAs(as, db)).toBe(text);
    const copy = importedAs(as, text);
    expect(exportedAs(as, copy)).toBe(text);
    expect(exportedAs('jsonl', copy)).toBe(exportedAs('jsonl', db));
  });
}
