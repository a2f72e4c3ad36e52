/**
 * Redaction of rows that are read from or written to a file: removes remaining secrets, and keeps the placeholders of
 * an earlier redaction, so that a redacted database is copied unchanged.
 */
import type { FrameRecord } from '../capture/records.js';
import { isPlaceholder } from '../gateway/redact/placeholder.js';
import type { Redaction, Redactor } from '../gateway/redact/redact.js';
import { redactBody, redactPath } from '../gateway/redact/rest-body.js';
import { parseJson } from '../replay/tape/line.js';
import type { ExchangeRow } from '../capture/columns.js';
import type { ConnectionRow } from '../store/listings.js';
import type { CopiedRow } from '../store/row-copier.js';
import type { CopiedTable, TableRow } from '../store/table-rows.js';

/** Levels, weakest first. */
const STRENGTHS: readonly string[] = ['none', 'secrets', 'personal'] satisfies Redaction[];
const NO_CALL = { route: '', request_type: '', response_type: '' };

/** Whether `redaction` removes less than the other one. */
export function isWeaker(redaction: string, than: Redaction): boolean {
  return STRENGTHS.indexOf(redaction) < STRENGTHS.indexOf(than);
}

/** Parts of a frame that can hold a secret. */
type FrameContent = Pick<FrameRecord, 'op' | 'event' | 'body' | 'raw'>;

/** Removes secrets from the rows of one file, in their order. */
export class RowRedaction {
  readonly #redactor: Redactor;
  readonly #redaction: Redaction;
  /** The REST call of the next body. */
  #call: TableRow = NO_CALL;

  constructor(redactor: Redactor, redaction: Redaction) {
    this.#redactor = redactor;
    this.#redaction = redaction;
  }

  /** The row without secrets. */
  of(copied: CopiedRow): CopiedRow {
    if (copied.type === 'frame') return { ...copied, frame: this.frame(copied.frame) };
    return { ...copied, row: this.row(copied.table, copied.row) };
  }

  /** The row of `table` without secrets; that of a REST call must come before those of its bodies. */
  row(table: CopiedTable, row: TableRow): TableRow {
    if (table === 'exchange') this.#call = row;
    const columns = Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'string' ? this.#text(column, value) : value,
    ]);
    return Object.fromEntries(columns) as TableRow;
  }

  /** A listed connection without secrets. */
  connection(listed: ConnectionRow): ConnectionRow {
    const { path, upstreamUrl, extensions, userAgent, closeReason } = listed;
    return {
      ...listed,
      path: this.#text('path', path),
      upstreamUrl: this.#text('upstream_url', upstreamUrl),
      extensions: this.#textOrNull('extensions', extensions),
      userAgent: this.#textOrNull('user_agent', userAgent),
      closeReason: this.#textOrNull('close_reason', closeReason),
    };
  }

  /** A listed REST call without secrets. */
  exchange(listed: ExchangeRow): ExchangeRow {
    const { path, route, userAgent, requestType, responseType, requestBody, responseBody } = listed;
    this.#call = {
      route,
      request_type: requestType,
      response_type: responseType,
      is_request_cut: Number(listed.requestCut),
      is_response_cut: Number(listed.responseCut),
    };
    const headers = this.#text('response_headers', JSON.stringify(listed.responseHeaders));
    return {
      ...listed,
      path: this.#text('path', path),
      userAgent: this.#textOrNull('user_agent', userAgent),
      responseHeaders: JSON.parse(headers) as ExchangeRow['responseHeaders'],
      requestType: this.#textOrNull('request_type', requestType),
      requestBody: this.#textOrNull('request', requestBody),
      responseType: this.#textOrNull('response_type', responseType),
      responseBody: this.#textOrNull('response', responseBody),
    };
  }

  /** The frame without secrets. */
  frame<Frame extends FrameContent>(frame: Frame): Frame {
    const { op, event, body, raw } = frame;
    if (op === null || body === null) return { ...frame, raw: raw === null ? null : this.#redactor.raw(raw) };
    const payload = { op, t: event, bytes: body, hasSecretKey: true, etf: raw };
    const redacted = this.#redactor.body(payload);
    return {
      ...frame,
      event: event === null || redacted === body ? event : this.#redactor.text(event),
      body: redacted,
      raw: raw === null ? null : this.#redactor.etf(payload, redacted),
    };
  }

  #textOrNull(column: string, text: string | null): string | null {
    return text === null ? null : this.#text(column, text);
  }

  #text(column: string, text: string): string {
    switch (column) {
      case 'alias':
      case 'token_alias':
        return isPlaceholder(text) ? text : this.#redactor.alias(text);
      // The capture's level becomes the stronger of its own and this one.
      case 'redaction':
        return isWeaker(text, this.#redaction) ? this.#redaction : text;
      case 'path':
      case 'upstream_url':
        return redactPath(text, this.#redactor);
      case 'request':
      case 'response':
        return this.#callBody(text, column);
      case 'response_headers':
        return this.#redactor.isOff ? text : this.#body(this.#headers(text), 'application/json', false);
      default:
        return this.#redactor.text(text);
    }
  }

  /** Headers in JSON, of which `location` is a path; the same text if there is nothing to remove. */
  #headers(text: string): string {
    const headers = parseJson(text);
    if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return text;
    const clean = Object.entries(headers).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? redactPath(value, this.#redactor) : value,
    ]);
    const redacted = JSON.stringify(Object.fromEntries(clean));
    return redacted === JSON.stringify(headers) ? text : redacted;
  }

  #callBody(text: string, message: 'request' | 'response'): string {
    const type = this.#call[`${message}_type`];
    return this.#body(text, String(type ?? ''), this.#call[`is_${message}_cut`] === 1);
  }

  #body(text: string, type: string, isCut: boolean): string {
    const body = { text: Buffer.from(text), route: String(this.#call['route']), type, isCut };
    const redacted = redactBody(body, this.#redactor);
    // If its secrets cannot be removed, it is left out.
    return Buffer.from(redacted ?? []).toString();
  }
}
