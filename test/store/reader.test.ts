import { describe, expect, it } from 'vitest';
import { bareFrame, frame, opened } from '../support/records.js';
import { readerOf } from '../support/stores.js';
import { TWO_SHARDS } from '../support/two-shards.js';

describe('sessions and connections', () => {
  it('are named by id or as the latest', () => {
    const reader = readerOf(TWO_SHARDS);
    expect(reader.resolveSession('latest')).toBe(1); // it resumed after 2 identified
    expect(reader.resolveSession(2)).toBe(2);
    expect(() => reader.resolveSession(3)).toThrow(/has no session 3/);
    expect(reader.resolveConnection('latest')).toBe(3);
    expect(() => reader.resolveConnection(9)).toThrow(/has no connection 9/);
    const empty = readerOf([]);
    expect(() => empty.resolveSession('latest')).toThrow(/has no session yet/);
    expect(() => empty.resolveConnection('latest')).toThrow(/has no connection yet/);
  });
});

describe('opcodeCounts', () => {
  it('counts payloads of every opcode, unknown ones too', () => {
    const reader = readerOf([
      opened(),
      frame({ op: 99, event: null }),
      frame(),
      frame(),
      bareFrame({ status: 'partial' }),
    ]);
    expect([...reader.opcodeCounts()]).toEqual([[0, 2], [99, 1]]); // prettier-ignore
  });
});
