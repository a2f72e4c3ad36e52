import { expect, it } from 'vitest';
import { EXCHANGE_COLUMNS, FRAME_COLUMNS, keysIn } from '../../src/capture/columns.js';
import { columnNames, insertRow, selectColumns } from '../../src/store/column-sql.js';

it('the SELECT of a table returns columns under the keys of a row', () => {
  expect(selectColumns(EXCHANGE_COLUMNS, 'exchange', ['startedAtUs', 'requestCut'])).toBe(
    'exchange.started_at_us AS "startedAtUs", exchange.is_request_cut AS "requestCut"',
  );
  expect(selectColumns(FRAME_COLUMNS, 'frame_type')).toBe(
    ['sender', 'kind', 'op', 'event', 'status'].map((name) => `frame_type.${name} AS "${name}"`).join(', '),
  );
});

it('the INSERT of a table takes a row by the names of its keys', () => {
  expect(insertRow(EXCHANGE_COLUMNS, 'exchange', ['captureId', 'method'])).toBe(
    'INSERT INTO exchange (capture_id,method) VALUES (:captureId,:method)',
  );
});

it('the columns of a frame are in the order of the values of the writer', () => {
  expect(columnNames(FRAME_COLUMNS, keysIn(FRAME_COLUMNS, 'frame')).join()).toBe(
    'id,connection_id,session_id,type_id,frame_no,at_us,seq,wire_bytes,payload_bytes',
  );
});
