/**
 * Exchange writer: writes REST calls as rows. They are few compared with frames, so one statement per call is fast
 * enough.
 */
import { EXCHANGE_COLUMNS, keysIn } from '../../capture/columns.js';
import type { ExchangeRecord } from '../../capture/records.js';
import { insertRow, type StoredRow } from '../column-sql.js';
import type { Database, Statement } from '../database.js';

const KEYS = keysIn(EXCHANGE_COLUMNS, 'exchange').filter((key) => key !== 'id');

type Stored = Omit<StoredRow<typeof EXCHANGE_COLUMNS, 'exchange'>, 'id'>;

/** Writes the REST calls of one capture, within the caller's transaction. */
export class ExchangeWriter {
  readonly #captureId: number;
  readonly #exchange: Statement<[Stored]>;
  readonly #body: Statement<[number, Uint8Array | null, Uint8Array | null]>;

  constructor(db: Database, captureId: number) {
    this.#captureId = captureId;
    this.#exchange = db.prepare(insertRow(EXCHANGE_COLUMNS, 'exchange', KEYS));
    this.#body = db.prepare(
      'INSERT INTO exchange_body (exchange_id, request, response) VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))',
    );
  }

  /** Writes one. */
  write(record: ExchangeRecord): void {
    const { request, response } = record;
    const { lastInsertRowid } = this.#exchange.run({
      captureId: this.#captureId,
      startedAtUs: record.startedAtUs,
      endedAtUs: record.endedAtUs,
      method: record.method,
      path: record.path,
      route: record.route,
      tokenAlias: record.tokenAlias,
      userAgent: record.userAgent,
      status: record.status,
      fault: record.fault,
      responseHeaders: JSON.stringify(record.responseHeaders),
      requestType: request.contentType,
      requestBytes: request.wireBytes,
      requestCut: Number(request.isCut),
      responseType: response.contentType,
      responseBytes: response.wireBytes,
      responseCut: Number(response.isCut),
    });
    if (request.text !== null || response.text !== null) {
      this.#body.run(Number(lastInsertRowid), request.text, response.text);
    }
  }
}
