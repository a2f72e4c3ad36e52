/** REST calls as rows, read back by SQLite itself. */
import type Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { ExchangeRecord } from '../../../src/capture/records.js';
import { ExchangeWriter } from '../../../src/store/exchanges/exchange-writer.js';
import { exchange, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { openForTest, recordingStore } from '../../support/stores.js';

function written(...records: ExchangeRecord[]): Sqlite.Database {
  const path = scratchFile();
  recordingStore(path).close();
  const db = openForTest(path);
  const writer = new ExchangeWriter(db, 1);
  for (const record of records) writer.write(record);
  return db;
}

it('every fact of a call has its column', () => {
  const db = written(
    exchange({
      endedAtUs: START_US + 5,
      tokenAlias: 'redacted:1',
      userAgent: 'agent',
      status: 429,
      fault: 'broken_off',
      responseHeaders: { 'retry-after': '3' },
      request: { contentType: 'a/b', wireBytes: 7, text: Buffer.from('Zoë'), isCut: true },
      response: { contentType: null, wireBytes: 9, text: null, isCut: false },
    }),
  );
  expect(db.prepare('SELECT * FROM exchange').all()).toEqual([
    {
      id: 1,
      capture_id: 1,
      started_at_us: START_US,
      ended_at_us: START_US + 5,
      method: 'POST',
      path: '/v10/channels/1/messages',
      route: '/channels/:id/messages',
      token_alias: 'redacted:1',
      user_agent: 'agent',
      status: 429,
      fault: 'broken_off',
      response_headers: '{"retry-after":"3"}',
      request_type: 'a/b',
      request_bytes: 7,
      is_request_cut: 1,
      response_type: null,
      response_bytes: 9,
      is_response_cut: 0,
    },
  ]);
  const bodies = db.prepare('SELECT *, typeof(request) AS type FROM exchange_body').all();
  expect(bodies).toEqual([{ exchange_id: 1, request: 'Zoë', response: null, type: 'text' }]);
});

it('a call without bodies has no row for them', () => {
  const none = { contentType: null, wireBytes: 0, text: null, isCut: false };
  const db = written(exchange({ request: none, response: none, status: null }), exchange());
  expect(db.prepare('SELECT exchange_id FROM exchange_body').pluck().all()).toEqual([2]);
});
