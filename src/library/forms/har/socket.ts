/**
 * Converts a WebSocket of a HAR file to the events that a tap would emit, message by message.
 *
 * Compressed messages are decoded by the recorder, as live ones are. What a browser says of a broken frame is left out,
 * as it does not say what was in it. What is not a message is left out, and counted.
 */
import { hasZstdMagic } from '../../../wire/zstd/frame-header.js';
import type { TapEvent } from '../../../capture/tap.js';
import { UsageError } from '../../../errors.js';
import { makeHandshake } from '../../../proxy/handshake.js';
import { parseJson } from '../../../replay/tape/line.js';
import { type FrameKind, KIND_OF_OPCODE, type Sender } from '../../../wire/frame.js';
import type { Compression } from '../../../wire/transport.js';
import { readLines } from '../copied-rows.js';
import { encodeClose, encodeFrame } from '../../../wire/websocket.js';
import type { ImportSource } from '../form.js';
import type { Keyed } from '../interwoven.js';
import type { Choose } from '../../../wire/json/picker.js';
import {
  harMessage,
  MessageClock,
  parseHarTime,
  toHeaders,
  withinReach,
  type HarMessage,
  type HarSocket,
} from './entry.js';
import { readPicked } from './outline.js';
import type { Remarks } from './remarks.js';
import { hasZlibHeader } from '../../../wire/zlib/header.js';

// A client masks what it sends (RFC 6455 section 5.3); the key makes no difference to the recording.
const CLIENT_MASK = Uint8Array.of(0, 0, 0, 0);
const SWITCHING_PROTOCOLS = 101;
/** RFC 6455 section 5.5. */
const MAX_CONTROL_BYTES = 125;

/** Where a WebSocket is in its file. */
export interface SocketLocation {
  /** Position of its entry. */
  readonly index: number;
  readonly entry: HarSocket;
  /** Bytes of the file before its messages; null if it has none. */
  readonly messagesAt: number | null;
  /** File that has the messages instead, or null. */
  readonly attached: ImportSource | null;
}

/** Events of one WebSocket by their times; remarks on it go to `remarks`. */
export function* socketEvents(
  file: ImportSource,
  place: SocketLocation,
  remarks: Remarks,
): Generator<Keyed<TapEvent>, void> {
  const connection = place.index + 1;
  const clock = new MessageClock(readStart(place.entry));
  let lastUs = readStart(place.entry);
  const open = toOpenEvent(connection, place.entry);
  yield { key: lastUs, value: open };
  let isBegun = false;
  for (const raw of rawMessages(file, place)) {
    const { data: message } = harMessage.safeParse(raw);
    if (message?.type === 'error') continue;
    const frame = toMessageFrame(message);
    if (message === undefined || frame === null) {
      remarks.add('oddMessage');
      continue;
    }
    if (!isBegun && message.type === 'receive') {
      if (!mayBegin(frame, open.handshake.transport.compress)) remarks.add('midStream');
      isBegun = true;
    }
    const atUs = clock.next(message.time);
    lastUs = Math.max(lastUs, atUs);
    yield { key: lastUs, value: { type: 'chunk', connection, atUs, ...sentAs(message, frame) } };
  }
  for (const value of readEndEvents(connection, place.entry, lastUs)) yield { key: lastUs, value };
}

