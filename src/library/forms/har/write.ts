/**
 * HAR 1.2 files written: each connection an entry, with its payloads as the messages that browsers write.
 *
 * The messages are the payloads as they were recorded, as JSON text, secrets as placeholders: whatever was compressed or
 * in ETF is decoded. What the connection spoke stands beside it in `_gatetape`. Frames without a payload are left out.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html.
 */
import type { ConnectionRow } from '../../../store/listings.js';
import type { FrameRow } from '../../../store/frame-rows.js';
import type { ExportSource } from '../form.js';
import type { HarHeader, HarMessage, HarSocket } from './entry.js';

const BEGIN =
  '{"log":{"version":"1.2","creator":{"name":"gatetape","version":"0"},"comment":"payloads decoded and redacted","entries":[';

/** Lines of a HAR file. */
export function* writeHar({ reader, filter }: ExportSource): Generator<string, void> {
  yield BEGIN;
  let separator = '';
  for (const connection of reader.connections()) {
    if (filter.connection !== undefined && filter.connection !== connection.id) continue;
    const frames = reader.frames({ ...filter, connection: connection.id, statuses: ['ok'] });
    const first = frames.next();
    if (first.done === true) continue;
    yield `${separator}${entryHead(connection)},"_webSocketMessages":[`;
    yield messageOf(first.value);
    for (const frame of frames) yield `,${messageOf(frame)}`;
    yield ']}';
    separator = ',';
  }
  yield ']}}';
}

function messageOf({ sender, atUs, payloadText }: FrameRow): string {
  return JSON.stringify({
    type: sender === 'client' ? 'send' : 'receive',
    time: atUs / 1e6,
    opcode: 1,
    data: payloadText ?? '',
  } satisfies HarMessage);
}

/** Entry without its messages and its last bracket. */
function entryHead(connection: ConnectionRow): string {
  const { openedAtUs, closedAtUs, upstreamUrl, userAgent, extensions, transport } = connection;
  const header = (name: string, value: string | null): HarHeader[] =>
    value === null ? [] : [{ name, value }];
  const sizes = { headersSize: -1, bodySize: -1 };
  const url = URL.canParse(upstreamUrl) ? upstreamUrl : `ws://localhost${connection.path}`;
  const entry = {
    _resourceType: 'websocket',
    _gatetape: transport,
    startedDateTime: new Date(openedAtUs / 1000).toISOString(),
    time: ((closedAtUs ?? openedAtUs) - openedAtUs) / 1000,
    request: {
      method: 'GET',
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: header('User-Agent', userAgent),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      ...sizes,
    },
    response: {
      status: connection.upgradeStatus,
      statusText: connection.upgradeStatus === 101 ? 'Switching Protocols' : '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: header('Sec-WebSocket-Extensions', extensions),
      content: { size: 0, mimeType: 'x-unknown' },
      redirectURL: '',
      ...sizes,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    ...closeOf(connection),
  };
  return JSON.stringify(entry).slice(0, -1);
}

function closeOf({
  closeCode,
  closeReason,
  closedAtUs,
}: ConnectionRow): Pick<Partial<HarSocket>, '_webSocketClose'> {
  if (closeCode === null) return {};
  const timestamp = closedAtUs === null ? null : closedAtUs / 1000;
  return { _webSocketClose: { code: closeCode, reason: closeReason, timestamp } };
}
