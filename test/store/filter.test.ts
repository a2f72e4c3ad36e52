/** What flags and the library select, as one predicate with the filter language. */
import { describe, expect, it } from 'vitest';
import { FilterError } from '../../src/filter/filter-error.js';
import { ALWAYS } from '../../src/filter/predicate.js';
import { framePredicate, type FrameFilter } from '../../src/store/filter.js';
import { predicateCondition } from '../../src/store/predicate-sql.js';

const context = { nowUs: 1_785_974_400_000_000, findLatest: () => 7 };
const predicateOf = (filter: FrameFilter): unknown => framePredicate(filter, context);

describe('filters', () => {
  it('become conditions that hold no value, whatever the values are', () => {
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
      text: evil,
      guild: evil,
      where: [{ path: [evil], operator: '=', value: { type: 'string', text: evil } }],
      filter: [`d["'; DROP TABLE"].x:"DROP" /DROP/ "DROP" event:DROP*`, 'seq:31337 close:31337'],
    } as unknown as FrameFilter;
    const { sql, values } = predicateCondition(framePredicate(filter, context));
    expect(sql).not.toMatch(/DROP|31337/);
    expect(sql.split('?')).toHaveLength(values.length + 1);
  });

  it('that restrict nothing are one and the same', () => {
    expect(predicateOf({})).toBe(ALWAYS);
    expect(predicateOf({ event: undefined, ops: undefined, filter: [], limit: 3, afterId: 2 })).toBe(ALWAYS);
    expect(predicateOf({ filter: ' ' })).toBe(ALWAYS);
  });

  it.each<[FrameFilter, string]>([
    [{ ops: [0, 1] }, 'op:0,1'],
    [{ event: 'message_*' }, 'event:MESSAGE_*'],
    [
      { sender: 'client', kinds: ['text', 'ping'], statuses: ['ok'] },
      'sender:client kind:text,ping status:ok',
    ],
    [{ capture: 1, connection: 2, session: 3, shard: 0 }, 'capture:1 connection:2 session:3 shard:0'],
    [{ sinceUs: 5, untilUs: 9 }, 'since:5 until:9'],
    [{ seq: 5, minBytes: 2, maxBytes: 9 }, 'seq:5 size:>=2 size:<=9'],
    [{ guild: '1', channel: '2', user: '3', text: 'x' }, 'guild:1 channel:2 user:3 x'],
    [{ session: 7 }, 'session:latest'],
    [{ filter: ['op:1', 'a or b'] }, 'op:1 (a or b)'],
  ])('%j mean what %s does', (flags, filter) => expect(predicateOf(flags)).toEqual(predicateOf({ filter })));

  it('are refused as text with the place of the error', () => {
    expect(() => predicateOf({ filter: ['op:1', 'evnt:READY'] })).toThrow(FilterError);
  });
});
