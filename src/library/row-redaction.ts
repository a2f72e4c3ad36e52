/**
 * Redaction of rows that come from a file: secrets that are still in them do not reach the database, and stand-ins of an
 * earlier redaction stay as they are, so that a redacted database is copied to the letter.
 */
import type { FrameRecord } from '../capture/records.js';
import type { Redaction, Redactor } from '../gateway/redact/redact.js';
import { redactBody, redactPath } from '../gateway/redact/rest.js';
import type { CopiedRow } from '../store/row-copier.js';
import type { TableRow } from '../store/table-rows.js';

const STAND_IN = 'redacted:';
/** From the weakest on. */
const STRENGTHS: readonly string[] = ['none', 'secrets', 'personal'] satisfies Redaction[];
const NO_CALL = { route: '', request_type: '', response_type: '' };

/** Takes secrets out of the rows of one file, in their order. */
export class RowRedaction {
  readonly #redactor: Redactor;
  readonly #redaction: Redaction;
  /** The REST call whose body comes next. */
  #call: TableRow = NO_CALL;

  constructor(redactor: Redactor, redaction: Redaction) {
    this.#redactor = redactor;
    this.#redaction = redaction;
  }

  /** The row without secrets. */
  of(copied: CopiedRow): CopiedRow {
    if (copied.type === 'frame') return { ...copied, frame: this.#frame(copied.frame) };
    const { table, row } = copied;
    if (table === 'exchange') this.#call = row;
    const columns = Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'string' ? this.#text(column, value) : value,
    ]);
    return { ...copied, row: Object.fromEntries(columns) as TableRow };
  }

  #frame(frame: FrameRecord): FrameRecord {
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

  #text(column: string, text: string): string {
    switch (column) {
      case 'alias':
      case 'token_alias':
        return text.startsWith(STAND_IN) ? text : this.#redactor.alias(text);
      // A capture is as redacted as it was, or as this makes it, whichever is more.
      case 'redaction':
        return STRENGTHS.indexOf(text) > STRENGTHS.indexOf(this.#redaction) ? text : this.#redaction;
      case 'path':
        return redactPath(text, this.#redactor);
      case 'request':
      case 'response':
        return this.#body(text, String(this.#call[`${column}_type`] ?? ''));
      case 'response_headers':
        return this.#redactor.isOff ? text : this.#body(text, 'application/json');
      default:
        return this.#redactor.text(text);
    }
  }

  #body(text: string, type: string): string {
    const body = redactBody(Buffer.from(text), String(this.#call['route']), type, this.#redactor);
    return Buffer.from(body.buffer, body.byteOffset, body.length).toString();
  }
}
