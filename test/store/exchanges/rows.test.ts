import { describe, expect, it } from 'vitest';
import { EXCHANGE_KEYS } from '../../../src/capture/columns.js';
import type { ExchangeFilter } from '../../../src/store/exchanges/filter.js';
import { attached, closed, exchange, facts, opened, START_US } from '../../support/capture/records.js';
import { readerOf } from '../../support/stores.js';

const at = (seconds: number): { startedAtUs: number; endedAtUs: number } => ({
  startedAtUs: START_US + seconds * 1e6,
  endedAtUs: START_US + seconds * 1e6 + 5,
});

describe('the list of REST calls', () => {
  const reader = (): ReturnType<typeof readerOf> =>
    readerOf([
      exchange({ ...at(3), path: '/c', status: 404 }),
      exchange({ ...at(1), path: '/a', method: 'GET', route: '/users/@me' }),
      exchange({ ...at(2), path: '/b', status: null, fault: 'no_answer' }),
    ]);

  it('is in the order in which they began, with all that was recorded', () => {
    const rows = [...reader().exchanges()];
    expect(rows.map(({ path }) => path)).toEqual(['/a', '/b', '/c']);
    expect(rows[1]).toMatchObject({
      fault: 'no_answer',
      durationUs: 5,
      requestBody: '{"content":"hi"}',
      requestCut: false,
      responseHeaders: {},
    });
    expect(Object.keys(rows[1]!)).toEqual(EXCHANGE_KEYS);
  });

  it.each<[ExchangeFilter, string]>([
    [{ method: 'GET' }, '/a'],
    [{ route: '/channels/*' }, '/b/c'],
    [{ statuses: [{ from: 400, to: 499 }, null] }, '/b/c'],
    [{ sinceUs: START_US + 2e6 }, '/b/c'],
    [{ untilUs: START_US + 2e6 }, '/a'],
    [{ limit: 1 }, '/c'],
    [{ limit: 2, statuses: [{ from: 200, to: 200 }] }, '/a'],
    [{ limit: 9 }, '/a/b/c'],
  ])('with %j has %s', (filter, paths) => {
    expect([...reader().exchanges(filter)].map(({ path }) => path).join('')).toBe(paths);
  });
});

describe('the calls of a session', () => {
  const session = (key: number, fromSeconds: number, tokenAlias: string | null) => [
    opened({ connection: key, atUs: START_US + fromSeconds * 1e6 }),
    attached({ session: key, connection: key, atUs: START_US + fromSeconds * 1e6 }),
    facts({ session: key, tokenAlias }),
    closed({ connection: key, atUs: START_US + (fromSeconds + 10) * 1e6 }),
  ];
  const call = (path: string, seconds: number, tokenAlias: string | null = 'mine') =>
    exchange({ ...at(seconds), path, tokenAlias });
  const pathsOf = (reader: ReturnType<typeof readerOf>, id: number): string =>
    [...reader.exchanges({ session: id })].map(({ path }) => path).join('');

  it('are those of its token, from the end of the session before to its own', () => {
    const calls = [call('/a', 5), call('/b', 15), call('/x', 16, 'other'), call('/c', 25), call('/d', 99)];
    const reader = readerOf([...session(1, 0, 'mine'), ...session(2, 20, 'mine'), ...calls]);
    expect([pathsOf(reader, 1), pathsOf(reader, 2)]).toEqual(['/a', '/b/c']);
  });

  it('are all of its time where none has its token', () => {
    const reader = readerOf([...session(1, 0, null), call('/a', 5, null), call('/b', 6), call('/c', 50)]);
    expect(pathsOf(reader, 1)).toBe('/a/b');
  });
});
