/**
 * HAR files read back: each WebSocket in it as the tap would have reported it, message by message.
 *
 * A file of any size is read in pieces, twice: browsers write the messages before the request that tells what they mean.
 * Compressed messages are decoded by the recorder, as live ones are. Connections come one after the other.
 */
import type { Handshake, TapEvent } from '../../capture/tap.js';
import { UsageError } from '../../errors.js';
import { BrokenJson, JsonPicker, type JsonPath, type Choice, type Picked } from '../../wire/json/picker.js';
import { transportFromQuery, type Transport } from '../../wire/transport.js';
import { encodeClose, encodeFrame } from '../../wire/websocket.js';
import type { ImportedCapture, ImportSource } from './form.js';
import { harEntry, harMessage, type HarEntry, type HarMessage } from './har-entry.js';

const MESSAGES = '_webSocketMessages';
const FIELDS: readonly (string | number | undefined)[] = Object.keys(harEntry.shape);
const ENTRY_DEPTH = 3;
const PLAIN: Transport = { version: 10, encoding: 'json', compress: 'none' };
// A client masks what it sends (RFC 6455 section 5.3); with which key makes no difference to what is recorded.
const CLIENT_MASK = Uint8Array.of(0, 0, 0, 0);
const SECRET_HEADERS = ['authorization', 'cookie'];
/** Seconds since the Unix epoch that no message has: the year 5138. As ms they are 1973. */
const LATEST_S = 1e11;
const KINDS = new Map([
  [1, 'text'],
  [2, 'binary'],
  [8, 'close'],
  [9, 'ping'],
  [10, 'pong'],
] as const);

/** Reads a HAR file. Throws a UsageError when it is none, or is broken. */
export function readHar(file: ImportSource): ImportedCapture {
  const entries = readEntries(file);
  if (entries.size === 0) {
    throw new UsageError(`${file.name} has no WebSocket with messages`, 'record with the network panel open');
  }
  const transports = new Map<number, Transport>();
  for (const [index, { _gatetape: transport }] of entries) {
    if (transport !== null && transport !== undefined) transports.set(index + 1, transport);
  }
  return { events: eventsOf(file, entries), transports };
}

/** Entries with messages, by their position. */
function readEntries(file: ImportSource): ReadonlyMap<number, HarEntry> {
  const fields = new Map<number, Record<string, unknown>>();
  const withMessages = new Set<number>();
  const choose = ([log, list, entry, field, message]: JsonPath): Choice => {
    if ((log ?? 'log') !== 'log' || (list ?? 'entries') !== 'entries') return 'skip';
    if (field === MESSAGES && message !== undefined) withMessages.add(Number(entry));
    if (field === undefined || (field === MESSAGES && message === undefined)) return 'enter';
    return FIELDS.includes(field) ? 'take' : 'skip';
  };
  for (const { path, value } of picked(file, choose)) {
    if (path.length !== ENTRY_DEPTH + 1) continue;
    const index = Number(path[2]);
    const entry = fields.get(index) ?? {};
    entry[String(path[3])] = value;
    fields.set(index, entry);
    if (index > 0 && !withMessages.has(index - 1)) fields.delete(index - 1);
  }
  return new Map(
    [...fields]
      .filter(([index]) => withMessages.has(index))
      .map(([index, entry]) => [index, checked(harEntry.safeParse(entry), file, `entry ${index}`)]),
  );
}

/** The entry whose messages are being read. */
interface OpenEntry {
  readonly index: number;
  readonly entry: HarEntry;
  lastUs: number;
}

