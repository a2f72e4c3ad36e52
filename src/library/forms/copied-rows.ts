/**
 * Copied rows: common part of the readers of lossless forms, from the lines of a file to rows for a database.
 *
 * A file can contain anything. Input that differs from gatetape's output is refused with its position, and never quoted.
 * zod checks it: the schemas nest, and name the place of what is wrong. It takes 65 ms to load, so that only imports do.
 */
import * as z from 'zod';
import {
  type ColumnTable,
  type ColumnValues,
  FRAME_COLUMNS,
  FRAME_KEYS,
  type RowOf,
  VALUE_LISTS,
} from '../../capture/columns.js';
import type { FrameRecord } from '../../capture/records.js';
import { UsageError } from '../../errors.js';
import { toPayload } from '../../gateway/payload.js';
import { parseJson } from '../../replay/tape/line.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { COPIED_TABLES, type CopiedTable } from '../../store/table-rows.js';
import type { FormName, ImportSource } from './form.js';

/** Limit of a line's characters; the longest string that JavaScript has is about twice as long. */
const LONGEST = 2 ** 28;

/** Characters that UTF-8 cannot encode, so that two different texts would become equal in the database. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Ids and sums above it would lose digits in additions. */
const LARGEST = 2 ** 40;
const id = z.int().positive().max(LARGEST);
const headers = z.record(z.string(), z.string());
/** Values that an import accepts in a column. */
const VALUES = {
  id,
  ordinal: id,
  us: z.int().nonnegative(),
  bytes: z.int().nonnegative().max(LARGEST),
  integer: z.int(),
  text: z.string().refine((text) => !LONE_SURROGATE.test(text)),
  flag: z.boolean(),
  headers,
  sender: z.enum(VALUE_LISTS.sender),
  kind: z.enum(VALUE_LISTS.kind),
  status: z.enum(VALUE_LISTS.status),
  error: z.enum(VALUE_LISTS.error),
} satisfies { readonly [Held in keyof ColumnValues]: z.ZodType<ColumnValues[Held]> };
/** The keys of a frame's line but for `opName`, which follows from `op`. */
const frameHead = makeSchema(
  FRAME_COLUMNS,
  FRAME_KEYS.filter((key) => key !== 'opName'),
).refine(({ status, op }) => (status === 'ok') === (op !== null));
const row = z.record(z.string(), z.union([z.string(), z.int(), z.null()]));
const rows = z.partialRecord(z.enum(COPIED_TABLES), row);
/** Rules for columns that are not in the database's schema. */
const COLUMNS = new Map<string, (value: unknown) => boolean>([
  ['id', (value) => id.safeParse(value).success],
  ['exchange_id', (value) => id.safeParse(value).success],
  ['response_headers', (value) => headers.safeParse(parseJson(String(value))).success],
]);

/** Schema of an object with some of the columns. */
function makeSchema<Columns extends ColumnTable, Key extends keyof Columns & string>(
  columns: Columns,
  keys: readonly Key[],
): z.ZodType<Pick<RowOf<Columns>, Key>> {
  const wanted = new Set<string>(keys);
  const rules = Object.entries(columns)
    .filter(([key]) => wanted.has(key))
    .map(([key, { holds, isNullable }]) => [
      key,
      isNullable === true ? VALUES[holds].nullable() : VALUES[holds],
    ]);
  return z.object(Object.fromEntries(rules)) as unknown as z.ZodType<Pick<RowOf<Columns>, Key>>;
}

/** Fields of a frame besides the keys that `gatetape frames` prints. */
export interface FrameColumns {
  readonly session: number | null;
  /** JSON text of the payload. */
  readonly body: string | null;
  /** In base64. */
  readonly bytes: string | null;
}

/** Position in a file and its form, for errors. */
export interface SourceLocation {
  readonly text: string;
  readonly form: FormName;
}

/** A frame from the values of its keys. Throws a UsageError if they are invalid. */
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

/** A row of another table, from an object with the table as its only key. Throws a UsageError if it is invalid. */
export function copiedRow(value: unknown, place: SourceLocation): CopiedRow {
  const entries = Object.entries(rows.safeParse(value).data ?? {});
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) refuseRow(place);
  const idColumn = entry[0] === 'exchange_body' ? 'exchange_id' : 'id';
  if (!Object.hasOwn(entry[1], idColumn)) refuseRow(place);
  if (Object.entries(entry[1]).some(([name, each]) => COLUMNS.get(name)?.(each) === false)) refuseRow(place);
  return { type: 'row', place: place.text, table: entry[0] as CopiedTable, row: entry[1] };
}

/** Decodes base64 in gatetape's notation. A regular expression over a few MiB of it would overflow the stack. */
function parseBase64(text: string, place: SourceLocation): Uint8Array {
  const decoded = Buffer.from(text, 'base64');
  return decoded.toString('base64') === text ? decoded : refuseRow(place);
}

/** Lines of a file, without their line feeds. Throws a UsageError if one is longer than any line of gatetape. */
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

/** Throws the error that gatetape does not write such a value. */
export function refuseRow({ text, form }: SourceLocation): never {
  throw new UsageError(`${text} is not as gatetape writes it`, `export it again with --as ${form}`);
}
