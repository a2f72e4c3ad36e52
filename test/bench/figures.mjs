/** Figures: medians and percentiles, and numbers as a table shows them. */

/** Value that a share of the sorted or unsorted numbers do not exceed, nearest-rank. */
export function percentile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** Middle of the numbers. */
export function median(numbers) {
  return percentile(numbers, 0.5);
}

/** Three significant digits, thousands set apart. */
export function shown(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  const rounded = digits > 0 ? value.toFixed(Math.min(digits, 3)) : String(Number(value.toPrecision(3)));
  const [whole, fraction] = rounded.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
