import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/store/condition.js';
import { frameCondition, isSelective, scopeCondition, type FrameFilter } from '../../src/store/filter.js';

describe('conditions', () => {
  it('hold no value, whatever the values are', () => {
    const evil = `'; DROP TABLE frame; --`;
    const filter = {
      ops: [31337],
      event: evil,
      sender: evil,
      kinds: [evil],
      statuses: [evil],
      connection: 31337,
      session: 31337,
      shard: 31337,
      sinceUs: 31337,
      untilUs: 31337,
      minBytes: 31337,
      maxBytes: 31337,
    } as unknown as FrameFilter;
    const { sql, values } = frameCondition(filter);
    expect(sql).not.toMatch(/DROP|31337/);
    expect(values).toHaveLength(12);
    expect(sql.split('?')).toHaveLength(13);
  });

  it('that restrict nothing are one and the same', () => {
    expect(scopeCondition({})).toBe(EVERYTHING);
    expect(scopeCondition({ event: undefined, ops: undefined })).toBe(EVERYTHING);
    expect(frameCondition({ limit: 3, afterId: 2 })).toBe(EVERYTHING);
  });

  it('on scope or time can use the roll-ups, sizes and ids cannot', () => {
    expect(isSelective({ event: 'X' })).toBe(true);
    expect(isSelective({ untilUs: 1 })).toBe(true);
    expect(isSelective({ minBytes: 1, afterId: 3, limit: 1 })).toBe(false);
  });
});
