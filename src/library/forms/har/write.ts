/**
 * Writes HAR 1.2: connections and REST calls as entries in the order of time, for every program that reads HAR, and the
 * rows of the database in fields of gatetape.
 *
 * Messages are the recorded payloads: JSON text, with placeholders for secrets. Compressed and ETF messages are decoded,
 * because a database does not have their original bytes. A frame without a payload is written as its recorded bytes.
 * Unrecorded values are as HAR defines: -1 for a size, no cookies, and all the time between request and end as waiting
 * time.
 *
 * HAR allows additional fields that begin with an underscore. `_gatetape` holds the row in an entry, the frame as
 * `gatetape frames` prints it in a message, and in the log the rows that belong to no entry.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html; DevTools HARLog.ts for messages; HTTP Toolkit
 * http-har.ts for the close.
 */
import { STATUS_CODES } from 'node:http';
import type { ExchangeRow } from '../../../capture/columns.js';
import { FRAME_KEYS } from '../../../capture/columns.js';
import type { FrameDetail } from '../../../store/frame-rows.js';
import type { ConnectionRow } from '../../../store/listings.js';
import { OPCODE } from '../../../wire/frame.js';
import type { ExportSource } from '../form.js';
import { interwoven, type Keyed } from '../interwoven.js';
import { ExportRows, type ExportRow } from '../export-rows.js';
import { CREATOR, formatHarTime, type HarHeader, type HarMessage } from './entry.js';
import { MESSAGES, OWN } from './outline.js';

const BEGIN = `{"log":{"version":"1.2","creator":${JSON.stringify(CREATOR)},"entries":[`;

/** Lines of a HAR file. */
export function* writeHar(source: ExportSource): Generator<string, void> {
  const entries = new Entries(source);
  yield BEGIN;
  yield* separated(entries.inOrder());
  yield `],"${OWN}":[`;
  yield* separated(entries.rowsBeside());
  yield ']}}';
}

/** Lines of some values, with a comma before each but the first; a value without lines is skipped. */
function* separated(values: Iterable<Iterable<string>>): Generator<string, void> {
  let comma = '';
  for (const lines of values) {
    let before = comma;
    for (const line of lines) {
      yield before + line;
      before = '';
      comma = ',';
    }
  }
}

type Lines = Iterable<string>;

class Entries {
  readonly #source: ExportSource;
  readonly #exportRows: ExportRows;
  /** Rows that an entry needs and that are not its own. */
  readonly #aside: ExportRow[] = [];

  constructor(source: ExportSource) {
    this.#source = source;
    this.#exportRows = new ExportRows(source);
  }

