/**
 * HAR files of other programs read back: WebSockets and API calls as the events that a tap would emit, merged by their
 * times.
 *
 * The outline says where each of them is. Each is then read from its place when its time comes, so that memory holds
 * what overlaps and not the file. Everything else that a page loads is left out, and counted.
 *
 * A WebSocket is imported only if it is a gateway's, by its host, its URL and its first messages: voice connections and
 * remote auth have keys in their messages, and other sites are out of scope.
 * Source: Discord Docs/Voice Connections; Discord Docs/RPC; hosts as seen in recordings of the client.
 */
import type { TapEvent } from '../../../capture/tap.js';
import { UsageError } from '../../../errors.js';
import { asInteger, asObject, toPayload } from '../../../gateway/payload.js';
import { interceptedHosts, isIntercepted } from '../../../proxy/hosts.js';
import { parseJson } from '../../../replay/tape/line.js';
import type { ImportedCapture, ImportSettings, ImportSource } from '../form.js';
import { interwoven, type Keyed, type Strand } from '../interwoven.js';
import { apiHosts, callEvents, pathBelow } from './call.js';
import { harCall, harSocket, parseHarTime } from './entry.js';
import { HarOutline, isListAt, readPicked, type OutlinedEntry } from './outline.js';
import { Remarks } from './remarks.js';
import { rawMessages, socketEvents, readStart, type SocketLocation } from './socket.js';

/** Where a call is in its file. */
interface CallPlace {
  readonly index: number;
  readonly at: number;
  readonly startUs: number;
  readonly url: string;
  /** Path and query below the API base. */
  readonly path: string;
}

/** Result of the outline pass. */
interface Found {
  readonly sockets: SocketLocation[];
  readonly calls: CallPlace[];
  /** Entries that are neither gateway nor API. */
  leftOut: number;
}

/** Reads a HAR file. Throws a UsageError if it is invalid, broken, or has no data of a gateway or an API. */
export function readHar(file: ImportSource, { api }: ImportSettings): ImportedCapture {
  const remarks = new Remarks();
  const found: Found = { sockets: [], calls: [], leftOut: 0 };
  for (const entry of new HarOutline(file).entries()) {
    if (isSocket(entry)) findSocket(found, entry, { file, api, remarks });
    else findCall(found, entry, api);
  }
  const isOfApi = apiHosts(
    api,
    found.sockets.map(({ entry }) => entry.request.url),
  );
  const calls = found.calls.filter(({ url }) => isOfApi(url));
  if (found.sockets.length + calls.length === 0) {
    const hint = `record with the network panel open; an API other than ${api.href} is named with --api`;
    const why = remarks.lines().map((line) => ` (${line})`);
    throw new UsageError(`${file.name} has no WebSocket and no call of the API${why.join('')}`, hint);
  }
  file.rewind();
  const strands = [
    ...found.sockets.map((socket) => socketStrand(file, socket, remarks)),
    ...calls.map((call) => callStrand(file, call, remarks)),
  ];
  const leftOut = found.leftOut + found.calls.length - calls.length;
  return { events: interwoven(strands), transports: new Map(), leftOut, remarks: remarks.lines };
}

function isSocket({ messagesAt, fields: { request } }: OutlinedEntry): boolean {
  return messagesAt !== null || /^wss?:/i.test(String(request['url']));
}

interface Surroundings {
  readonly file: ImportSource;
  readonly api: URL;
  readonly remarks: Remarks;
}

/** Takes the WebSocket if it is a gateway's, and otherwise counts it. */
function findSocket(
  found: Found,
  { index, messagesAt: valueAt, fields }: OutlinedEntry,
  { file, api, remarks }: Surroundings,
): void {
  const { data: entry } = harSocket.safeParse(fields);
  if (entry === undefined) {
    remarks.add('oddEntry');
    return;
  }
  const messagesAt = valueAt !== null && isListAt(file, valueAt) ? valueAt : null;
  const name = entry.response._file;
  const attached = messagesAt === null && name !== undefined ? file.beside(name) : null;
  const place = { index, entry, messagesAt, attached };
  const service = detectService(new URL(entry.request.url), api, rawMessages(file, place));
  if (service === null) found.leftOut += 1;
  else if (service === 'gateway') {
    found.sockets.push(place);
    if (messagesAt === null && attached === null) remarks.add('noMessages');
  } else remarks.add(service);
}

