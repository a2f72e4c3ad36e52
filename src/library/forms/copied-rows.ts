/**
 * Copied rows: what the readers of forms that keep everything have in common, from the lines of a file to rows that a
 * database takes.
 *
 * A file can hold anything; what is not as gatetape writes it is refused with its place, and never quoted.
 */
import * as z from 'zod';
import { FRAME_STATUSES, type FrameRecord } from '../../capture/records.js';
import { UsageError } from '../../errors.js';
import { toPayload } from '../../gateway/payload.js';
import { parseJson } from '../../replay/tape/line.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { COPIED_TABLES, type CopiedTable } from '../../store/table-rows.js';
import { FRAME_KINDS } from '../../wire/frame.js';
import type { FormName, ImportSource } from './form.js';

/** Characters of a line at most; the longest string that JavaScript has is about twice as long. */
const LONGEST = 2 ** 28;

/** What UTF-8 cannot say, so that two such texts would be one in the database. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Ids and sums beyond it would lose digits where they are added up. */
const LARGEST = 2 ** 40;
const id = z.int().positive().max(LARGEST);
const count = z.int().nonnegative();
const bytes = count.max(LARGEST);
const frameHead = z
  .object({
    id,
    connectionId: id,
    frameNo: id,
    atUs: count,
    sender: z.enum(['client', 'gateway']),
    kind: z.enum(FRAME_KINDS),
    op: z.int().nullable(),
    event: z
      .string()
      .refine((text) => !LONE_SURROGATE.test(text))
      .nullable(),
    seq: z.int().nullable(),
    wireBytes: bytes,
    payloadBytes: bytes.nullable(),
    status: z.enum(FRAME_STATUSES),
  })
  .refine(({ status, op }) => (status === 'ok') === (op !== null));
const row = z.record(z.string(), z.union([z.string(), z.int(), z.null()]));
const rows = z.partialRecord(z.enum(COPIED_TABLES), row);
const headers = z.record(z.string(), z.string());
/** Rules for columns that the schema of the database does not have. */
const COLUMNS = new Map<string, (value: unknown) => boolean>([
  ['id', (value) => id.safeParse(value).success],
  ['exchange_id', (value) => id.safeParse(value).success],
  ['response_headers', (value) => headers.safeParse(parseJson(String(value))).success],
]);

/** What a frame has besides the keys that `gatetape frames` prints. */
export interface FrameColumns {
  readonly session: number | null;
  /** JSON text of the payload. */
  readonly body: string | null;
  /** In base64. */
  readonly bytes: string | null;
}

/** Where something stood, in which file and form, for errors. */
export interface SourceLocation {
  readonly text: string;
  readonly form: FormName;
}

/** A frame, of the values under its keys. Throws a UsageError when it is none. */
export function copiedFrame(
  values: unknown,
  { session, body, bytes }: FrameColumns,
  place: SourceLocation,
): CopiedRow {
  const { data: head } = frameHead.safeParse(values);
  if (head === undefined || (head.op !== null) !== (body !== null)) refuseRow(place);
  if (body !== null && toPayload(parseJson(body) ?? null) === null) refuseRow(place);
  const { id: frameId, connectionId, ...facts } = head;
  const frame: FrameRecord = {
    ...facts,
    type: 'frame',
    connection: connectionId,
    session,
    body: body === null ? null : Buffer.from(body),
    raw: bytes === null ? null : parseBase64(bytes, place),
  };
  return { type: 'frame', place: place.text, id: frameId, frame };
}

/** A row of another table, of an object with the table as its only key. Throws a UsageError when it is none. */
export function copiedRow(value: unknown, place: SourceLocation): CopiedRow {
  const entries = Object.entries(rows.safeParse(value).data ?? {});
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) refuseRow(place);
  const idColumn = entry[0] === 'exchange_body' ? 'exchange_id' : 'id';
  if (!Object.hasOwn(entry[1], idColumn)) refuseRow(place);
  if (Object.entries(entry[1]).some(([name, each]) => COLUMNS.get(name)?.(each) === false)) refuseRow(place);
  return { type: 'row', place: place.text, table: entry[0] as CopiedTable, row: entry[1] };
}

/** Bytes of base64 as gatetape writes it. A regular expression over a few MiB of it would overflow the stack. */
function parseBase64(text: string, place: SourceLocation): Uint8Array {
  const decoded = Buffer.from(text, 'base64');
  return decoded.toString('base64') === text ? decoded : refuseRow(place);
}

/** Lines of a file, without their line feeds. Throws a UsageError when one is longer than any that gatetape writes. */
export function* readLines(file: ImportSource): Generator<string, void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let begun: string[] = [];
  let length = 0;
  for (const piece of file.pieces()) {
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n');
    begun.push(first);
    length += first.length;
    if (length > LONGEST) throw new UsageError(`${file.name} has a line without an end`, 'export it again');
    for (const next of others) {
      yield begun.join('');
      begun = [next];
      length = next.length;
    }
  }
  yield begun.join('');
}

/** Throws: what stands there is nothing that gatetape writes. */
export function refuseRow({ text, form }: SourceLocation): never {
  throw new UsageError(`${text} is not as gatetape writes it`, `export it again with --as ${form}`);
}
