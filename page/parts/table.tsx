/**
 * A table that a click on a title sorts.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatCount } from '../../src/units.js';

/** A column of a table. */
export interface TableColumn<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Value to sort by; missing for a column that cannot sort. Numbers are sorted in descending order. */
  readonly by?: (row: T) => number | string | null;
  readonly isNumber?: boolean;
}

/** Number of rows that are shown at first. */
const FIRST_ROWS = 25;

/** Column to sort by; null for the original order. */
type Sorting = { readonly title: string; readonly isReversed: boolean } | null;

/** A table. `name`: name of its rows. */
export function SortedTable<T>({
  name,
  rows,
  columns,
  keyOf,
  firstRows = FIRST_ROWS,
}: {
  readonly name: string;
  readonly rows: readonly T[];
  readonly columns: readonly TableColumn<T>[];
  readonly keyOf: (row: T) => string;
  readonly firstRows?: number;
}): JSX.Element {
  const [sorting, setSorting] = useState<Sorting>(null);
  const [isWhole, setWhole] = useState(false);
  const sorted = useMemo(() => sortRows(rows, columns, sorting), [rows, sorting]);
  const shown = isWhole ? sorted : sorted.slice(0, firstRows);
  return (
    <>
      <div class="table-box whole" tabIndex={0} role="region" aria-label={`${name}, table`}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <Title key={column.title} column={column} sorting={sorting} sort={setSorting} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ title, cell, isNumber }) => (
                  <td key={title} class={isNumber === true ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > shown.length && (
        <button class="framed more" onClick={() => setWhole(true)}>
          show all {formatCount(sorted.length)}
        </button>
      )}
    </>
  );
}

function Title<T>({
  column: { title, by, isNumber },
  sorting,
  sort,
}: {
  readonly column: TableColumn<T>;
  readonly sorting: Sorting;
  readonly sort: (sorting: Sorting) => void;
}): JSX.Element {
  const isSorted = sorting?.title === title;
  const classes = isNumber === true ? 'number' : '';
  if (title === '') return <td />;
  if (by === undefined)
    return (
      <th scope="col" class={classes}>
        {title}
      </th>
    );
  return (
    <th
      scope="col"
      class={classes}
      aria-sort={isSorted ? (sorting.isReversed ? 'ascending' : 'descending') : undefined}
    >
      <button class="plain" onClick={() => sort({ title, isReversed: isSorted && !sorting.isReversed })}>
        {title}
      </button>
    </th>
  );
}

function sortRows<T>(rows: readonly T[], columns: readonly TableColumn<T>[], sorting: Sorting): readonly T[] {
  const by = columns.find(({ title }) => title === sorting?.title)?.by;
  if (by === undefined) return rows;
  const down = rows.toSorted((one, other) => compare(by(one), by(other)));
  return sorting?.isReversed === true ? down.toReversed() : down;
}

function compare(one: number | string | null, other: number | string | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  if (typeof one === 'number' && typeof other === 'number') return other - one;
  return String(one).localeCompare(String(other));
}

/** A bar for a part of the whole, from 0 to 1. */
export function ShareBar({ share }: { readonly share: number }): JSX.Element {
  return (
    <span class="share" aria-hidden="true">
      <span style={{ width: `${Math.min(100, share * 100).toFixed(1)}%` }} />
    </span>
  );
}