function findCall(found: Found, { index, at, fields }: OutlinedEntry, api: URL): void {
  const url = String(fields.request['url']);
  const path = pathBelow(api, url);
  const startUs = parseHarTime(String(fields['startedDateTime']));
  if (path === null || startUs === null) found.leftOut += 1;
  else found.calls.push({ index, at, startUs, url, path });
}

function socketStrand(file: ImportSource, socket: SocketLocation, remarks: Remarks): Strand<TapEvent> {
  return { fromKey: readStart(socket.entry), open: () => socketEvents(file, socket, remarks) };
}

function callStrand(
  file: ImportSource,
  { index, at, startUs, path }: CallPlace,
  remarks: Remarks,
): Strand<TapEvent> {
  function* open(): Generator<Keyed<TapEvent>, void> {
    for (const { value } of readPicked(file, at, () => 'take')) {
      const { data: call } = harCall.safeParse(value);
      if (call === undefined) remarks.add('oddEntry');
      else {
        const events = callEvents(index + 1, path, call, (name) => readAttached(file, name));
        for (const event of events) yield { key: startUs, value: event };
      }
    }
  }
  return { fromKey: startUs, open };
}

/** Longest attached body that is read, in bytes: Discord's API takes up to 25 MiB. */
const MAX_ATTACHED_BYTES = 32 * 2 ** 20;

/** Content of a file beside the HAR; null if it is missing or too long. */
function readAttached(file: ImportSource, name: string): Uint8Array | null {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const piece of file.beside(name)?.pieces() ?? []) {
    bytes += piece.length;
    if (bytes > MAX_ATTACHED_BYTES) return null;
    parts.push(piece);
  }
  return parts.length === 0 ? null : Buffer.concat(parts);
}

/** Kind of a WebSocket; null if it is not Discord's. */
type Service = 'gateway' | 'voice' | 'remoteAuth' | 'rpc' | null;

const GATEWAY = new URL('wss://gateway.discord.gg');
const VOICE_HOST = /(?:^|\.)discord\.media$/;
const REMOTE_AUTH_HOST = /^remote-auth-gateway(?:[.-]|$)/;
/** Number of messages that are examined. */
const LOOKED_AT = 8;
const HEARTBEAT = 1;
/** HELLO of a voice gateway. */
const VOICE_HELLO = 8;

/** Service of a WebSocket; `messages` are the values of its messages, of which a few are looked at. */
function detectService(url: URL, api: URL, messages: Iterable<unknown>): Service {
  const { hostname, searchParams } = url;
  if (VOICE_HOST.test(hostname)) return 'voice';
  if (REMOTE_AUTH_HOST.test(hostname)) return 'remoteAuth';
  if (isIntercepted(hostname, interceptedHosts({ upstream: GATEWAY, api, allowHosts: [] }))) return 'gateway';
  if (searchParams.has('client_id')) return 'rpc';
  const spoken = serviceByMessages(messages);
  if (spoken === 'voice') return spoken;
  return searchParams.has('encoding') || searchParams.has('compress') ? 'gateway' : spoken;
}

function serviceByMessages(messages: Iterable<unknown>): Service {
  let [payloads, others] = [0, 0];
  for (const text of firstTexts(messages)) {
    const payload = toPayload(parseJson(text) ?? null);
    if (payload?.op === VOICE_HELLO && asInteger(asObject(payload.d)?.['heartbeat_interval']) !== null) {
      return 'voice';
    }
    if (payload !== null && isLikely(payload)) payloads += 1;
    else others += 1;
  }
  return payloads > others ? 'gateway' : null;
}

function isLikely({ op, d }: { readonly op: number; readonly d: unknown }): boolean {
  return op !== HEARTBEAT || d === null || typeof d === 'number';
}

function* firstTexts(messages: Iterable<unknown>): Generator<string, void> {
  let count = 0;
  for (const message of messages) {
    const { opcode, data } = (message ?? {}) as { readonly opcode?: unknown; readonly data?: unknown };
    if (typeof data === 'string' && Number(opcode ?? 1) === 1) yield data;
    count += 1;
    if (count === LOOKED_AT) return;
  }
}
