import { describe, expect, it } from 'vitest';
import {
  EXCHANGE_COLUMNS,
  EXCHANGE_KEYS,
  FRAME_COLUMNS,
  FRAME_KEYS,
  isNumeric,
  keysIn,
  VALUE_LISTS,
  type ColumnTable,
} from '../../src/capture/columns.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore, rowsOf } from '../support/stores.js';

it('the words that files and scripts have are these', () => {
  expect(VALUE_LISTS).toEqual({
    sender: ['client', 'gateway'],
    kind: ['text', 'binary', 'ping', 'pong', 'close'],
    status: [
      ...[
        'ok',
        'partial',
        'control',
        'protocol_error',
        'truncated',
        'too_large',
        'inflate_failed',
        'context_lost',
      ],
      ...['not_utf8', 'not_json', 'not_etf', 'not_object', 'unknown_encoding', 'unsupported_compression'],
      ...['too_complex', 'decoder_failed'],
    ],
    error: ['no_answer', 'broken_off', 'client_left', 'stopped'],
  });
});

describe('the tables of columns', () => {
  it('print the keys that scripts rely on, in their order', () => {
    expect(FRAME_KEYS.join()).toBe(
      'id,connectionId,frameNo,atUs,sender,kind,op,opName,event,seq,wireBytes,payloadBytes,status',
    );
    expect(EXCHANGE_KEYS.join()).toBe(
      'id,captureId,startedAtUs,endedAtUs,durationUs,method,path,route,tokenAlias,userAgent,status,fault,' +
        'responseHeaders,requestType,requestBytes,requestCut,requestBody,' +
        'responseType,responseBytes,responseCut,responseBody',
    );
  });

  it.each<[ColumnTable, 'frame' | 'frame_type' | 'exchange' | 'exchange_body', readonly string[]]>([
    [FRAME_COLUMNS, 'frame', []],
    [FRAME_COLUMNS, 'frame_type', ['id']],
    [EXCHANGE_COLUMNS, 'exchange', []],
    [EXCHANGE_COLUMNS, 'exchange_body', ['exchange_id']],
  ])('agree with the schema in name, type and nullability (%#: %s)', (columns, table, keys) => {
    const path = scratchFile();
    recordingStore(path).close();
    const schema = rowsOf(path, 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', table)
      .filter(({ name }) => !keys.includes(String(name)))
      .map(({ name, type, notnull, pk }) => `${String(name)} ${String(type)} ${notnull === 1 || pk === 1}`);
    const own = keysIn(columns, table).map((key) => {
      const { column, holds, isNullable } = columns[key]!;
      const type = isNumeric(holds) || holds === 'flag' ? 'INTEGER' : 'TEXT';
      return `${column} ${type} ${isNullable !== true}`;
    });
    expect(own.sort()).toEqual(schema.sort());
  });
});
