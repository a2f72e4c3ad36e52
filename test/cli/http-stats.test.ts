import { expect, it } from 'vitest';
import type { Format } from '../../src/cli/print/format.js';
import { formatHttpStats } from '../../src/cli/http-stats.js';
import { createPaint } from '../../src/cli/print/paint.js';
import type { ExchangeFigures, ExchangeStats } from '../../src/store/exchanges/figures.js';
import { START_US } from '../support/capture/records.js';

const figures = (count: number, errors: number): ExchangeFigures => ({
  count,
  errors,
  requestBytes: 0,
  responseBytes: 2048,
  durationP50Us: 900,
  durationP95Us: 90_000,
  durationP99Us: 90_000,
  durationMaxUs: 1_500_000,
  firstAtUs: START_US,
  lastAtUs: START_US,
});

const stats: ExchangeStats = {
  groups: [
    { route: '/users/@me', status: 200, ...figures(3, 0) },
    { route: '/users/@me', status: null, ...figures(1, 1) },
  ],
  total: figures(4, 1),
};

const plain = { paint: createPaint({}, true, {}), width: Infinity };
const lines = (format: Format, given = stats): string[] => [
  ...formatHttpStats(given, ['route', 'status'], format, plain),
];

it('REST statistics as a table end with the total, and mark calls without an answer', () => {
  expect(lines('table').map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
    ['ROUTE', 'STATUS', 'CALLS', 'ERRORS', 'SENT', 'GOT', 'P50', 'P95', 'P99', 'MAX'],
    ['/users/@me', '200', '3', '–', '0 B', '2 KiB', '900 µs', '90 ms', '90 ms', '1.5 s'],
    ['/users/@me', 'none', '1', '1', '0 B', '2 KiB', '900 µs', '90 ms', '90 ms', '1.5 s'],
    ['total', '4', '1', '0 B', '2 KiB', '900 µs', '90 ms', '90 ms', '1.5 s'],
  ]);
});

it('REST statistics as JSON are one object with groups and total', () => {
  expect(lines('json').map((line) => JSON.parse(line) as unknown)).toEqual([stats]);
});

it('REST statistics as JSON lines and CSV have the groups only, with the same keys', () => {
  const keys = Object.keys(stats.groups[0]!);
  expect(lines('ndjson').map((line) => JSON.parse(line) as unknown)).toEqual(stats.groups);
  const [heading, ...rows] = lines('csv');
  expect(heading!.split(',')).toEqual(keys);
  expect(rows.map((row) => row.split(',').slice(0, 4))).toEqual([
    ['/users/@me', '200', '3', '0'],
    ['/users/@me', '', '1', '1'],
  ]);
});

it('REST statistics without calls have dashes for times', () => {
  const times = { durationP50Us: null, durationP95Us: null, durationP99Us: null, durationMaxUs: null };
  const nothing = { groups: [], total: { ...figures(0, 0), ...times } };
  expect(lines('table', nothing).at(-1)).toMatch(/^total .*(?: +–){4}$/);
  expect(lines('ndjson', nothing)).toEqual([]);
});
