/**
 * Exchange writer: writes REST calls as rows. They are few compared with frames, so one statement per call is fast
 * enough.
 */
import type { ExchangeRecord } from '../../capture/records.js';
import type { Database, SqlValue, Statement } from '../database.js';

/** Writes the REST calls of one capture, within the caller's transaction. */
export class ExchangeWriter {
  readonly #captureId: number;
  readonly #exchange: Statement<SqlValue[]>;
  readonly #body: Statement<SqlValue[]>;

  constructor(db: Database, captureId: number) {
    this.#captureId = captureId;
    this.#exchange = db.prepare(
      `INSERT INTO exchange (capture_id, started_at_us, ended_at_us, method, path, route, token_alias, user_agent,
         status, fault, response_headers, request_type, request_bytes, is_request_cut, response_type,
         response_bytes, is_response_cut)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#body = db.prepare(
      'INSERT INTO exchange_body (exchange_id, request, response) VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))',
    );
  }

  /** Writes one. */
  write(record: ExchangeRecord): void {
    const { request, response } = record;
    const { lastInsertRowid } = this.#exchange.run(
      this.#captureId,
      record.startedAtUs,
      record.endedAtUs,
      record.method,
      record.path,
      record.route,
      record.tokenAlias,
      record.userAgent,
      record.status,
      record.fault,
      JSON.stringify(record.responseHeaders),
      request.contentType,
      request.wireBytes,
      Number(request.isCut),
      response.contentType,
      response.wireBytes,
      Number(response.isCut),
    );
    if (request.text !== null || response.text !== null) {
      this.#body.run(Number(lastInsertRowid), request.text, response.text);
    }
  }
}
