/**
 * JSON lines read back: each line as the frame or row that it was, piece by piece, whatever the size of the file.
 *
 * A payload is taken from its line as text, as parsing would lose digits of large integers.
 */
import * as z from 'zod';
import { FRAME_STATUSES, type FrameRecord } from '../../capture/records.js';
import { UsageError } from '../../errors.js';
import { parseJson } from '../../replay/tape/line.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { COPIED_TABLES, type CopiedTable } from '../../store/table-rows.js';
import { FRAME_KINDS } from '../../wire/frame.js';
import type { ImportedRows, ImportSource } from './form.js';

const PAYLOAD_KEY = ',"payload":';

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
const aside = z.union([
  z.strictObject({ belongs: z.object({ connection_id: id, session_id: id.nullable() }) }),
  z.strictObject({ payload: z.object({ frame_id: id, body: z.string() }) }),
  z.strictObject({ frame_bytes: z.object({ frame_id: id, bytes: z.base64() }) }),
]);

/** Reads JSON lines. Throws a UsageError that says which line is wrong. */
export function readJsonl(file: ImportSource): ImportedRows {
  return { rows: rowsOf(file) };
}

function* rowsOf(file: ImportSource): Generator<CopiedRow, void> {
  const frames = new FrameLines();
  let number = 0;
  for (const line of linesOf(file)) {
    number += 1;
    const text = line.trim();
    if (text === '') continue;
    const place = `${file.name} line ${number}`;
    const row = text.startsWith('{"id"') ? frames.frame(text, place) : rowOf(text, place, frames);
    if (row !== null) yield row;
  }
}

function rowOf(text: string, place: string, frames: FrameLines): CopiedRow | null {
  const value = parseJson(text);
  const said = aside.safeParse(value);
  if (said.success) {
    frames.aside(said.data);
    return null;
  }
  const entries = Object.entries(rows.safeParse(value).data ?? {});
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) refuse(place);
  return { type: 'row', place, table: entry[0] as CopiedTable, row: entry[1] };
}

/** What was said of frames that are still to come. */
class FrameLines {
  readonly #sessions = new Map<number, number | null>();
  readonly #bodies = new Map<number, string>();
  readonly #bytes = new Map<number, string>();

  aside(said: z.output<typeof aside>): void {
    if ('belongs' in said) this.#sessions.set(said.belongs.connection_id, said.belongs.session_id);
    else if ('payload' in said) this.#bodies.set(said.payload.frame_id, said.payload.body);
    else this.#bytes.set(said.frame_bytes.frame_id, said.frame_bytes.bytes);
  }

  frame(text: string, place: string): CopiedRow {
    // Within a string its quotes would be escaped.
    const at = text.indexOf(PAYLOAD_KEY);
    const { success, data: head } = frameHead.safeParse(parseJson(`${text.slice(0, at)}}`));
    const payload = text.slice(at + PAYLOAD_KEY.length, -1);
    const isJson = parseJson(payload) !== undefined && text.endsWith('}');
    if (at < 0 || !success || !isJson || (payload !== 'null' && head.op === null)) refuse(place);
    const { id, connectionId, ...facts } = head;
    const bytes = this.#bytes.get(id);
    const body = this.#bodies.get(id) ?? (payload === 'null' ? null : payload);
    this.#bytes.delete(id);
    this.#bodies.delete(id);
    const frame: FrameRecord = {
      ...facts,
      type: 'frame',
      connection: connectionId,
      session: this.#sessions.get(connectionId) ?? null,
      body: body === null ? null : Buffer.from(body),
      raw: bytes === undefined ? null : Buffer.from(bytes, 'base64'),
    };
    return { type: 'frame', place, id, frame };
  }
}

/** Lines of a file, without their ends. */
function* linesOf(file: ImportSource): Generator<string, void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let begun: string[] = [];
  for (const piece of file.pieces()) {
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n');
    begun.push(first);
    for (const next of others) {
      yield begun.join('');
      begun = [next];
    }
  }
  yield begun.join('');
}

function refuse(place: string): never {
  throw new UsageError(`${place} is not as gatetape writes it`, 'export it again with --as jsonl');
}
