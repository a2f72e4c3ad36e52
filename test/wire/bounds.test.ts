/** The table of bounds, and the copy of it in the documentation. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HTTP_BOUND_ROWS } from '../../src/serving/http.js';
import { PAGE_BOUND_ROWS } from '../../src/ui/bounds.js';
import { BOUND_ROWS, type BoundRow, BOUNDS, cutCell } from '../../src/wire/bounds.js';

const MIB = 1024 * 1024;

const ALL_ROWS = [...BOUND_ROWS, ...HTTP_BOUND_ROWS, ...PAGE_BOUND_ROWS];

/** A row as docs/reference.md has it. */
function rowOf([name, amount, unit, per, reason]: BoundRow): string {
  const isMiB = unit === 'bytes' && amount % MIB === 0;
  const isKiB = unit === 'bytes' && !isMiB && amount % 1024 === 0;
  const count = isMiB
    ? `${amount / MIB} MiB`
    : isKiB
      ? `${amount / 1024} KiB`
      : `${amount.toLocaleString('en')} ${unit}`;
  return `| \`${name}\` | ${count} | ${per} | ${reason} |`;
}

describe('BOUNDS', () => {
  it('are in docs/reference.md, each with its reason', () => {
    const reference = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');
    const documented = reference.slice(reference.indexOf('## Bounds')).replace(/ +/g, ' ').split('\n');
    const rows = documented.filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(ALL_ROWS.map(rowOf));
  });

  it('are linked from SECURITY.md, which repeats none but those that are there', () => {
    const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');
    const section = security.slice(security.indexOf('## Bounds'));
    expect(section).toContain('](docs/reference.md#bounds)');
    const names = ALL_ROWS.map(([name]) => name);
    const said = [...section.matchAll(/`(\w+)` \(([^)]*)\)/g)].map(([, name = '', amount]) => [name, amount]);
    expect(said.length).toBeGreaterThan(8);
    for (const [name = '', amount] of said) {
      const row = ALL_ROWS[names.indexOf(name)];
      expect([name, row === undefined ? null : rowOf(row).split(' | ')[1]]).toEqual([name, amount]);
    }
  });

  it('are positive, and as many as the rows', () => {
    expect(Object.values(BOUNDS).every((amount) => amount > 0)).toBe(true);
    expect(Object.keys(BOUNDS)).toHaveLength(BOUND_ROWS.length);
  });
});

describe('cutCell', () => {
  it('keeps what is short, and cuts the rest to its length', () => {
    expect(cutCell('MESSAGE_CREATE')).toBe('MESSAGE_CREATE');
    expect(cutCell('abcdef', 6)).toBe('abcdef');
    expect(cutCell('abcdefg', 6)).toBe('abcde…');
  });

  it('leaves no half of a character', () => {
    expect(cutCell('ab😀😀', 4)).toBe('ab…');
  });
});
