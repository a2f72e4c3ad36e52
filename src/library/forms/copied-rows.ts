/**
 * Copied rows: what the readers of forms that keep everything have in common, from the lines of a file to rows that a
 * database takes.
 *
 * A file can hold anything; what is not as gatetape writes it is refused with its place, and never quoted.
 */
import * as z from 'zod';
import { FRAME_STATUSES, type FrameRecord } from '../../capture/records.js';
import { UsageError } from '../../errors.js';
import { parseJson } from '../../replay/tape/line.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { COPIED_TABLES, type CopiedTable } from '../../store/table-rows.js';
import { FRAME_KINDS } from '../../wire/frame.js';
import type { FormName, ImportSource } from './form.js';

/** Characters of a line at most; the longest string that JavaScript has is about twice as long. */
const LONGEST = 2 ** 28;

const id = z.int().positive();
const count = z.int().nonnegative();
const frameHead = z
  .object({
    id,
    connectionId: id,
    frameNo: id,
    atUs: z.int(),
    sender: z.enum(['client', 'gateway']),
    kind: z.enum(FRAME_KINDS),
    op: z.int().nullable(),
    event: z.string().nullable(),
    seq: z.int().nullable(),
    wireBytes: count,
    payloadBytes: count.nullable(),
    status: z.enum(FRAME_STATUSES),
  })
  .refine(({ status, op }) => (status === 'ok') === (op !== null));
const row = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const rows = z.partialRecord(z.enum(COPIED_TABLES), row);

/** What a frame has besides the keys that `gatetape frames` prints. */
export interface FrameRest {
  readonly session: number | null;
  /** JSON text of the payload. */
  readonly body: string | null;
  /** In base64. */
  readonly bytes: string | null;
}

/** Where something stood, in which file and form, for errors. */
export interface Place {
  readonly text: string;
  readonly form: FormName;
}

/** A frame, of the values under its keys. Throws a UsageError when it is none. */
export function copiedFrame(values: unknown, { session, body, bytes }: FrameRest, place: Place): CopiedRow {
  const { success, data: head } = frameHead.safeParse(values);
  if (!success || (body !== null && (head.op === null || parseJson(body) === undefined))) refuse(place);
  const { id: frameId, connectionId, ...facts } = head;
  const frame: FrameRecord = {
    ...facts,
    type: 'frame',
    connection: connectionId,
    session,
    body: body === null ? null : Buffer.from(body),
    raw: bytes === null ? null : Buffer.from(bytes, 'base64'),
  };
  return { type: 'frame', place: place.text, id: frameId, frame };
}

/** A row of another table, of an object with the table as its only key. Throws a UsageError when it is none. */
export function copiedRow(value: unknown, place: Place): CopiedRow {
  const entries = Object.entries(rows.safeParse(value).data ?? {});
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) refuse(place);
  return { type: 'row', place: place.text, table: entry[0] as CopiedTable, row: entry[1] };
}

/** Lines of a file, without their line feeds. Throws a UsageError when one is longer than any that gatetape writes. */
export function* linesOf(file: ImportSource): Generator<string, void> {
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
export function refuse({ text, form }: Place): never {
  throw new UsageError(`${text} is not as gatetape writes it`, `export it again with --as ${form}`);
}
