/** Notes of shipping: which of two processes goes on, and what a rename does to them. */
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.js';
import { ShipNotes } from '../../../src/store/shipping/ship-notes.js';
import { readUnshipped } from '../../../src/store/shipping/unshipped.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { Random } from '../../sim/random.js';
import { GrowingCapture } from '../../support/capture/growing.js';
import { scratchFile } from '../../support/scratch.js';
import { frame, opened } from '../../support/capture/records.js';
import { recordingStore, rowsOf } from '../../support/stores.js';

function grown(): GrowingCapture {
  const random = new Random(7);
  const capture = new GrowingCapture(scratchFile(), (below) => random.below(below));
  capture.grow(10);
  return capture;
}

describe('notes of shipping', () => {
  it('count for the process that has begun last, whoever comes to the end first', () => {
    const { path } = grown();
    const [one, other] = [new ShipNotes(path), new ShipNotes(path)];
    const early = one.begin('a fleet', 'rollups');
    const late = other.begin('a fleet', 'rollups');
    // What the earlier one has read can be more, and what the later one has sent replaces it.
    const commit = (): void =>
      one.commit('a fleet', 'rollups', early.version, { throughId: 5, throughChangeId: 0 });
    expect(commit).toThrow(StoreError);
    expect(commit).toThrow(`another gatetape ships ${path}, too`);
    other.commit('a fleet', 'rollups', late.version, { throughId: 3, throughChangeId: 0 });
    expect(one.read('a fleet', 'rollups')?.throughId).toBe(3);
    one.close();
    other.close();
  });

  it('say how much lacks a tier that is asked for', () => {
    const { path } = grown();
    const frames = rowsOf(path, 'SELECT id, at_us FROM frame ORDER BY id');
    const rollups = { hasFrames: false, hasBodies: false };
    expect(readUnshipped(path, null, rollups)).toEqual({
      frames: frames.length,
      oldestAtUs: frames[0]?.['at_us'],
    });
    const notes = new ShipNotes(path);
    const reach = (fleet: string, tier: 'rollups' | 'bodies', throughId: number): void => {
      const { version } = notes.begin(fleet, tier);
      notes.commit(fleet, tier, version, { throughId, throughChangeId: 0 });
    };
    reach('one', 'rollups', frames.length);
    reach('one', 'bodies', 4);
    reach('other', 'rollups', 6);
    notes.close();
    expect(readUnshipped(path, 'one', rollups)).toEqual({ frames: 0, oldestAtUs: null });
    expect(readUnshipped(path, null, { ...rollups, hasBodies: true })).toEqual({
      frames: frames.length - 4,
      oldestAtUs: frames[4]?.['at_us'],
    });
    expect(readUnshipped(path, 'other', rollups).frames).toBe(frames.length - 6);
    expect(readUnshipped(path, 'a third', rollups).frames).toBe(frames.length);
  });

  it('leave the log of another file alone that has got the name', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), frame()]);
    const notes = new ShipNotes(path);
    notes.begin('a fleet', 'rollups');
    const moved = store.putAside();
    const next = openSqlite(path);
    next.pragma('journal_mode = WAL');
    next.exec('CREATE TABLE other (id INTEGER); INSERT INTO other VALUES (1)');
    notes.close();
    const reader = openSqlite(path, { readonly: true });
    expect(reader.prepare('SELECT id FROM other').all()).toEqual([{ id: 1 }]);
    reader.close();
    next.close();
    expect(rowsOf(moved, 'SELECT tier FROM shipment')).toEqual([{ tier: 'rollups' }]);
  });
});
