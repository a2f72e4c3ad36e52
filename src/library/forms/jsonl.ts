/**
 * JSON lines as a form of export and import: everything in a database, one frame or row a line, for jq, data
 * frames, and re-import.
 *
 * A line with an `id` is a frame, as `gatetape frames` prints it. Any other has one key: a table, and under it a row
 * with the names of its columns (migrations/README.md), or `belongs`, `payload` or `frame_bytes`: extra data of the
 * next frames. Ids are kept, so that an export of a re-imported database gives the same lines.
 *
 * Lines are read piece by piece, for files of any size. A payload is taken from its line as text, because parsing would
 * lose digits of large integers.
 */
import { frameToJson } from '../../store/frame-json.js';
import { COPIED_TABLES } from '../../store/table-rows.js';
import type { ExportSource, Form, ImportedRows, ImportSource } from './form.js';
import { ExportRows } from './export-rows.js';
import * as z from 'zod';
import { parseJson } from '../../replay/tape/line.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { copiedFrame, copiedRow, readLines, refuseRow, type SourceLocation } from './copied-rows.js';

const BEGIN = new RegExp(
  `^\\uFEFF?\\s*\\{\\s*"(?:id|belongs|payload|frame_bytes|${COPIED_TABLES.join('|')})"\\s*:`,
);

/** One JSON object a line. */
export const JSONL_FORM: Form = { write, read: readJsonl, isLike: (head) => BEGIN.test(head) };

function* write(source: ExportSource): Generator<string, void> {
  for (const value of exportRow(source)) yield typeof value === 'string' ? value : JSON.stringify(value);
}

/** Lines, and objects that are merged into one line. */
function* exportRow(source: ExportSource): Generator<string | object, void> {
  const exportRows = new ExportRows(source);
  /** Session of the last frame of each connection. */
  const sessions = new Map<number, number | null>();
  for (const frame of exportRows.frames()) {
    const { id, connectionId, sessionId, payloadText, bytes } = frame;
    yield* exportRows.before(frame);
    if ((sessions.get(connectionId) ?? null) !== sessionId) {
      sessions.set(connectionId, sessionId);
      yield { belongs: { connection_id: connectionId, session_id: sessionId } };
    }
    if (bytes !== null) {
      yield { frame_bytes: { frame_id: id, bytes: Buffer.from(bytes).toString('base64') } };
    }
    // White space that the frame's own line drops.
    if (payloadText !== null && /[\r\n]/.test(payloadText)) {
      yield { payload: { frame_id: id, body: payloadText } };
    }
    yield frameToJson(frame);
  }
  yield* exportRows.after();
}

const PAYLOAD_KEY = ',"payload":';

const id = z.int().positive();
const aside = z.union([
  z.strictObject({ belongs: z.object({ connection_id: id, session_id: id.nullable() }) }),
  z.strictObject({ payload: z.object({ frame_id: id, body: z.string() }) }),
  z.strictObject({ frame_bytes: z.object({ frame_id: id, bytes: z.string() }) }),
]);

/** Reads JSON lines. Throws a UsageError that says which line is wrong. */
function readJsonl(file: ImportSource): ImportedRows {
  return { rows: readRows(file) };
}

function* readRows(file: ImportSource): Generator<CopiedRow, void> {
  const frames = new FrameLines();
  let number = 0;
  for (const line of readLines(file)) {
    number += 1;
    const text = line.trim();
    if (text === '') continue;
    const place: SourceLocation = { text: `${file.name} line ${number}`, form: 'jsonl' };
    const row = text.startsWith('{"id"') ? frames.frame(text, place) : parseRow(text, place, frames);
    if (row !== null) yield row;
  }
}

function parseRow(text: string, place: SourceLocation, frames: FrameLines): CopiedRow | null {
  const value = parseJson(text);
  const said = aside.safeParse(value);
  if (!said.success) return copiedRow(value, place);
  frames.aside(said.data);
  return null;
}

/** Extra data for later frames. */
class FrameLines {
  readonly #sessions = new Map<number, number | null>();
  readonly #bodies = new Map<number, string>();
  readonly #bytes = new Map<number, string>();

  aside(said: z.output<typeof aside>): void {
    if ('belongs' in said) this.#sessions.set(said.belongs.connection_id, said.belongs.session_id);
    else if ('payload' in said) this.#bodies.set(said.payload.frame_id, said.payload.body);
    else this.#bytes.set(said.frame_bytes.frame_id, said.frame_bytes.bytes);
  }

  frame(text: string, place: SourceLocation): CopiedRow {
    // Within a string its quotes would be escaped.
    const at = text.indexOf(PAYLOAD_KEY);
    if (at < 0 || !text.endsWith('}')) refuseRow(place);
    const head = parseJson(`${text.slice(0, at)}}`);
    const payload = text.slice(at + PAYLOAD_KEY.length, -1);
    const { id: frameId, connectionId } = (head ?? {}) as Readonly<Record<string, unknown>>;
    return copiedFrame(
      head,
      {
        session: this.#sessions.get(Number(connectionId)) ?? null,
        body: taken(this.#bodies, Number(frameId)) ?? (payload === 'null' ? null : payload),
        bytes: taken(this.#bytes, Number(frameId)),
      },
      place,
    );
  }
}

/** Removes the value of `key` from a map and returns it. */
function taken<Value>(map: Map<number, Value>, key: number): Value | null {
  const value = map.get(key) ?? null;
  map.delete(key);
  return value;
}
