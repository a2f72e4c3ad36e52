/**
 * HAR files read back: WebSockets and calls of the API as the tap would have reported them, woven together by their times.
 *
 * The outline says where each of them is; then each is read from its place when its time comes, so that memory holds what
 * overlaps and not the file. Everything else that a page loads is left out, and counted.
 */
import type { TapEvent } from '../../../capture/tap.js';
import { UsageError } from '../../../errors.js';
import type { ImportedCapture, ImportSettings, ImportSource } from '../form.js';
import { interwoven, type Keyed, type Strand } from '../interwoven.js';
import { apiHosts, pathBelow } from './api-urls.js';
import { callEvents } from './call.js';
import { harCall, harSocket } from './entry.js';
import { HarOutline, pickedAt, type OutlinedEntry } from './outline.js';
import { socketEvents, startOf, type SocketPlace } from './socket.js';
import { timeOfText } from './times.js';

/** Where a call is in its file. */
interface CallPlace {
  readonly index: number;
  readonly at: number;
  readonly startUs: number;
  readonly url: string;
  /** Path and query below the API base. */
  readonly path: string;
}

/** Reads a HAR file. Throws a UsageError when it is none, is broken, or has nothing of a gateway or an API. */
export function readHar(file: ImportSource, { api }: ImportSettings): ImportedCapture {
  const sockets: SocketPlace[] = [];
  const others: CallPlace[] = [];
  let count = 0;
  for (const entry of new HarOutline(file).entries()) {
    count += 1;
    const place = isSocket(entry) ? null : callPlace(entry, api);
    if (place !== null) others.push(place);
    if (isSocket(entry)) sockets.push(socketPlace(entry, file));
  }
  const isOfApi = apiHosts(
    api,
    sockets.map(({ entry }) => entry.request.url),
  );
  const calls = others.filter(({ url }) => isOfApi(url));
  const taken = sockets.length + calls.length;
  if (taken === 0) {
    const hint = `record with the network panel open; an API other than ${api.href} is named with --api`;
    throw new UsageError(`${file.name} has no WebSocket and no call of the API`, hint);
  }
  file.rewind();
  const strands = [
    ...sockets.map((socket) => socketStrand(file, socket)),
    ...calls.map((call) => callStrand(file, call)),
  ];
  return { events: interwoven(strands), transports: new Map(), leftOut: count - taken };
}

function isSocket({ messagesAt, fields: { request } }: OutlinedEntry): boolean {
  return messagesAt !== null || /^wss?:/i.test(String(request['url']));
}

function socketPlace({ index, messagesAt, fields }: OutlinedEntry, { name }: ImportSource): SocketPlace {
  const { data: entry } = harSocket.safeParse(fields);
  if (entry === undefined)
    throw new UsageError(`${name}: entry ${index} is not as HAR has it`, 'export it again');
  return { index, entry, messagesAt };
}

/** Null for what is no call of any API, whatever its host. */
function callPlace({ index, at, fields }: OutlinedEntry, api: URL): CallPlace | null {
  const url = String(fields.request['url']);
  const path = pathBelow(api, url);
  const startUs = timeOfText(String(fields['startedDateTime']));
  return path === null || startUs === null ? null : { index, at, startUs, url, path };
}

function socketStrand(file: ImportSource, socket: SocketPlace): Strand<TapEvent> {
  return { fromKey: startOf(socket.entry), open: () => socketEvents(file, socket) };
}

function callStrand(file: ImportSource, { index, at, startUs, path }: CallPlace): Strand<TapEvent> {
  function* open(): Generator<Keyed<TapEvent>, void> {
    for (const { value } of pickedAt(file, at, () => 'take')) {
      const { data: call } = harCall.safeParse(value);
      if (call === undefined) {
        throw new UsageError(`${file.name}: entry ${index} is not as HAR has it`, 'export it again');
      }
      for (const event of callEvents(index + 1, path, call)) yield { key: startUs, value: event };
    }
  }
  return { fromKey: startUs, open };
}
