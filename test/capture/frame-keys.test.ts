/** Which frames are of the same kind. */
import { describe, expect, it } from 'vitest';
import type { FrameKey } from '../../src/capture/columns.js';
import { FrameKeyTable } from '../../src/capture/frame-keys.js';
import { BOUNDS } from '../../src/wire/bounds.js';

interface Named extends FrameKey {
  readonly name: string;
}

const facts: FrameKey = { sender: 'gateway', kind: 'text', status: 'ok', op: 0, event: 'READY' };
const others: readonly Partial<FrameKey>[] = [
  { sender: 'client' },
  { kind: 'binary' },
  { status: 'not_json' },
  { op: 1 },
  { op: null },
  { event: 'RESUMED' },
  { event: '' },
  { event: null },
];

describe('a table of frame facts', () => {
  it('gives different numbers to facts that differ in one field', () => {
    const table = new FrameKeyTable<Named>();
    expect(table.find(facts)).toBeUndefined();
    const all = [{}, ...others].map((other, index) => ({ ...facts, ...other, name: String(index) }));
    for (const named of all) {
      expect(table.find(named)).toBeUndefined();
      table.add(named, named);
    }
    expect(table.size).toBe(all.length);
    for (const { sender, kind, status, op, event, name } of all) {
      expect(table.find({ sender, kind, status, op, event })?.name).toBe(name);
    }
  });

  it('is cleared when it is full, and on request', () => {
    const table = new FrameKeyTable<FrameKey>();
    let count = 0;
    for (; !table.isFull; count += 1) table.add(facts, { ...facts, event: `E${count}` });
    expect([count, table.size]).toEqual([BOUNDS.frameFacts, BOUNDS.frameFacts]);
    const last = { ...facts, event: 'LAST' };
    table.add(last, last);
    expect(table.size).toBe(1);
    expect(table.find(facts)).toBeUndefined();
    expect(table.find(last)).toBe(last);
    table.clear();
    expect(table.find(last)).toBeUndefined();
    expect(table.size).toBe(0);
  });
});
