import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffPayloads, type Diff, type DiffItem } from '../../../src/replay/compare/payload-diff.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';

const item = (event: string, seq: number, d: object = {}): DiffItem => ({
  op: 0,
  event,
  seq,
  text: JSON.stringify({ t: event, s: seq, op: 0, d }),
});
const diff = (expected: DiffItem[], actual: DiffItem[]): Diff =>
  diffPayloads(expected, actual, new Mask(VOLATILE_RULES));

const A = item('A', 1);
const B = item('B', 2);
const C = item('C', 3);
const D = item('D', 4);

describe('diffPayloads', () => {
  it('finds equal what is equal', () => {
    const none = { missing: [], unexpected: [], reordered: [], changed: [] };
    expect(diff([A, B, C], [A, B, C])).toEqual({ equal: true, matched: 3, ...none });
    expect(diff([], [])).toEqual({ equal: true, matched: 0, ...none });
  });

  it('compares values, not texts', () => {
    const other = { ...A, text: '{ "d": {}, "op": 0.0, "s": 1, "t": "A" }' };
    expect(diff([A], [other])).toMatchObject({ equal: true, matched: 1 });
  });

  it('names a changed field by payload and path', () => {
    const one = item('MESSAGE_CREATE', 2, { id: '7', author: { username: 'mara' }, content: 'hi' });
    const other = item('MESSAGE_CREATE', 2, { id: '7', author: { username: 'marb' }, content: 'hi' });
    expect(diff([A, one, C], [A, other, C])).toEqual({
      equal: false,
      matched: 2,
      missing: [],
      unexpected: [],
      reordered: [],
      changed: [
        {
          index: 1,
          op: 0,
          event: 'MESSAGE_CREATE',
          path: 'd.author.username',
          expected: 'mara',
          actual: 'marb',
        },
      ],
    });
  });

  it('names what is missing and what is unexpected', () => {
    expect(diff([A, B, C, D], [A, C, D])).toMatchObject({
      equal: false,
      matched: 3,
      missing: [{ index: 1, op: 0, event: 'B', seq: 2 }],
    });
    expect(diff([A, C], [A, B, C, D])).toMatchObject({
      matched: 2,
      missing: [],
      unexpected: [
        { index: 1, event: 'B' },
        { index: 3, event: 'D' },
      ],
    });
    expect(diff([A], [])).toMatchObject({ missing: [{ index: 0 }], unexpected: [] });
  });

  it('distinguishes moved payloads from missing ones', () => {
    expect(diff([A, B, C, D], [B, C, D, A])).toMatchObject({
      equal: false,
      matched: 3,
      missing: [],
      unexpected: [],
      changed: [],
      reordered: [{ index: 0, event: 'A', actualIndex: 3 }],
    });
  });

  it('pairs changed payloads by their id before their place', () => {
    const message = (id: string, content: string): DiffItem => item('MESSAGE_CREATE', 1, { id, content });
    const result = diff([message('1', 'a'), message('2', 'b'), A], [message('2', 'x'), A]);
    expect(result.missing).toMatchObject([{ index: 0 }]);
    expect(result.changed).toEqual([
      { index: 1, op: 0, event: 'MESSAGE_CREATE', path: 'd.content', expected: 'b', actual: 'x' },
    ]);
  });

  it('does not count volatile fields and placeholders', () => {
    const ready = (session_id: string): DiffItem => item('READY', 1, { session_id, _trace: [session_id] });
    const token = (value: string): DiffItem => item('X', 2, { token: value });
    expect(diff([ready('a'), token('redacted:1')], [ready('b'), token('real')])).toMatchObject({
      equal: true,
      matched: 2,
    });
  });

  it('compares closes like payloads', () => {
    const close = (code: number): DiffItem => ({
      op: null,
      event: null,
      seq: null,
      text: JSON.stringify({ close: { code } }),
    });
    expect(diff([A, close(4000)], [A, close(4001)]).changed).toEqual([
      { index: 1, op: null, event: null, path: 'close.code', expected: 4000, actual: 4001 },
    ]);
  });

  const items = fc.array(
    fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.nat(3)).map(([event, n]) => item(event, n, { n })),
    { maxLength: 30 },
  );

  it('accounts for every payload once, whatever the sequences', () => {
    fc.assert(
      fc.property(items, items, (expected, actual) => {
        const { matched, missing, unexpected, reordered, changed, equal } = diff(expected, actual);
        const pairs = matched + reordered.length + new Set(changed.map(({ index }) => index)).size;
        expect(pairs + missing.length).toBe(expected.length);
        expect(pairs + unexpected.length).toBe(actual.length);
        expect(equal).toBe(JSON.stringify(expected) === JSON.stringify(actual));
      }),
      { numRuns: 300 },
    );
  });

  it('stays quick where long sequences have nothing in common', () => {
    const many = (event: string): DiffItem[] =>
      Array.from({ length: 20_000 }, (_, n) => item(event, n, { n }));
    expect(diff(many('A'), many('B'))).toMatchObject({ equal: false, matched: 0 });
  });
});
