/**
 * Converts rows of a database to entries of a HAR file, as far as HAR has fields for them.
 *
 * Unrecorded values are written as HAR defines: -1 for a size, no cookies, and all the time between request and end as
 * waiting time. Source: w3c.github.io/web-performance/specs/HAR/Overview.html; HTTP Toolkit http-har.ts for the close.
 */
import { STATUS_CODES } from 'node:http';
import type { ExchangeRow } from '../../../capture/columns.js';
import type { ConnectionRow } from '../../../store/listings.js';
import type { HarHeader } from './entry.js';
import { formatHarTime } from './times.js';

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

// What a browser leaves in a path or a query, and RFC 3986 (2.1, 3.3, 3.4) does not allow there, as HAR wants it.
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
