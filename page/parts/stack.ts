/**
 * Stacked areas in steps, as SVG paths.
 */

/** Adds each row of values to the sum of those before it; the last sum is the outline. */
export function sumStack(rows: readonly (readonly (number | null)[])[], count: number): readonly number[][] {
  const sums = new Array<number>(count).fill(0);
  return rows.map((values) => {
    for (let index = 0; index < count; index++) sums[index] = (sums[index] ?? 0) + (values[index] ?? 0);
    return [...sums];
  });
}

/** Path of the area between two rows of sums; `xAt` has the edges of the bins, `yAt` the height of an amount. */
export function drawArea(
  lower: readonly number[] | undefined,
  upper: readonly number[],
  xAt: (index: number) => number,
  yAt: (amount: number) => number,
): string {
  const low = upper.map((_, index) => lower?.[index] ?? 0);
  const isThere = (index: number): boolean => (upper[index] ?? 0) > (low[index] ?? 0);
  let path = '';
  // Each run of bins that are not empty is an area of its own, so that long empty times cost nothing.
  for (let from = 0; from < upper.length; from++) {
    if (!isThere(from)) continue;
    let until = from;
    while (isThere(until)) until++;
    path += drawRun(low, upper, from, until, xAt, yAt);
    from = until;
  }
  return path;
}

function drawRun(
  low: readonly number[],
  upper: readonly number[],
  from: number,
  until: number,
  xAt: (index: number) => number,
  yAt: (amount: number) => number,
): string {
  const yOf = (row: readonly number[], index: number): number => round(yAt(row[index] ?? 0));
  let path = `M${round(xAt(from))},${yOf(low, from)}`;
  for (let index = from; index < until; index++) path += `V${yOf(upper, index)}H${round(xAt(index + 1))}`;
  for (let index = until - 1; index >= from; index--) path += `V${yOf(low, index)}H${round(xAt(index))}`;
  return `${path}Z`;
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}