/** Unvalidated values of the messages of a WebSocket. */
export function* rawMessages(
  file: ImportSource,
  { messagesAt, attached }: Pick<SocketLocation, 'messagesAt' | 'attached'>,
): Generator<unknown, void> {
  if (attached !== null && !/^\uFEFF?\s*\[/.test(attached.head)) {
    for (const line of readLines(attached)) if (line.trim() !== '') yield parseJson(line.trim());
    return;
  }
  const [source, at] = attached === null ? [file, messagesAt] : [attached, 0];
  if (at === null) return;
  for (const { path, value } of readPicked(source, at, ELEMENTS)) if (path.length === 1) yield value;
}

const ELEMENTS: Choose = ({ length }) => (length === 0 ? 'enter' : 'take');

/** Messages that begin `at` bytes into the file, and the values that they were made of. */
export function* readMessages(
  file: ImportSource,
  at: number,
  index: number,
): Generator<{ readonly value: HarMessage; readonly raw: unknown; readonly place: string }, void> {
  for (const { path, value: raw } of readPicked(file, at, ELEMENTS)) {
    if (path.length !== 1) continue;
    const place = `message ${String(path[0])} of entry ${index}`;
    const { data: value } = harMessage.safeParse(raw);
    if (value === undefined)
      throw new UsageError(`${file.name}: ${place} is not as HAR has it`, 'export it again');
    yield { value, raw, place };
  }
}

/** When the WebSocket was asked for, in µs since the Unix epoch. */
export function readStart({ startedDateTime }: HarSocket): number {
  return parseHarTime(startedDateTime) ?? 0;
}

function toOpenEvent(connection: number, entry: HarSocket): TapEvent & { readonly type: 'open' } {
  const { request, response } = entry;
  const upstream = new URL(request.url);
  const answer = toHeaders(response.headers);
  const outcome = {
    atUs: readStart(entry),
    upstreamUrl: request.url.replace(/^http/i, 'ws'),
    upgradeStatus: response.status === 0 ? SWITCHING_PROTOCOLS : response.status,
    extensions: answer['sec-websocket-extensions'] ?? null,
  };
  const upgrade = { headers: toHeaders(request.headers), socket: null };
  const handshake = makeHandshake(upgrade, upstream.pathname + upstream.search, outcome);
  return { type: 'open', connection, handshake };
}

interface MessageFrame {
  readonly kind: FrameKind;
  readonly data: Uint8Array;
}

function sentAs({ type }: HarMessage, frame: MessageFrame): { sender: Sender; bytes: Uint8Array } {
  if (type === 'send') return { sender: 'client', bytes: encodeFrame(frame, CLIENT_MASK) };
  return { sender: 'gateway', bytes: encodeFrame(frame, null) };
}

/** Null if there is no such frame, or its data is not in the file. */
function toMessageFrame(message: HarMessage | undefined): MessageFrame | null {
  if (message === undefined) return null;
  const { opcode, data } = message;
  const kind = KIND_OF_OPCODE[opcode];
  if (kind === undefined) return null;
  const bytes = kind === 'binary' ? bytesOfBase64(data) : Buffer.from(data);
  if (bytes === null || (isControl(kind) && bytes.length > MAX_CONTROL_BYTES)) return null;
  return { kind, data: bytes };
}

function isControl(kind: FrameKind): boolean {
  return kind !== 'text' && kind !== 'binary';
}

/** Null if it is not base64, with or without padding. */
function bytesOfBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  const digits = text.trim().replaceAll('+', '-').replaceAll('/', '_');
  return bytes.toString('base64url') === digits.replace(/={1,2}$/, '') ? bytes : null;
}

/** Whether a compressed stream can begin with `frame`: if not, nothing of what follows can be read. */
function mayBegin({ kind, data }: MessageFrame, compress: Compression): boolean {
  if (kind !== 'binary') return true;
  if (compress === 'zstd-stream') return hasZstdMagic(data);
  return compress !== 'zlib-stream' || hasZlibHeader(data);
}

/** Codes for closes without a close frame, or without a code (RFC 6455 section 7.4.1). */
const UNSENT_CODES: readonly number[] = [1004, 1005, 1006, 1015];

/** The end, with a close frame if the file has one; the file does not name its sender. */
function* readEndEvents(
  connection: number,
  { _webSocketClose: close }: HarSocket,
  lastUs: number,
): Generator<TapEvent, void> {
  const atUs = Math.max(lastUs, withinReach(Math.round((close?.timestamp ?? 0) * 1000)) ?? 0);
  const code = close?.code ?? null;
  if (code !== null && code >= 1000 && code < 5000 && !UNSENT_CODES.includes(code)) {
    const data = encodeClose(code, close?.reason ?? '');
    yield { type: 'chunk', connection, sender: 'gateway', atUs, bytes: encodeFrame({ kind: 'close', data }) };
  }
  yield { type: 'end', connection, end: { atUs, endedBy: 'gateway', relayMode: 'verbatim' } };
}