function* eventsOf(file: ImportSource, entries: ReadonlyMap<number, HarEntry>): Generator<TapEvent, void> {
  const choose = ([, , entry, field, message]: JsonPath): Choice => {
    if (entry === undefined || (entries.has(Number(entry)) && field === undefined)) return 'enter';
    if (!entries.has(Number(entry)) || field !== MESSAGES) return 'skip';
    return message === undefined ? 'enter' : 'take';
  };
  let open = null as OpenEntry | null;
  for (const { path, value } of picked(file, choose)) {
    const index = Number(path[2]);
    const entry = entries.get(index);
    if (path[3] !== MESSAGES || entry === undefined) continue;
    if (open?.index !== index) {
      if (open !== null) yield* endOf(open.index, open.entry, open.lastUs);
      open = { index, entry, lastUs: startOf(entry) };
      yield { type: 'open', connection: index + 1, handshake: handshakeOf(entry) };
    }
    const message = checked(
      harMessage.safeParse(value),
      file,
      `message ${String(path[4])} of entry ${index}`,
    );
    open.lastUs = Math.max(open.lastUs, microseconds(message.time));
    yield chunkOf(index, message);
  }
  if (open !== null) yield* endOf(open.index, open.entry, open.lastUs);
}

function* picked(file: ImportSource, choose: (path: JsonPath) => Choice): Generator<Picked, void> {
  const picker = new JsonPicker(choose);
  try {
    for (const piece of file.pieces()) yield* picker.push(piece);
    picker.end();
  } catch (error) {
    if (!(error instanceof BrokenJson)) throw error;
    throw new UsageError(`${file.name} is no HAR (${error.message})`, 'export it again', { cause: error });
  }
}

function checked<T>(
  result: { readonly success: true; readonly data: T } | { readonly success: false },
  file: ImportSource,
  where: string,
): T {
  if (result.success) return result.data;
  throw new UsageError(`${file.name}: ${where} is not as HAR has it`, 'export it again');
}

function startOf({ startedDateTime }: HarEntry): number {
  return Date.parse(startedDateTime) * 1000;
}

function handshakeOf(entry: HarEntry): Handshake {
  const { request, response, _gatetape: transport } = entry;
  const url = new URL(request.url);
  const headerOf = (list: HarEntry['request']['headers'], wanted: string): string | null =>
    list.find(({ name }) => name.toLowerCase() === wanted)?.value ?? null;
  return {
    atUs: startOf(entry),
    path: url.pathname + url.search,
    upstreamUrl: request.url,
    transport: transport === null || transport === undefined ? transportFromQuery(url.searchParams) : PLAIN,
    extensions: headerOf(response.headers, 'sec-websocket-extensions'),
    userAgent: headerOf(request.headers, 'user-agent'),
    isClientTls: false,
    isUpstreamTls: url.protocol === 'wss:' || url.protocol === 'https:',
    upgradeStatus: response.status === 0 ? 101 : response.status,
    secrets: request.headers
      .filter(({ name }) => SECRET_HEADERS.includes(name.toLowerCase()))
      .map(({ value }) => value),
  };
}

/** Time of a message in µs: seconds as browsers write them, or ms as Playwright does. */
function microseconds(time: number): number {
  return Math.round(time * (time < LATEST_S ? 1e6 : 1e3));
}

function chunkOf(index: number, { type, time, opcode, data }: HarMessage): TapEvent {
  const kind = KINDS.get(opcode as 1) ?? 'text';
  const bytes = Buffer.from(data, kind === 'binary' ? 'base64' : 'utf8');
  return {
    type: 'chunk',
    connection: index + 1,
    sender: type === 'send' ? 'client' : 'gateway',
    atUs: microseconds(time),
    bytes: encodeFrame({ kind, data: bytes }, type === 'send' ? CLIENT_MASK : null),
  };
}

/** The end, with a close frame where the file tells of one; it does not tell whose. */
function* endOf(
  index: number,
  { _webSocketClose: close }: HarEntry,
  lastUs: number,
): Generator<TapEvent, void> {
  const connection = index + 1;
  const atUs = Math.max(lastUs, Math.round((close?.timestamp ?? 0) * 1000));
  if (close?.code !== null && close?.code !== undefined) {
    const data = encodeClose(close.code, close.reason ?? '');
    yield { type: 'chunk', connection, sender: 'gateway', atUs, bytes: encodeFrame({ kind: 'close', data }) };
  }
  yield { type: 'end', connection, end: { atUs, endedBy: 'gateway', relayMode: 'verbatim' } };
}
