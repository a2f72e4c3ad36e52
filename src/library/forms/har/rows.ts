/**
 * HAR files that gatetape wrote, read back: each entry and message as the row that it was made of.
 *
 * Connections are interwoven by the ids of their frames, which is the order in which they were recorded. The other
 * fields of an entry are ignored, except for payloads and bodies, which are only there.
 */
import * as z from 'zod';
import type { CopiedRow } from '../../../store/row-copier.js';
import { copiedFrame, copiedRow, refuseRow, type SourceLocation } from '../copied-rows.js';
import type { CopiedTable } from '../../../store/table-rows.js';
import type { ImportedRows, ImportSource } from '../form.js';
import { interwoven, type Keyed, type Strand } from '../interwoven.js';
import { CREATOR } from './entry.js';
import { HarOutline, OWN, readPicked } from './outline.js';
import { readMessages } from './socket.js';

const IS_OWN = new RegExp(`"creator"\\s*:\\s*\\{\\s*"name"\\s*:\\s*"${CREATOR.name}"`);
/** Tables whose rows must come before the frames. */
const FIRST: readonly string[] = ['capture', 'session'];

const ownFrame = z.looseObject({ sessionId: z.int().nullable(), bytes: z.string().nullable() });
const body = z.object({ text: z.string().nullish() }).nullish();
const ownCall = z.object({
  request: z.object({ postData: body }),
  response: z.object({ content: body }),
  [OWN]: z.unknown(),
});

/** A connection's entry. */
interface Socket {
  readonly index: number;
  readonly row: CopiedRow;
  readonly messagesAt: number;
}

/** Where the entry of a REST call is. */
interface CallLocation {
  readonly at: number;
  readonly place: SourceLocation;
}

/** Whether gatetape wrote a file, by its beginning. */
export function isOwn(head: string): boolean {
  return IS_OWN.test(head);
}

/** Reads a HAR file that gatetape wrote. Throws a UsageError that says where it is wrong. */
export function readOwnHar(file: ImportSource): ImportedRows {
  const sockets: Socket[] = [];
  const calls: CallLocation[] = [];
  const outline = new HarOutline(file);
  for (const { index, at, messagesAt, fields } of outline.entries()) {
    const place = locate(file, `entry ${index}`);
    if (messagesAt === null) calls.push({ at, place });
    else sockets.push({ index, messagesAt, row: readRow(fields[OWN], 'connection', place) });
  }
  const { ownAt } = outline;
  if (ownAt === null) refuseRow(locate(file, 'its end'));
  file.rewind();
  return { rows: readRows(file, sockets, calls, ownAt) };
}

function* readRows(
  file: ImportSource,
  sockets: readonly Socket[],
  calls: readonly CallLocation[],
  ownAt: number,
): Generator<CopiedRow, void> {
  yield* rowsBeside(file, ownAt, (table) => FIRST.includes(table));
  for (const { row } of sockets) yield row;
  yield* interwoven(sockets.map((socket) => openStrand(file, socket)));
  yield* rowsBeside(file, ownAt, (table) => !FIRST.includes(table));
  for (const call of calls) yield* callRows(file, call);
}

/** Rows that belong to no entry, of some tables. */
function* rowsBeside(
  file: ImportSource,
  ownAt: number,
  isWanted: (table: string) => boolean,
): Generator<CopiedRow, void> {
  const picked = readPicked(file, ownAt, ({ length }) => (length === 0 ? 'enter' : 'take'));
  for (const { path, value } of picked) {
    const row = copiedRow(value, locate(file, `row ${path.join('.')} of the log`));
    if (row.type === 'row' && isWanted(row.table)) yield row;
  }
}

function openStrand(file: ImportSource, socket: Socket): Strand<CopiedRow> {
  const [first] = readFrames(file, socket);
  return { fromKey: first?.key ?? 0, open: () => readFrames(file, socket) };
}

function* readFrames(file: ImportSource, { index, messagesAt }: Socket): Generator<Keyed<CopiedRow>, void> {
  for (const { value, raw, place: text } of readMessages(file, messagesAt, index)) {
    const place: SourceLocation = { text, form: 'har' };
    const { data: own } = ownFrame.safeParse((raw as Readonly<Record<string, unknown>>)[OWN]);
    if (own === undefined) refuseRow(place);
    const body = own['status'] === 'ok' ? value.data : null;
    const frame = copiedFrame(own, { session: own.sessionId, body, bytes: own.bytes }, place);
    yield { key: Number(own['id']), value: frame };
  }
}

function* callRows(file: ImportSource, { at, place }: CallLocation): Generator<CopiedRow, void> {
  for (const { value } of readPicked(file, at, () => 'take')) {
    const { data: entry } = ownCall.safeParse(value);
    if (entry === undefined) refuseRow(place);
    const exchange = readRow(entry[OWN], 'exchange', place);
    yield exchange;
    const request = entry.request.postData?.text ?? null;
    const response = entry.response.content?.text ?? null;
    if (request === null && response === null) continue;
    const row = { exchange_id: exchange.row['id'] ?? null, request, response };
    yield { type: 'row', place: place.text, table: 'exchange_body', row };
  }
}

function readRow(
  value: unknown,
  table: CopiedTable,
  place: SourceLocation,
): CopiedRow & { readonly type: 'row' } {
  const row = copiedRow(value, place);
  if (row.type !== 'row' || row.table !== table) refuseRow(place);
  return row;
}

function locate({ name }: ImportSource, what: string): SourceLocation {
  return { text: `${name}: ${what}`, form: 'har' };
}
