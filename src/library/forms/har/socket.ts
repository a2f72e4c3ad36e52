/**
 * A WebSocket of a HAR file as the tap would have reported it, message by message.
 *
 * Compressed messages are decoded by the recorder, as live ones are. What a browser says of a broken frame is left out,
 * as it does not say what was in it.
 */
import type { TapEvent } from '../../../capture/tap.js';
import { UsageError } from '../../../errors.js';
import { handshakeOf } from '../../../proxy/handshake.js';
import { KIND_OF_OPCODE } from '../../../wire/frame-header.js';
import { encodeClose, encodeFrame } from '../../../wire/websocket.js';
import type { ImportSource } from '../form.js';
import type { Keyed } from '../interwoven.js';
import { harMessage, headersOf, type HarMessage, type HarSocket } from './entry.js';
import { pickedAt } from './outline.js';
import { timeOfMessage, timeOfText } from './times.js';

// A client masks what it sends (RFC 6455 section 5.3); with which key makes no difference to what is recorded.
const CLIENT_MASK = Uint8Array.of(0, 0, 0, 0);
const SWITCHING_PROTOCOLS = 101;

/** Where a WebSocket is in its file. */
export interface SocketPlace {
  /** Position of its entry. */
  readonly index: number;
  readonly entry: HarSocket;
  /** Bytes of the file before its messages; null where it has none. */
  readonly messagesAt: number | null;
}

/** Events of one WebSocket by their times. Throws a UsageError for a message that is none. */
export function* socketEvents(
  file: ImportSource,
  { index, entry, messagesAt }: SocketPlace,
): Generator<Keyed<TapEvent>, void> {
  const connection = index + 1;
  let lastUs = startOf(entry);
  yield { key: lastUs, value: openOf(connection, entry) };
  for (const { value } of messagesAt === null ? [] : messagesOf(file, messagesAt, index)) {
    if (value.type === 'error') continue;
    const chunk = chunkOf(connection, value);
    lastUs = Math.max(lastUs, chunk.atUs);
    yield { key: lastUs, value: chunk };
  }
  for (const value of endOf(connection, entry, lastUs)) yield { key: lastUs, value };
}

/** Messages that begin `at` bytes into the file, and the values that they were made of. */
export function* messagesOf(
  file: ImportSource,
  at: number,
  index: number,
): Generator<{ readonly value: HarMessage; readonly raw: unknown; readonly place: string }, void> {
  const picked = pickedAt(file, at, ({ length }) => (length === 0 ? 'enter' : 'take'));
  for (const { path, value: raw } of picked) {
    if (path.length !== 1) continue;
    const place = `message ${String(path[0])} of entry ${index}`;
    const { data: value } = harMessage.safeParse(raw);
    if (value === undefined)
      throw new UsageError(`${file.name}: ${place} is not as HAR has it`, 'export it again');
    yield { value, raw, place };
  }
}

/** When the WebSocket was asked for, in µs since the Unix epoch. */
export function startOf({ startedDateTime }: HarSocket): number {
  return timeOfText(startedDateTime) ?? 0;
}

function openOf(connection: number, entry: HarSocket): TapEvent {
  const { request, response } = entry;
  const upstream = new URL(request.url);
  const answer = headersOf(response.headers);
  const outcome = {
    atUs: startOf(entry),
    upstreamUrl: request.url.replace(/^http/i, 'ws'),
    upgradeStatus: response.status === 0 ? SWITCHING_PROTOCOLS : response.status,
    extensions: answer['sec-websocket-extensions'] ?? null,
  };
  const upgrade = { headers: headersOf(request.headers), socket: null };
  const handshake = handshakeOf(upgrade, upstream.pathname + upstream.search, outcome);
  return { type: 'open', connection, handshake };
}

function chunkOf(
  connection: number,
  { type, time, opcode, data }: HarMessage,
): TapEvent & { readonly type: 'chunk' } {
  const kind = KIND_OF_OPCODE[opcode] ?? 'text';
  const bytes = Buffer.from(data, kind === 'binary' ? 'base64' : 'utf8');
  return {
    type: 'chunk',
    connection,
    sender: type === 'send' ? 'client' : 'gateway',
    atUs: timeOfMessage(time),
    bytes: encodeFrame({ kind, data: bytes }, type === 'send' ? CLIENT_MASK : null),
  };
}

/** The end, with a close frame where the file tells of one; it does not tell whose. */
function* endOf(
  connection: number,
  { _webSocketClose: close }: HarSocket,
  lastUs: number,
): Generator<TapEvent, void> {
  const atUs = Math.max(lastUs, Math.round((close?.timestamp ?? 0) * 1000));
  if (close?.code !== null && close?.code !== undefined) {
    const data = encodeClose(close.code, close.reason ?? '');
    yield { type: 'chunk', connection, sender: 'gateway', atUs, bytes: encodeFrame({ kind: 'close', data }) };
  }
  yield { type: 'end', connection, end: { atUs, endedBy: 'gateway', relayMode: 'verbatim' } };
}
