import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSnowflakeMs } from '../../../src/gateway/snowflake.js';
import { TimeShift } from '../../../src/replay/rebase/time-shift.js';

const START_MS = Date.UTC(2024, 0, 1);
const DAY_S = 86_400;
const idAt = (ms: number, low = 0n): string => ((BigInt(ms - 1_420_070_400_000) << 22n) | low).toString();
const shift = new TimeShift(START_MS, DAY_S);

describe('a moment', () => {
  it.each([
    [`{"id":"${idAt(START_MS, 77n)}"}`, `{"id":"${idAt(START_MS + DAY_S * 1000, 77n)}"}`],
    ['{"timestamp":"2024-01-01T10:00:00.123000+00:00"}', '{"timestamp":"2024-01-02T10:00:00.123000+00:00"}'],
    ['["2024-01-01T23:30:00+01:00"]', '["2024-01-02T23:30:00+01:00"]'],
    ['["2024-12-31T23:59:59Z"]', '["2025-01-01T23:59:59Z"]'],
    ['{"since" : 1704067200123 , "x":1}', '{"since" : 1704153600123 , "x":1}'],
    ['{"d":{"timestamp":1704067200}}', '{"d":{"timestamp":1704153600}}'],
  ])('of %s moves', (text, moved) => {
    expect(shift.text(text)).toBe(moved);
  });

  it.each([
    ['an old id', `{"guild_id":"${idAt(START_MS - 61_000)}"}`],
    ['an old date', '{"joined_at":"2019-05-05T05:05:05.000000+00:00"}'],
    ['an old time', '{"since":1577836800000}'],
    ['a number of another name', '{"size":1704067200123}'],
    ['a fraction', '{"since":1704067200.5,"start":1704067200e3}'],
    ['a permission', '{"permissions":"18014398509481983"}'],
    [
      'what only mentions one',
      `{"content":"<@${idAt(START_MS)}> \\"${idAt(START_MS)}\\" 2024-01-01T10:00:00Z"}`,
    ],
    ['what is no date', '["2024-99-99T10:00:00Z"]'],
    ['what is too large for an id', '["9999999999999999999"]'],
    ['a date that would need five digits for its year', '["9999-12-31T12:00:00Z"]'],
    ['a floating number', '{"x":1.0,"y":1e5,"z":-0}'],
  ])('is not found in %s', (_, text) => {
    expect(shift.text(text)).toBe(text);
  });

  it('in a path moves where it is a whole part', () => {
    const id = idAt(START_MS);
    const moved = idAt(START_MS + DAY_S * 1000);
    expect(shift.path(`/v10/channels/5/messages/${id}?around=${id}&x=a${id}`)).toBe(
      `/v10/channels/5/messages/${moved}?around=${moved}&x=a${id}`,
    );
  });
});

const ids = fc.array(
  fc.record({
    ms: fc.integer({ min: START_MS - 200_000_000, max: START_MS + 200_000_000 }),
    low: fc.bigInt({ min: 0n, max: (1n << 22n) - 1n }),
  }),
  { minLength: 2, maxLength: 8 },
);

describe('moving', () => {
  it('leaves an id that would not be one any more', () => {
    const text = `["${idAt(START_MS)}"]`;
    expect(new TimeShift(START_MS, 1e10).text(text)).toBe(text);
  });

  it('by nothing changes nothing, whatever the text', () => {
    const still = new TimeShift(START_MS, 0);
    const date = fc.date({ noInvalidDate: true, min: new Date(START_MS) }).map((at) => at.toISOString());
    const since = fc.integer({ min: START_MS, max: START_MS * 2 }).map((value) => ({ since: value }));
    const id = fc.integer({ min: START_MS, max: START_MS * 2 }).map((ms) => idAt(ms));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.jsonValue(), date, since, id)), (value) => {
        const text = JSON.stringify(value);
        expect(still.text(text)).toBe(text);
      }),
    );
  });

  it('forward keeps what is equal equal, every order, and what is not the time of an id', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 1_000_000_000 }), (made, deltaS) => {
        const before = made.map(({ ms, low }) => idAt(ms, low));
        const after = JSON.parse(new TimeShift(START_MS, deltaS).text(JSON.stringify(before))) as string[];
        const order = (list: readonly string[]): number[] =>
          list.map((id) => list.filter((other) => BigInt(other) < BigInt(id)).length);
        expect(order(after)).toEqual(order(before));
        for (const [index, id] of after.entries()) {
          expect(BigInt(id) & 0x3f_ffffn).toBe(BigInt(before[index]!) & 0x3f_ffffn);
          expect([0, deltaS * 1000]).toContain(readSnowflakeMs(id)! - readSnowflakeMs(before[index]!)!);
        }
      }),
    );
  });

  it('forward and back gives the original', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 1_000_000 }), (made, deltaS) => {
        const text = JSON.stringify(made.map(({ ms, low }) => idAt(Math.max(ms, START_MS), low)));
        const there = new TimeShift(START_MS, deltaS).text(text);
        expect(new TimeShift(START_MS + deltaS * 1000, -deltaS).text(there)).toBe(text);
      }),
    );
  });
});
