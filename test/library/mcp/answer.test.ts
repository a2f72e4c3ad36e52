/** Pages: bounded, and together everything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPosition, makePage, PAGE_CHARS, readPosition } from '../../../src/library/mcp/answer.js';

function pages(rows: readonly unknown[], limit: number): (readonly unknown[])[] {
  const result: (readonly unknown[])[] = [];
  let cursor: string | undefined;
  do {
    const page = makePage(fromPosition(rows, cursor), limit);
    result.push(page.rows);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return result;
}

describe('pages', () => {
  it('hold all rows once, in order, and none is empty but the only one', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), (values, limit) => {
        const rows = JSON.parse(JSON.stringify(values)) as unknown[];
        const all = pages(rows, limit);
        expect(all.flat()).toEqual(rows);
        for (const page of all) expect(page.length).toBeLessThanOrEqual(limit);
        if (all.length > 1) for (const page of all) expect(page.length).toBeGreaterThan(0);
      }),
    );
  });

  it('are bounded in characters, whatever a row holds', () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key${at}`, at]));
    const rows = [wide, 'x'.repeat(100_000), ...Array.from({ length: 100 }, () => 'y'.repeat(3_000))];
    const all = pages(rows, 500);
    for (const page of all) expect(JSON.stringify(page).length).toBeLessThan(PAGE_CHARS * 1.5);
    expect(all.flat()).toHaveLength(rows.length);
    expect(all[0]![0]).toMatchObject({ characters: JSON.stringify(wide).length });
    expect(all.flat()[1]).toMatch(/^x{2000}… \(100000 characters\)$/);
  });

  it('go on where a search was broken off', () => {
    expect(makePage([], 5, () => '77')).toEqual({ rows: [], nextCursor: '77' });
  });
});

it.each(['', '-1', '1.5', 'x', '9'.repeat(16), '1'.repeat(17)])('%j is not a valid cursor', (text) => {
  expect(() => readPosition(text)).toThrow('the cursor is invalid');
});