  /** Entries by the time at which they began. */
  inOrder(): Generator<Lines, void> {
    return interwoven<Lines>([
      { fromKey: -Infinity, open: () => this.#sockets() },
      { fromKey: -Infinity, open: () => this.#calls() },
    ]);
  }

  /** Rows that belong to no entry; when the entries have been written. */
  *rowsBeside(): Generator<Lines, void> {
    for (const row of this.#aside) yield [JSON.stringify(row)];
    for (const row of this.#exportRows.beside()) yield [JSON.stringify(row)];
  }

  *#sockets(): Generator<Keyed<Lines>, void> {
    for (const socket of this.#exportRows.connections()) {
      yield { key: socket.openedAtUs, value: this.#socketLines(socket) };
    }
  }

  *#socketLines(connection: ConnectionRow): Generator<string, void> {
    const frames = this.#exportRows.frames(connection.id);
    const first = frames.next();
    if (first.done === true && !this.#exportRows.isWhole) return;
    yield `${JSON.stringify(socketEntry(this.#exportRows.listed(connection))).slice(0, -1)},"${MESSAGES}":[`;
    if (first.done !== true) yield this.#formatMessage(first.value);
    for (const frame of frames) yield `,${this.#formatMessage(frame)}`;
    // The close reason can contain a secret that only the messages identify as one.
    const own = this.#ownRow('connection', this.#exportRows.connection(connection.id));
    yield `]${formatClose(this.#exportRows.listed(connection))},"${OWN}":${JSON.stringify(own)}}`;
  }

  #formatMessage(frame: FrameDetail): string {
    this.#aside.push(...this.#exportRows.session(frame));
    const facts = Object.fromEntries(FRAME_KEYS.map((key) => [key, frame[key]]));
    const { sessionId, bytes } = frame;
    const own = { ...facts, sessionId, bytes: bytes === null ? null : Buffer.from(bytes).toString('base64') };
    return JSON.stringify({ ...toHarMessage(frame), [OWN]: own });
  }

  *#calls(): Generator<Keyed<Lines>, void> {
    for (const exchange of this.#exportRows.exchanges()) {
      const own = this.#ownRow('exchange', this.#exportRows.exchange(exchange));
      const api = this.#source.reader.row('capture', exchange.captureId)?.['api'];
      const entry = { ...callEntry(exchange, String(api ?? '')), [OWN]: own };
      yield { key: exchange.startedAtUs, value: [JSON.stringify(entry)] };
    }
  }

  /** The row of `table`; the others go aside. */
  #ownRow(table: 'connection' | 'exchange', rows: Iterable<ExportRow>): ExportRow | null {
    let own: ExportRow | null = null;
    for (const row of rows) {
      if (table in row) own = row;
      else this.#aside.push(row);
    }
    return own;
  }
}

/** The message for readers of HAR. */
function toHarMessage({ sender, kind, atUs, status, payloadText, bytes }: FrameDetail): HarMessage {
  const [opcode, data] =
    status === 'ok'
      ? [OPCODE.text, payloadText ?? '']
      : [OPCODE[kind], Buffer.from(bytes ?? []).toString(kind === 'binary' ? 'base64' : 'utf8')];
  return { type: sender === 'client' ? 'send' : 'receive', time: atUs / 1e6, opcode, data };
}

const HTTP_VERSION = 'HTTP/1.1';
/** API of a capture that does not name one, such as that of a tape. */
const SOME_API = 'http://localhost/api';

/** Entry of a connection, without its messages. */
export function socketEntry(connection: ConnectionRow): object {
  const { openedAtUs, closedAtUs, upstreamUrl, userAgent, extensions, upgradeStatus, path } = connection;
  const url = URL.canParse(upstreamUrl) ? upstreamUrl : `ws://localhost${path}`;
  return {
    _resourceType: 'websocket',
    ...toTimes(openedAtUs, closedAtUs ?? openedAtUs),
    request: { method: 'GET', ...toRequest(url, [['User-Agent', userAgent]]), bodySize: 0 },
    response: {
      ...toResponse(upgradeStatus, [['Sec-WebSocket-Extensions', extensions]]),
      content: { size: 0, mimeType: 'x-unknown' },
      bodySize: 0,
    },
  };
}

/** The close of a connection as the last field of its entry, or nothing. */
export function formatClose({ closeCode, closeReason, closedAtUs }: ConnectionRow): string {
  if (closeCode === null) return '';
  const close = {
    code: closeCode,
    reason: closeReason,
    timestamp: closedAtUs === null ? null : closedAtUs / 1000,
  };
  return `,"_webSocketClose":${JSON.stringify(close)}`;
}

/** Entry of a REST call to the API whose base is `api`. */
export function callEntry(exchange: ExchangeRow, api: string): object {
  const { startedAtUs, endedAtUs, method, path, tokenAlias, userAgent, status, fault } = exchange;
  const { requestType, requestBody, requestBytes, responseType, responseHeaders, responseBytes } = exchange;
  // A path of an imported call may lack its slash, and would then become part of the host.
  const url = `${api.replace(/\/$/, '')}${path.startsWith('/') ? '' : '/'}${path}`;
  const headers = [
    ['User-Agent', userAgent],
    ['Authorization', tokenAlias],
    ['Content-Type', requestType],
  ] as const;
  return {
    _resourceType: 'fetch',
    ...toTimes(startedAtUs, endedAtUs),
    request: {
      method,
      ...toRequest(URL.canParse(url) ? url : SOME_API, headers),
      ...(requestBody === null ? {} : { postData: { mimeType: requestType ?? '', text: requestBody } }),
      bodySize: requestBytes,
    },
    response: {
      ...toResponse(status ?? 0, [['Content-Type', responseType], ...Object.entries(responseHeaders)]),
      content: toContent(exchange),
      redirectURL: responseHeaders['location'] ?? '',
      bodySize: responseBytes,
      ...(fault === null ? {} : { _error: fault }),
    },
  };
}

function toContent({ responseType, responseBody, responseBytes, responseCut }: ExchangeRow): object {
  return {
    size: responseBody === null ? responseBytes : Buffer.byteLength(responseBody),
    mimeType: responseType ?? 'x-unknown',
    ...(responseBody === null ? {} : { text: responseBody }),
    ...(responseCut ? { comment: 'not all of it was recorded' } : {}),
  };
}

function toTimes(fromUs: number, untilUs: number): object {
  const time = Math.max(0, untilUs - fromUs) / 1000;
  return {
    startedDateTime: formatHarTime(fromUs),
    time,
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
  };
}

// Characters that a browser leaves in a path or a query and RFC 3986 (2.1, 3.3, 3.4) forbids; HAR requires a valid URI.
const NOT_OF_URI = /%(?![0-9a-f]{2})|[^\w.~:/?@!$&'()*+,;=%-]/gi;

type Values = readonly (readonly [name: string, value: string | null])[];

function toRequest(url: string, headers: Values): object {
  const { origin, pathname, search, searchParams } = new URL(url);
  const uri = `${origin}${`${pathname}${search}`.replace(NOT_OF_URI, (char) => encodeURIComponent(char))}`;
  const queryString = [...searchParams].map(([name, value]) => ({ name, value }));
  const facts = { url: uri, httpVersion: HTTP_VERSION, cookies: [], headers: toHeaderList(headers) };
  return { ...facts, queryString, headersSize: -1 };
}

function toResponse(status: number, headers: Values): object {
  const statusText = STATUS_CODES[status] ?? '';
  const facts = {
    status,
    statusText,
    httpVersion: HTTP_VERSION,
    cookies: [],
    headers: toHeaderList(headers),
  };
  return { ...facts, redirectURL: '', headersSize: -1 };
}

function toHeaderList(headers: Values): readonly HarHeader[] {
  return headers.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}
