/** Filters of REST calls, by SQLite itself. */
import type Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exchangeCondition,
  type ExchangeFilter,
  whereOnlySession,
} from '../../../src/store/exchanges/filter.js';
import { attached, closed, exchange, facts, opened, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { openForTest, recordingStore } from '../../support/stores.js';

const SECOND_US = 1_000_000;

/** Paths of the calls that pass, in the order of their ids. */
function pathsOf(db: Sqlite.Database, filter: ExchangeFilter): string[] {
  const { sql, values } = exchangeCondition(db, filter);
  const rows = db.prepare<unknown[], { path: string }>(`SELECT path FROM exchange WHERE ${sql} ORDER BY id`);
  return rows.all(...values).map(({ path }) => path);
}

function database(...records: Parameters<ReturnType<typeof recordingStore>['append']>[0]): Sqlite.Database {
  const path = scratchFile();
  recordingStore(path).append(records);
  const db = openForTest(path, { readonly: true });
  return db;
}

const call = (
  path: string,
  seconds: number,
  tokenAlias: string | null = 'mine',
): ReturnType<typeof exchange> => {
  const startedAtUs = START_US + seconds * SECOND_US;
  return exchange({ path, startedAtUs, endedAtUs: startedAtUs, tokenAlias });
};

describe('a filter of statuses', () => {
  it('is the union of its ranges, whatever they are', () => {
    const statuses = [null, 100, 200, 204, 301, 404, 429, 500, 599];
    const db = database(...statuses.map((status) => exchange({ status, path: String(status) })));
    const range = fc.oneof(
      fc.constant(null),
      fc
        .tuple(fc.integer({ min: 100, max: 599 }), fc.integer({ min: 0, max: 99 }))
        .map(([from, more]) => ({ from, to: from + more })),
    );
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 4 }), (ranges) => {
        const expected = statuses.filter((status) =>
          ranges.some((one) =>
            one === null || status === null ? one === status : one.from <= status && status <= one.to,
          ),
        );
        expect(pathsOf(db, { statuses: ranges })).toEqual(expected.map(String));
      }),
      { numRuns: 100 },
    );
  });
});

describe('values', () => {
  it('are bound: nothing that a user types is SQL', () => {
    const db = database(exchange({ path: '/a', method: "'", route: '/x' }));
    expect(pathsOf(db, { method: "'" })).toEqual(['/a']);
    expect(pathsOf(db, { method: "' OR 1 --", route: "'; DROP TABLE exchange" })).toEqual([]);
    expect(pathsOf(db, { route: '/[w-y]' })).toEqual(['/a']);
  });
});

describe('the calls of a session', () => {
  const session = (key: number, from: number, to: number | null, more: Parameters<typeof facts>[0] = {}) => [
    opened({ connection: key, atUs: START_US + from * SECOND_US }),
    attached({ session: key, connection: key, atUs: START_US + from * SECOND_US }),
    facts({ session: key, tokenAlias: 'mine', ...more }),
    ...(to === null ? [] : [closed({ connection: key, atUs: START_US + to * SECOND_US })]),
  ];

  it('that does not exist are empty', () => {
    expect(pathsOf(database(call('/a', 1)), { session: 77 })).toEqual([]);
  });

  it('of another shard do not end what came before', () => {
    const db = database(
      ...session(1, 0, 5, { shard: [0, 2] }),
      ...session(2, 10, 20, { shard: [1, 2] }),
      ...[call('/early', 1), call('/between', 7), call('/late', 15)],
    );
    expect(pathsOf(db, { session: 1 })).toEqual(['/early']);
    expect(pathsOf(db, { session: 2 })).toEqual(['/early', '/between', '/late']);
    expect([whereOnlySession(db, 1), whereOnlySession(db, 2)]).toEqual([[], [2, 3]]);
  });

  it('that goes on have no end, and the session before theirs has', () => {
    const db = database(...session(1, 0, 5), ...session(2, 10, null), call('/a', 1), call('/b', 1e6));
    expect(pathsOf(db, { session: 1 })).toEqual(['/a']);
    expect(pathsOf(db, { session: 2 })).toEqual(['/b']);
  });

  it('begin with those before its first frame, such as the one for the gateway’s address', () => {
    const db = database(...session(1, 50, 60), call('/v10/gateway/bot', 49), call('/x', 61));
    expect(pathsOf(db, { session: 1 })).toEqual(['/v10/gateway/bot']);
  });
});
