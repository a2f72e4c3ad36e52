import { expect, it } from 'vitest';
import { exchange, START_US } from '../../support/capture/records.js';
import { readerOf } from '../../support/stores.js';

const calls = [10, 20, 30, 1000].map((durationUs, index) =>
  exchange({
    startedAtUs: START_US + index * 60_000_000,
    endedAtUs: START_US + index * 60_000_000 + durationUs,
    status: [200, 429, null, 200][index]!,
  }),
);

it('figures of REST calls are exact, the busiest group first', () => {
  const { groups, total } = readerOf(calls).exchangeStats({}, ['route', 'status']);
  expect(groups.map(({ route, status, count, errors }) => [route, status, count, errors])).toEqual([
    ['/channels/:id/messages', 200, 2, 0],
    ['/channels/:id/messages', 429, 1, 1],
    ['/channels/:id/messages', null, 1, 1],
  ]);
  expect(total).toEqual({
    count: 4,
    errors: 2,
    requestBytes: 64,
    responseBytes: 100,
    durationP50Us: 20,
    durationP95Us: 1000,
    durationP99Us: 1000,
    durationMaxUs: 1000,
    firstAtUs: START_US,
    lastAtUs: START_US + 180_000_000,
  });
});

it('groups by time are in the order of time', () => {
  const { groups } = readerOf(calls).exchangeStats({ statuses: [{ from: 200, to: 299 }] }, [
    'minute',
    'method',
  ]);
  expect(groups.map(({ minuteAtUs, method }) => [minuteAtUs, method])).toEqual([
    [START_US, 'POST'],
    [START_US + 180_000_000, 'POST'],
  ]);
});

it('figures without calls are empty', () => {
  expect(readerOf([]).exchangeStats()).toMatchObject({
    groups: [],
    total: { count: 0, durationP50Us: null },
  });
});
